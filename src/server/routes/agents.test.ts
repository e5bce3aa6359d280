import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { podKind } from "../../api/core/pod.ts";
import { serviceKind } from "../../api/core/service.ts";
import { endpointSliceKind } from "../../api/discovery/endpointslice.ts";
import { pod } from "../../testing/registry-fixture.ts";
import { testServer } from "../../testing/server-fixture.ts";
import type { AgentRequest, AgentResponse } from "../agents.ts";

const asked: (AgentRequest & { node: string; text: string })[] = [];
let answer: (request: AgentRequest) => Omit<AgentResponse, "body"> & { text: string };
let server: Awaited<ReturnType<typeof testServer>>;

beforeAll(async () => {
  server = await testServer({
    agents: {
      async request(node, request) {
        let text = "";
        for await (const chunk of request.body ?? []) text += chunk;
        asked.push({ ...request, node, text });
        const { text: body, ...head } = answer(request);
        return { ...head, body: Readable.from([Buffer.from(body)]) };
      },
    },
  });
  const { registry, ctx } = server;
  await registry.create(podKind, "default", pod("loose"), {}, ctx);
  const two = pod("two");
  two.spec?.containers.push({ name: "side", image: "side:1" });
  await registry.create(podKind, "default", two, {}, ctx);
  await registry.create(podKind, "default", pod("web"), {}, ctx);
  for (const name of ["two", "web"]) {
    const binding = { metadata: { name }, target: { kind: "Node", name: "n1" } };
    await registry.bind({ namespace: "default", name }, binding, {}, ctx);
    const body = { status: { podIP: "10.244.0.5", podIPs: [{ ip: "10.244.0.5" }] } };
    const key = { namespace: "default", name };
    await registry.patch(podKind, key, { type: "merge", body, subresource: "status", fieldManager: "t" }, ctx);
  }
  const service = { metadata: { name: "svc" }, spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } };
  await registry.create(serviceKind, "default", service, {}, ctx);
  const slice = {
    metadata: { name: "svc-1", labels: { "kubernetes.io/service-name": "svc" } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: [
      {
        addresses: ["10.244.0.5"],
        conditions: { ready: true },
        nodeName: "n1",
        targetRef: { kind: "Pod", name: "web" },
      },
      {
        addresses: ["10.244.0.6"],
        conditions: { ready: false },
        nodeName: "n1",
        targetRef: { kind: "Pod", name: "two" },
      },
    ],
  };
  await registry.create(endpointSliceKind, "default", slice, {}, ctx);
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  answer = () => ({ status: 200, headers: { "content-type": "text/html" }, text: "hello" });
});

const pods = "/api/v1/namespaces/default/pods";

test("logs come from the agent of the pod's node", async () => {
  const answered = await server.call(`${pods}/web/log?follow=true&tailLines=5&timestamps=false`);
  expect([answered.status, answered.text, answered.headers["content-type"]]).toEqual([200, "hello", "text/plain"]);
  expect(asked).toMatchObject([{ node: "n1", path: "/containerLogs/default/web/main?follow=true&tailLines=5" }]);
});

test("which container is meant has to be clear", async () => {
  expect((await server.call(`${pods}/two/log`)).json().message).toBe(
    "a container name must be specified for pod two, choose one of: [main side]",
  );
  expect((await server.call(`${pods}/two/log?container=nope`)).json().message).toBe(
    "container nope is not valid for pod two",
  );
  expect((await server.call(`${pods}/two/log?container=side`)).text).toBe("hello");
  expect((await server.call(`${pods}/web/log?tailLines=-1`)).json().reason).toBe("Invalid");
});

test("what the agent refuses is told, and a pod without a node has no logs", async () => {
  answer = () => ({
    status: 400,
    headers: {},
    text: 'container "main" in pod "web" is waiting to start: ContainerCreating',
  });
  expect((await server.call(`${pods}/web/log`)).json()).toMatchObject({
    code: 400,
    message: 'container "main" in pod "web" is waiting to start: ContainerCreating',
  });
  expect((await server.call(`${pods}/loose/log`)).status).toBe(204);
});

test("a pod, a service and a node are reached through the agent", async () => {
  answer = () => ({ status: 418, headers: { "x-tea": "yes", connection: "close" }, text: "pot" });
  const body = { method: "POST", headers: { "content-type": "text/plain" }, body: "ping" };
  const viaPod = await server.call(`${pods}/http:web:9000/proxy/a%2Fb/?q=1`, body);
  expect([viaPod.status, viaPod.text, viaPod.headers["x-tea"]]).toEqual([418, "pot", "yes"]);
  await server.call("/api/v1/namespaces/default/services/svc:http/proxy/x");
  await server.call("/api/v1/nodes/n1/proxy/pods");
  expect(asked.map(({ node, method, path, text }) => [node, method, path, text])).toEqual([
    ["n1", "POST", "/podProxy/default/web/http/9000/a%2Fb/?q=1", "ping"],
    ["n1", "GET", "/podProxy/default/web/http/8080/x", ""],
    ["n1", "GET", "/pods", ""],
  ]);
  expect(asked[0]?.headers).not.toHaveProperty("authorization");
});

test("a service without ready endpoints is unavailable", async () => {
  const spec = { ports: [{ port: 80 }] };
  await server.registry.create(serviceKind, "default", { metadata: { name: "empty" }, spec }, {}, server.ctx);
  expect((await server.call("/api/v1/namespaces/default/services/empty/proxy/")).json()).toMatchObject({
    code: 503,
    message: 'no endpoints available for service "empty"',
  });
});

test("an agent that can't be reached is an internal error", async () => {
  answer = () => {
    throw new Error("connect ECONNREFUSED");
  };
  expect((await server.call(`${pods}/web/log`)).json()).toMatchObject({
    code: 500,
    message: 'Internal error occurred: GET "https://n1:10250/containerLogs/default/web/main": connect ECONNREFUSED',
  });
});
