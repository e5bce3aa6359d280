import { afterEach, beforeEach, expect, it } from "vitest";
import type { Lease, Namespace, Node, Pod } from "../../api/generated/types.ts";
import { formatMicroTime, formatTime } from "../../base/clock.ts";
import { isNotFound } from "../../base/errors.ts";
import { events, leases, namespaces, nodes, pods } from "../../client/kinds.ts";
import { addNode, createTestPlane, playAgents, type TestPlane } from "../../testing/test-plane.ts";
import type { Controller } from "../controller.ts";
import { nodeLifecycleController } from "./controller.ts";
import { judge, podGarbageCollector } from "./pod-gc.ts";
import { taintEvictionController } from "./taint-eviction.ts";

let plane: TestPlane;
let controllers: Controller[];
/** Nodes whose agents live. */
let alive: Set<string>;
let stopBeating: () => void;

beforeEach(async () => {
  plane = await createTestPlane();
  const metadata = { name: "kube-node-lease" };
  await plane.client.create<Namespace>(namespaces, { apiVersion: "v1", kind: "Namespace", metadata });
  alive = new Set();
  controllers = [nodeLifecycleController(plane), taintEvictionController(plane), podGarbageCollector(plane)];
  for (const controller of controllers) await controller.start();
  const beat = async () => {
    for (const name of alive) {
      const key = { namespace: "kube-node-lease", name };
      const patch = { spec: { renewTime: formatMicroTime(plane.clock.now()) } };
      await plane.client.patch(leases, key, patch, { type: "merge" });
    }
  };
  stopBeating = plane.clock.every(10_000, () => void beat());
});
afterEach(async () => {
  stopBeating();
  for (const controller of controllers) await controller.stop();
  await plane.stop();
});

const join = async (name: string) => {
  await addNode(plane, name);
  await plane.client.create<Lease>(leases, {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "kube-node-lease" },
    spec: { renewTime: formatMicroTime(plane.clock.now()) },
  });
  alive.add(name);
};
const place = (name: string, nodeName: string, more: Partial<Pod["spec"]> = {}) =>
  plane.client.create<Pod>(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "c", image: "i" }], nodeName, ...more },
  });
const node = (name: string): Promise<Node> => plane.client.get(nodes, { name });
const ready = async (name: string) => (await node(name)).status?.conditions?.find((c) => c.type === "Ready");
const taints = async (name: string) => (await node(name)).spec?.taints?.map((t) => `${t.key}:${t.effect}`) ?? [];
const pod = async (name: string): Promise<Pod | undefined> => {
  try {
    return await plane.client.get(pods, { namespace: "default", name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
const conditionsOf = (p: Pod | undefined) => Object.fromEntries((p?.status?.conditions ?? []).map((c) => [c.type, c]));

it("keeps a node Ready for as long as its Lease is renewed", async () => {
  await join("a");
  await plane.clock.advance(600_000);
  expect((await ready("a"))?.status).toBe("True");
  expect(await taints("a")).toEqual([]);
});

it("says when a node has gone silent, evicts its pods when their toleration ends, and forgives", async () => {
  playAgents(plane, () => true);
  await join("a");
  await join("b");
  await place("web", "a");
  await plane.clock.advance(5_000);
  expect(conditionsOf(await pod("web")).Ready?.status).toBe("True");
  alive.delete("a");
  await plane.clock.advance(30_000);
  expect((await ready("a"))?.status).toBe("True");
  await plane.clock.advance(15_000);
  expect(await ready("a")).toMatchObject({
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
  });
  expect(await taints("a")).toEqual([
    "node.kubernetes.io/unreachable:NoSchedule",
    "node.kubernetes.io/unreachable:NoExecute",
  ]);
  expect(await taints("b")).toEqual([]);
  expect(conditionsOf(await pod("web")).Ready?.status).toBe("False");
  const said = (await plane.client.list(events)).items.map((e) => [e.involvedObject.name, e.reason, e.message]);
  expect(said).toContainEqual(["a", "NodeNotReady", "Node a status is now: NodeNotReady"]);
  expect(said).toContainEqual(["web", "NodeNotReady", "Node is not ready"]);

  await plane.clock.advance(250_000);
  expect((await pod("web"))?.metadata?.deletionTimestamp).toBeUndefined();
  // The agent is dead, so the pod stays until its node returns; here the played agent lets it go at once.
  await plane.clock.advance(60_000);
  expect(await pod("web")).toBeUndefined();

  alive.add("a");
  const condition = { type: "Ready", status: "True", lastHeartbeatTime: formatTime(plane.clock.now()) };
  await plane.client.patch(
    nodes,
    { name: "a" },
    { status: { conditions: [condition] } },
    { type: "strategic", subresource: "status" },
  );
  await plane.clock.advance(1_000);
  expect(await taints("a")).toEqual([]);
});

it("evicts at once what does not tolerate, and never what tolerates for ever", async () => {
  await join("a");
  await join("b");
  const unreachable = { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" };
  await place("forever", "a", { tolerations: [unreachable] });
  await place("brief", "a", { tolerations: [{ ...unreachable, tolerationSeconds: 0 }] });
  alive.delete("a");
  await plane.clock.advance(50_000);
  expect((await pod("brief"))?.metadata?.deletionTimestamp).toBeDefined();
  expect(conditionsOf(await pod("brief")).DisruptionTarget).toMatchObject({
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
  });
  await plane.clock.advance(3_600_000);
  expect((await pod("forever"))?.metadata?.deletionTimestamp).toBeUndefined();
});

it("evicts nothing when all nodes are silent, until one speaks", async () => {
  await join("a");
  await join("b");
  await place("web", "a");
  alive.clear();
  await plane.clock.advance(1_000_000);
  expect(await taints("a")).toEqual(["node.kubernetes.io/unreachable:NoSchedule"]);
  expect((await pod("web"))?.metadata?.deletionTimestamp).toBeUndefined();
  const condition = { type: "Ready", status: "True", lastHeartbeatTime: formatTime(plane.clock.now()) };
  alive.add("b");
  await plane.client.patch(
    nodes,
    { name: "b" },
    { status: { conditions: [condition] } },
    { type: "strategic", subresource: "status" },
  );
  await plane.clock.advance(1_000);
  expect(await taints("a")).toContain("node.kubernetes.io/unreachable:NoExecute");
});

it("taints a cordoned node, and unlike others' taints takes its own away", async () => {
  await join("a");
  const mine = { key: "mine", value: "x", effect: "NoSchedule" };
  await plane.client.patch(nodes, { name: "a" }, { spec: { unschedulable: true, taints: [mine] } }, { type: "merge" });
  await plane.clock.advance(1_000);
  expect(await taints("a")).toEqual(["mine:NoSchedule", "node.kubernetes.io/unschedulable:NoSchedule"]);
  await plane.client.patch(nodes, { name: "a" }, { spec: { unschedulable: null } }, { type: "merge" });
  await plane.clock.advance(1_000);
  expect(await taints("a")).toEqual(["mine:NoSchedule"]);
});

it("says of a node that never reported that it never did", async () => {
  await plane.client.create<Node>(nodes, { apiVersion: "v1", kind: "Node", metadata: { name: "mute" } });
  await plane.clock.advance(50_000);
  expect(await ready("mute")).toBeUndefined();
  await plane.clock.advance(20_000);
  expect(await ready("mute")).toMatchObject({ status: "Unknown", reason: "NodeStatusNeverUpdated" });
});

it("removes pods of a node that is gone, but not at once", async () => {
  await join("a");
  await place("web", "a");
  alive.delete("a");
  await plane.client.delete(nodes, { name: "a" });
  await plane.clock.advance(30_000);
  expect(await pod("web")).toBeDefined();
  await plane.clock.advance(15_000);
  expect(await pod("web")).toBeUndefined();
});

it("ends a pod that is deleted before it has a node, and leaves it to its finalizers", async () => {
  const held: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "held", namespace: "default", finalizers: ["example.com/hold"] },
    spec: { containers: [{ name: "c", image: "c" }] },
  };
  await plane.client.create(pods, held);
  await plane.client.delete(pods, { namespace: "default", name: "held" });
  await plane.clock.advance(60_000);
  expect((await pod("held"))?.status?.phase).toBe("Failed");
});

it.each<[string, Partial<Pod>, Node | undefined, string]>([
  ["waits for a node", {}, undefined, "keep"],
  ["is deleted without ever having had a node", { metadata: { deletionTimestamp: "x" } }, undefined, "unscheduled"],
  ["runs", { spec: { containers: [], nodeName: "a" } }, {}, "keep"],
  ["has lost its node", { spec: { containers: [], nodeName: "a" } }, undefined, "orphaned"],
])("judges a pod that %s", (_, pod, node, verdict) => {
  expect(judge(pod, node)).toBe(verdict);
});
