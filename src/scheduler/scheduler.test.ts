import { afterEach, beforeEach, expect, test } from "vitest";
import type { Pod, PodSpec } from "../api/generated/types.ts";
import { events, nodes, pods } from "../client/kinds.ts";
import { addNode, createTestPlane, type TestPlane } from "../testing/test-plane.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";

let plane: TestPlane;
let scheduler: Scheduler;
beforeEach(async () => {
  plane = await createTestPlane();
  scheduler = createScheduler(plane);
  await scheduler.start();
});
afterEach(async () => {
  await scheduler.stop();
  await plane.stop();
});

const create = (name: string, spec: Partial<PodSpec> = {}, cpu = "3") =>
  plane.client.create<Pod>(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }], ...spec },
  });
const get = (name: string) => plane.client.get(pods, { namespace: "default", name });
const scheduled = async (name: string) =>
  (await get(name)).status?.conditions?.find((condition) => condition.type === "PodScheduled");

test("a pod waits for a node, saying so, and gets it when it comes", async () => {
  await create("web");
  await plane.clock.settle();
  expect(await scheduled("web")).toMatchObject({
    status: "False",
    reason: "Unschedulable",
    message: "no nodes available to schedule pods",
  });
  await addNode(plane, "a");
  await plane.clock.advance(10_000);
  expect((await get("web")).spec?.nodeName).toBe("a");
  expect(await scheduled("web")).toMatchObject({ status: "True" });
  await plane.events.flush();
  const { items } = await plane.client.list(events, { namespace: "default" });
  expect(items.map((e) => [e.type, e.reason, e.message, e.reportingComponent]).sort()).toEqual([
    ["Normal", "Scheduled", "Successfully assigned default/web to a", "default-scheduler"],
    ["Warning", "FailedScheduling", "no nodes available to schedule pods", "default-scheduler"],
  ]);
});

test("the room of a pod that goes is given to the next", async () => {
  await addNode(plane, "a");
  await create("first");
  await plane.clock.settle();
  await create("second");
  await plane.clock.settle();
  expect((await scheduled("second"))?.message).toBe(
    "0/1 nodes are available: 1 Insufficient cpu. " +
      "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  );
  await plane.client.delete(pods, { namespace: "default", name: "first" }, { gracePeriodSeconds: 0 });
  await plane.clock.settle();
  expect((await get("second")).spec?.nodeName).toBeUndefined();
  await plane.clock.advance(1000);
  expect((await get("second")).spec?.nodeName).toBe("a");
});

test("pods created together do not get the same room", async () => {
  await addNode(plane, "a");
  await addNode(plane, "b");
  await Promise.all(["x", "y", "z"].map((name) => create(name)));
  await plane.clock.advance(60_000);
  const places = await Promise.all(["x", "y", "z"].map(async (name) => (await get(name)).spec?.nodeName));
  expect(places.map((place) => place ?? "none").sort()).toEqual(["a", "b", "none"]);
});

test("uncordoning helps; heartbeats do not", async () => {
  await addNode(plane, "a", { spec: { unschedulable: true } });
  await create("web");
  await plane.clock.settle();
  const message = (await scheduled("web"))?.message;
  expect(message).toMatch(/node\(s\) were unschedulable|untolerated taint/);
  await plane.client.patch(nodes, { name: "a" }, { spec: { unschedulable: null, taints: null } }, { type: "merge" });
  await plane.clock.advance(10_000);
  expect((await get("web")).spec?.nodeName).toBe("a");
});

test("gated pods and other schedulers' pods are left alone until they are ours", async () => {
  await addNode(plane, "a");
  await create("gated", { schedulingGates: [{ name: "hold" }] }, "1");
  await create("foreign", { schedulerName: "mine" }, "1");
  await plane.clock.advance(10_000);
  expect((await get("gated")).spec?.nodeName).toBeUndefined();
  expect((await get("foreign")).spec?.nodeName).toBeUndefined();
  await plane.client.patch(
    pods,
    { namespace: "default", name: "gated" },
    { spec: { schedulingGates: null } },
    { type: "merge" },
  );
  await plane.clock.advance(1000);
  expect((await get("gated")).spec?.nodeName).toBe("a");
});

test("a pod of high priority takes the place of a lesser one", async () => {
  await addNode(plane, "a");
  await create("lesser");
  await plane.clock.settle();
  await create("greater", { priorityClassName: "system-cluster-critical" });
  await plane.clock.settle();
  // The node's agent would end it.
  const lesser = await get("lesser");
  expect(lesser.metadata?.deletionTimestamp).toBeDefined();
  expect(lesser.status?.conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", reason: "PreemptionByScheduler" }),
  );
  expect((await get("greater")).status?.nominatedNodeName).toBe("a");
  await plane.client.delete(pods, { namespace: "default", name: "lesser" }, { gracePeriodSeconds: 0 });
  await plane.clock.advance(10_000);
  expect((await get("greater")).spec?.nodeName).toBe("a");
});
