/** DaemonSets over the real registry, on a virtual clock. */
import { afterEach, expect, test } from "vitest";
import type { DaemonSet, DaemonSetSpec, Pod } from "../api/generated/types.ts";
import { controllerRevisions, daemonSets, events, nodes, pods } from "../client/kinds.ts";
import type { Controller } from "../controllers/controller.ts";
import { daemonSetController } from "../controllers/daemonset/controller.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { addNode, createTestPlane, playAgents, type TestPlane } from "./test-plane.ts";

const running: { plane: TestPlane; parts: Controller[] }[] = [];
afterEach(async () => {
  for (const { plane, parts } of running.splice(0)) {
    await Promise.all(parts.map((part) => part.stop()));
    await plane.stop();
  }
});

async function start(runs?: (pod: Pod) => boolean): Promise<TestPlane> {
  const plane = await createTestPlane();
  for (const name of ["a", "b", "c"]) await addNode(plane, name);
  playAgents(plane, runs);
  const parts = [daemonSetController(plane), createScheduler(plane)];
  running.push({ plane, parts });
  await Promise.all(parts.map((part) => part.start()));
  return plane;
}

const key = { namespace: "default", name: "logs" };
const template = (image: string, nodeSelector?: Record<string, string>) => ({
  metadata: { labels: { app: "logs" } },
  spec: { containers: [{ name: "logs", image }], ...(nodeSelector ? { nodeSelector } : {}) },
});
const logs = (spec: Partial<DaemonSetSpec> = {}): DaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "logs", namespace: "default" },
  spec: { selector: { matchLabels: { app: "logs" } }, template: template("app:1"), ...spec },
});
const setImage = (plane: TestPlane, image: string) =>
  plane.client.patch(daemonSets, key, { spec: { template: template(image) } }, { type: "merge" });
const isSettled = (plane: TestPlane) => async () => {
  const { metadata, status } = await plane.client.get(daemonSets, key);
  const counts = [status?.currentNumberScheduled, status?.updatedNumberScheduled, status?.numberAvailable];
  return (
    status?.observedGeneration === metadata?.generation &&
    counts.every((n) => (n ?? 0) === status?.desiredNumberScheduled)
  );
};
const placed = async (plane: TestPlane) =>
  (await plane.client.list(pods, { namespace: "default" })).items
    .map((pod) => `${pod.spec?.nodeName}:${pod.spec?.containers[0]?.image}`)
    .sort();
const messages = async (plane: TestPlane, reason: string) => {
  await plane.events.flush();
  const { items } = await plane.client.list(events, { namespace: "default" });
  return items.filter((event) => event.reason === reason).map((event) => event.message);
};
/** The fewest and the most running pods while something happens. */
const extremes = (plane: TestPlane) => {
  const found = { fewest: Number.POSITIVE_INFINITY, most: 0 };
  const informer = plane.informers.informer(pods);
  const count = () => {
    const all = informer.list().filter((pod) => !pod.metadata?.deletionTimestamp);
    const ready = all.filter((pod) => pod.status?.phase === "Running");
    found.fewest = Math.min(found.fewest, ready.length);
    found.most = Math.max(found.most, all.length);
  };
  informer.addHandlers({ onAdd: count, onUpdate: count, onDelete: count });
  return found;
};

test("every node gets one pod, also a new node and a cordoned one; bound by the scheduler", async () => {
  const plane = await start();
  await plane.client.create(daemonSets, logs());
  await plane.clock.runUntil(isSettled(plane));
  expect(await placed(plane)).toEqual(["a:app:1", "b:app:1", "c:app:1"]);
  const unschedulable = [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }];
  await addNode(plane, "d", { spec: { unschedulable: true, taints: unschedulable } });
  await plane.clock.runUntil(async () => (await placed(plane)).includes("d:app:1"));
  const [pod] = (await plane.client.list(pods)).items;
  expect(pod?.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual({
    nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [pod?.spec?.nodeName] }] }],
  });
  const tolerated = pod?.spec?.tolerations?.map(
    (toleration) => `${toleration.key?.split("/")[1]}:${toleration.effect}`,
  );
  expect(tolerated).toEqual([
    "not-ready:NoExecute",
    "unreachable:NoExecute",
    "disk-pressure:NoSchedule",
    "memory-pressure:NoSchedule",
    "pid-pressure:NoSchedule",
    "unschedulable:NoSchedule",
  ]);
  expect((await messages(plane, "SuccessfulCreate")).length).toBe(4);
});

test("labels and taints of nodes decide who has a pod", async () => {
  const plane = await start();
  await plane.client.create(daemonSets, logs({ template: template("app:1", { disk: "ssd" }) }));
  await plane.clock.runUntil(isSettled(plane));
  expect(await placed(plane)).toEqual([]);
  await plane.client.patch(nodes, { name: "b" }, { metadata: { labels: { disk: "ssd" } } }, { type: "merge" });
  await plane.client.patch(nodes, { name: "c" }, { metadata: { labels: { disk: "ssd" } } }, { type: "merge" });
  await plane.clock.advance(5000);
  expect(await placed(plane)).toEqual(["b:app:1", "c:app:1"]);
  const taint = (effect: string) => ({ spec: { taints: [{ key: "x", effect }] } });
  await plane.client.patch(nodes, { name: "b" }, taint("NoSchedule"), { type: "merge" });
  await plane.client.patch(nodes, { name: "c" }, { metadata: { labels: { disk: null } } }, { type: "merge" });
  await plane.clock.advance(5000);
  expect(await placed(plane)).toEqual(["b:app:1"]);
  expect((await plane.client.get(daemonSets, key)).status).toMatchObject({
    desiredNumberScheduled: 0,
    numberMisscheduled: 1,
  });
});

test.each<[string, DaemonSetSpec["updateStrategy"], number, number]>([
  ["one after the other", {}, 2, 3],
  ["two at once", { rollingUpdate: { maxUnavailable: 2 } }, 1, 3],
  ["beside each other", { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, 3, 4],
])("an update replaces pods %s", async (_, updateStrategy, fewest, most) => {
  const plane = await start();
  await plane.client.create(daemonSets, logs(updateStrategy ? { updateStrategy } : {}));
  await plane.clock.runUntil(isSettled(plane));
  const found = extremes(plane);
  await setImage(plane, "app:2");
  await plane.clock.runUntil(isSettled(plane));
  await plane.clock.advance(1000);
  expect(await placed(plane)).toEqual(["a:app:2", "b:app:2", "c:app:2"]);
  expect(found).toEqual({ fewest, most });
});

test("OnDelete waits for pods to be deleted", async () => {
  const plane = await start();
  await plane.client.create(daemonSets, logs({ updateStrategy: { type: "OnDelete" } }));
  await plane.clock.runUntil(isSettled(plane));
  await setImage(plane, "app:2");
  await plane.clock.advance(5000);
  expect(await placed(plane)).toEqual(["a:app:1", "b:app:1", "c:app:1"]);
  const { items } = await plane.client.list(pods);
  const onB = items.find((pod) => pod.spec?.nodeName === "b");
  await plane.client.delete(pods, { namespace: "default", name: onB?.metadata?.name ?? "" });
  await plane.clock.advance(5000);
  expect(await placed(plane)).toEqual(["a:app:1", "b:app:2", "c:app:1"]);
});

test("a bad image takes one pod; going back mends it and renumbers the history", async () => {
  const plane = await start((pod) => pod.spec?.containers[0]?.image !== "app:bad");
  await plane.client.create(daemonSets, logs());
  await plane.clock.runUntil(isSettled(plane));
  await setImage(plane, "app:bad");
  await plane.clock.advance(60_000);
  expect((await placed(plane)).filter((text) => text.endsWith("app:1"))).toHaveLength(2);
  await setImage(plane, "app:1");
  await plane.clock.runUntil(isSettled(plane));
  const { items } = await plane.client.list(controllerRevisions);
  expect(items.map(({ revision }) => revision).sort()).toEqual([2, 3]);
});

test("pods that fail are replaced, less and less often", async () => {
  const plane = await start(() => false);
  await plane.client.create(daemonSets, logs({ template: template("app:1", { "kubernetes.io/hostname": "a" }) }));
  await plane.clock.advance(100);
  const fail = async () => {
    for (const pod of (await plane.client.list(pods)).items)
      if (pod.status?.phase === "Pending" && pod.spec?.nodeName)
        await plane.client.patch(
          pods,
          { namespace: "default", name: pod.metadata?.name ?? "" },
          { status: { phase: "Failed" } },
          { type: "strategic", subresource: "status" },
        );
  };
  for (let second = 0; second < 60; second++) {
    await fail();
    await plane.clock.advance(1000);
  }
  const replaced = (await messages(plane, "FailedDaemonPod")).length;
  expect(replaced).toBeGreaterThan(3);
  expect(replaced).toBeLessThan(9);
});

test("a set that has settled is left alone", async () => {
  const plane = await start();
  await plane.client.create(daemonSets, logs());
  await plane.clock.runUntil(isSettled(plane));
  await plane.clock.advance(1000);
  const before = (await plane.client.get(daemonSets, key)).metadata?.resourceVersion;
  await plane.clock.advance(3_600_000);
  expect((await plane.client.get(daemonSets, key)).metadata?.resourceVersion).toBe(before);
});
