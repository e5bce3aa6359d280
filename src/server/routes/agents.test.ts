import { Readable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { nodeKind } from "../../api/core/node.ts";
import { podKind } from "../../api/core/pod.ts";
import { serviceKind } from "../../api/core/service.ts";
import { endpointSliceKind } from "../../api/discovery/endpointslice.ts";
import { pod } from "../../testing/registry-fixture.ts";
import { testServer } from "../../testing/server-fixture.ts";
import type { AgentRequest, AgentResponse } from "../agents.ts";

const asked: (AgentRequest & { node: string; text: string })[] = [];
let answer: (request: AgentRequest) => Omit<AgentResponse, "body"> & { text: string | Buffer };
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
  await registry.create(nodeKind, "", { metadata: { name: "n1" } }, {}, ctx);
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
const services = "/api/v1/namespaces/default/services";

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
  await server.call(`${services}/svc:http/proxy/x`);
  await server.call("/api/v1/nodes/n1/proxy/pods");
  expect(asked.map(({ node, method, path, text }) => [node, method, path, text])).toEqual([
    ["n1", "POST", "/podProxy/default/web/http/9000/a%2Fb/?q=1", "ping"],
    ["n1", "GET", "/podProxy/default/web/http/8080/x", ""],
    ["n1", "GET", "/pods", ""],
  ]);
  expect(asked[0]?.headers).not.toHaveProperty("authorization");
});

const message = async (path: string, method = "GET") => {
  const answered = await server.call(path, { method });
  return [answered.status, answered.json().message];
};

test("what cannot be reached through a proxy, in upstream's words", async () => {
  const create = (name: string, ports: { name?: string; port: number }[]) =>
    server.registry.create(serviceKind, "default", { metadata: { name }, spec: { ports } }, {}, server.ctx);
  await create("empty", [{ port: 80 }]);
  const none = (id: string) => [503, `no endpoints available for service ${JSON.stringify(id)}`];
  expect(await message(`${services}/empty/proxy/`)).toEqual(none("empty"));
  expect(await message(`${services}/empty:80/proxy/`)).toEqual(none("empty"));
  expect(await message(`${services}/svc/proxy/`)).toEqual(none("svc"));
  expect(await message(`${services}/svc:metrics/proxy/`)).toEqual(none("svc:metrics"));
  expect(await message(`${services}/svc:81/proxy/`)).toEqual([503, 'no service port 81 found for service "svc"']);
  expect(await message(`${services}/nope/proxy/`)).toEqual([404, 'endpoints "nope" not found']);
  expect(await message(`${services}/nope:80/proxy/`)).toEqual([404, 'services "nope" not found']);
  expect(await message(`${services}/ftp:svc:80/proxy/`)).toEqual([400, 'invalid service request "ftp:svc:80"']);
  expect(await message(`${pods}/a:b:c:d/proxy/`)).toEqual([400, 'invalid pod request "a:b:c:d"']);
  expect(await message(`${pods}/nope/proxy/`)).toEqual([404, 'pods "nope" not found']);
  expect(await message(`${pods}/loose/proxy/`)).toEqual([400, "address not allowed"]);
  expect(await message(`${pods}/web:nope/proxy/`)).toEqual([
    503,
    "error trying to reach service: dial tcp: lookup tcp/nope: unknown port",
  ]);
  expect(await message("/api/v1/nodes/nope/proxy/pods")).toEqual([404, 'nodes "nope" not found']);
  expect(await message("/api/v1/nodes/n1:9100/proxy/metrics")).toEqual([
    400,
    'node "n1" is reached at the port of its agent only, 10250, not at 9100',
  ]);
  expect(await message(`${pods}/web/proxy/?dryRun=All`, "POST")).toEqual([400, "dryRun is not supported"]);
  answer = () => {
    throw new Error("connect ECONNREFUSED");
  };
  const why = "error trying to reach service: connect ECONNREFUSED";
  expect(await message(`${pods}/web/proxy/`)).toEqual([503, why]);
  expect(await message("/api/v1/nodes/n1/proxy/pods")).toEqual([503, why]);
  expect(asked).toHaveLength(2);
});

test("a proxy's root is a directory", async () => {
  const answered = await server.call(`${services}/svc:80/proxy?a=b`);
  expect([answered.status, answered.headers.location, asked]).toEqual([301, `${services}/svc:80/proxy/?a=b`, []]);
  await server.call(`${services}/svc:80/proxy`, { method: "POST", body: "x" });
  await server.call(`${services}/svc:80/proxy/`);
  await server.call(`${services}/svc:80/proxy/a/`);
  expect(asked.map(({ path }) => path)).toEqual(
    ["/", "/", "/a/"].map((path) => `/podProxy/default/web/http/8080${path}`),
  );
});

test("no path leads out of the pod", async () => {
  for (const way of ["../../../../../wherry/images", "%2e%2e/%2E./..%2f..", "a/../../b/./c", "a//../b"]) {
    await server.call(`${pods}/web:80/proxy/${way}`, {}, "HTTP/1.1");
  }
  expect(asked.map(({ path }) => path)).toEqual(
    ["/wherry/images", "/..%2f..", "/b/c", "/b"].map((path) => `/podProxy/default/web/http/80${path}`),
  );
});

test("what a pod hears of the way, and what it does not", async () => {
  const headers = {
    host: "cluster.example",
    cookie: "a=b",
    connection: "keep-alive, x-hop",
    "x-hop": "1",
    "x-forwarded-for": "10.0.0.1",
    "proxy-authorization": "Basic x",
  };
  await server.call(`${pods}/web:80/proxy/a/../b/`, { headers }, "HTTP/1.1");
  expect(asked[0]?.headers).toEqual({
    host: "cluster.example",
    cookie: "a=b",
    "x-forwarded-for": "10.0.0.1, 127.0.0.1",
    "x-forwarded-uri": `${pods}/web:80/proxy/b/`,
  });
});

test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])("%s passes, with its body", async (method) => {
  const body = method === "GET" || method === "HEAD" ? {} : { body: "text" };
  for (const protocol of ["HTTP/1.1", "HTTP/2"] as const) {
    const sized: Record<string, string> = body.body ? { "content-length": "4" } : {};
    const answered = await server.call(`${pods}/web:80/proxy/`, { method, ...body, headers: sized }, protocol);
    expect(answered.status).toBe(200);
  }
  expect(asked.map((a) => [a.method, a.text])).toEqual([0, 1].map(() => [method, body.body ?? ""]));
});

test("links and redirects lead through the proxy", async () => {
  const prefix = `${services}/svc:80/proxy`;
  const html = '<a href="/next">next</a>';
  const linked = `<a href="${prefix}/next">next</a>`;
  answer = () => ({
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8", "content-length": "24" },
    text: html,
  });
  const plain = await server.call(`${prefix}/`);
  expect([plain.text, plain.headers["content-length"]]).toEqual([linked, String(linked.length)]);
  const zipped = { "content-type": "text/html", "content-encoding": "gzip" };
  answer = () => ({ status: 200, headers: zipped, text: gzipSync(html) });
  expect(gunzipSync((await server.call(`${prefix}/`)).bytes).toString()).toBe(linked);
  answer = () => ({ status: 200, headers: { ...zipped, "content-encoding": "br" }, text: html });
  expect((await server.call(`${prefix}/`)).text).toBe(html);
  answer = () => ({ status: 200, headers: { "content-type": "application/json" }, text: html });
  expect((await server.call(`${prefix}/`)).text).toBe(html);
  answer = () => ({
    status: 302,
    headers: { location: "http://10.244.0.5:8080/login", "access-control-allow-origin": "*" },
    text: "",
  });
  const redirected = await server.call(`${prefix}/`);
  expect([redirected.status, redirected.headers.location]).toEqual([302, `${prefix}/login`]);
  expect(redirected.headers).not.toHaveProperty("access-control-allow-origin");
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
