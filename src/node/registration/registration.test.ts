import { expect, test } from "vitest";
import { leases, nodes } from "../../client/kinds.ts";
import { testAgent } from "../../testing/agent-fixture.ts";
import { createAgent } from "../agent.ts";
import { machineFacts } from "./node-facts.ts";

const ready = (node: { status?: { conditions?: { type: string; status: string; message?: string }[] } }) =>
  node.status?.conditions?.find((c) => c.type === "Ready");

test("a runtime that fails makes the node NotReady, and Ready again when it is back", async () => {
  const { client, clock, runtime, events, agent } = await testAgent();
  const { version } = runtime;
  const node = () => client.get(nodes, { name: "node" });
  const since = ready(await node());
  Object.assign(runtime, { version: async () => Promise.reject(new Error("no answer")) });
  await clock.advance(10_000);
  expect(ready(await node())).toMatchObject({
    status: "False",
    reason: "KubeletNotReady",
    message: "container runtime is down: no answer",
  });
  Object.assign(runtime, { version });
  await clock.advance(10_000);
  expect(ready(await node())).toMatchObject({ status: "True", reason: "KubeletReady" });
  expect(ready(await node())).not.toEqual(since);
  expect(await events("node")).toEqual(
    expect.arrayContaining([
      "Starting: Starting kubelet.",
      "NodeNotReady: Node node status is now: NodeNotReady",
      "NodeReady: Node node status is now: NodeReady",
    ]),
  );
  await agent.stop();
});

test("without changes the status is written every five minutes only", async () => {
  const { client, clock, runtime, agent } = await testAgent();
  const version = async () => (await client.get(nodes, { name: "node" })).metadata?.resourceVersion;
  const before = await version();
  await clock.advance(290_000);
  expect(await version()).toBe(before);
  await clock.advance(20_000);
  expect(await version()).not.toBe(before);
  await runtime.images.pull("app:7");
  await agent.refreshNode();
  expect((await client.get(nodes, { name: "node" })).status?.images?.[0]?.names).toContain("app:7");
  await agent.stop();
});

test("conditions of others stay, and a Node that is deleted comes back", async () => {
  const { client, clock, agent } = await testAgent();
  const patch = { status: { conditions: [{ type: "NetworkUnavailable", status: "False" }] } };
  await client.patch(nodes, { name: "node" }, patch, { type: "strategic", subresource: "status" });
  await agent.refreshNode();
  await clock.advance(310_000);
  const types = (await client.get(nodes, { name: "node" })).status?.conditions?.map((c) => c.type);
  expect(types).toContain("NetworkUnavailable");
  await client.delete(nodes, { name: "node" });
  await clock.advance(310_000);
  expect(ready(await client.get(nodes, { name: "node" }))?.status).toBe("True");
  await agent.stop();
});

test("an agent that starts again keeps the labels of others and its lease", async () => {
  const { client, clock, options, agent } = await testAgent();
  await client.patch(nodes, { name: "node" }, { metadata: { labels: { team: "a" } } }, { type: "merge" });
  await agent.stop();
  const lease = () => client.get(leases, { namespace: "kube-node-lease", name: "node" });
  const before = await lease();
  await clock.advance(30_000);
  expect((await lease()).spec?.renewTime).toBe(before.spec?.renewTime);
  const next = await createAgent({ ...options, labels: { rack: "7" } });
  await next.start();
  expect((await client.get(nodes, { name: "node" })).metadata?.labels).toMatchObject({
    team: "a",
    rack: "7",
    "kubernetes.io/os": "linux",
  });
  expect((await lease()).metadata?.uid).toBe(before.metadata?.uid);
  expect((await lease()).spec?.renewTime).not.toBe(before.spec?.renewTime);
  await next.stop();
});

test("the machine's facts are quantities", async () => {
  const { capacity, allocatable, info } = await machineFacts("/");
  expect(capacity).toMatchObject({
    cpu: expect.stringMatching(/^\d+$/),
    memory: expect.stringMatching(/^\d+Ki$/),
    pods: "110",
  });
  expect(Number.parseInt(allocatable.memory ?? "", 10)).toBeLessThan(Number.parseInt(capacity.memory ?? "", 10));
  expect(["amd64", "arm64"]).toContain(info.architecture);
});
