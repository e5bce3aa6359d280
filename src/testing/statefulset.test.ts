/** StatefulSets over the real registry, on a virtual clock. */
import { afterEach, expect, test } from "vitest";
import type { Pod, StatefulSet, StatefulSetSpec } from "../api/generated/types.ts";
import { controllerRevisions, events, pods, statefulSets } from "../client/kinds.ts";
import type { Controller } from "../controllers/controller.ts";
import { statefulSetController } from "../controllers/statefulset/controller.ts";
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
  await addNode(plane, "node-1", {}, 1000);
  playAgents(plane, runs);
  const parts = [statefulSetController(plane), createScheduler(plane)];
  running.push({ plane, parts });
  await Promise.all(parts.map((part) => part.start()));
  return plane;
}

const key = { namespace: "default", name: "web" };
const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});
const web = (spec: Partial<StatefulSetSpec> = {}): StatefulSet => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "web", namespace: "default" },
  spec: {
    serviceName: "web",
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: template("app:1"),
    ...spec,
  },
});
const patchSpec = (plane: TestPlane, spec: object) =>
  plane.client.patch(statefulSets, key, { spec }, { type: "merge" });
const setImage = (plane: TestPlane, image: string) => patchSpec(plane, { template: template(image) });
const isSettled = (plane: TestPlane) => async () => {
  const { metadata, spec, status } = await plane.client.get(statefulSets, key);
  return (
    status?.observedGeneration === metadata?.generation &&
    [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((n) => n === spec?.replicas) &&
    status?.currentRevision === status?.updateRevision
  );
};
const images = async (plane: TestPlane) =>
  (await plane.client.list(pods, { namespace: "default" })).items.map((pod) => [
    pod.metadata?.name,
    pod.spec?.containers[0]?.image,
  ]);
const revisionsOf = async (plane: TestPlane) =>
  (await plane.client.list(controllerRevisions, { namespace: "default" })).items;
const messages = async (plane: TestPlane, reason: string) => {
  await plane.events.flush();
  const { items } = await plane.client.list(events, { namespace: "default" });
  return items.filter((event) => event.reason === reason).map((event) => event.message);
};

test("pods come up one after the other with stable names, and go in the reverse order", async () => {
  const plane = await start();
  const seen: string[] = [];
  plane.informers.informer(pods).addHandlers({
    onAdd: (pod) => seen.push(`+${pod.metadata?.name}`),
    onDelete: (pod) => seen.push(`-${pod.metadata?.name}`),
  });
  await plane.client.create(statefulSets, web());
  await plane.clock.runUntil(isSettled(plane));
  const pod = await plane.client.get(pods, { namespace: "default", name: "web-1" });
  const [revision] = await revisionsOf(plane);
  expect(pod.metadata?.labels).toEqual({
    app: "web",
    "apps.kubernetes.io/pod-index": "1",
    "statefulset.kubernetes.io/pod-name": "web-1",
    "controller-revision-hash": revision?.metadata?.name,
  });
  expect(pod.metadata?.generateName).toBe("web-");
  expect(pod.spec).toMatchObject({ hostname: "web-1", subdomain: "web" });
  await patchSpec(plane, { replicas: 1 });
  await plane.clock.runUntil(isSettled(plane));
  expect(seen).toEqual(["+web-0", "+web-1", "+web-2", "-web-2", "-web-1"]);
  expect(await messages(plane, "SuccessfulCreate")).toContain("create Pod web-0 in StatefulSet web successful");
  expect(await messages(plane, "SuccessfulDelete")).toEqual([
    "delete Pod web-2 in StatefulSet web successful",
    "delete Pod web-1 in StatefulSet web successful",
  ]);
});

test("an update goes from the highest ordinal down and keeps its history; going back renumbers", async () => {
  const plane = await start();
  await plane.client.create(statefulSets, web());
  await plane.clock.runUntil(isSettled(plane));
  const order: string[] = [];
  plane.informers.informer(pods).addHandlers({ onDelete: (pod) => order.push(pod.metadata?.name ?? "") });
  await setImage(plane, "app:2");
  await plane.clock.runUntil(isSettled(plane));
  expect(order).toEqual(["web-2", "web-1", "web-0"]);
  expect((await revisionsOf(plane)).map(({ revision }) => revision).sort()).toEqual([1, 2]);
  await setImage(plane, "app:1");
  await plane.clock.runUntil(isSettled(plane));
  expect((await revisionsOf(plane)).map(({ revision }) => revision).sort()).toEqual([2, 3]);
  expect((await images(plane)).map(([, image]) => image)).toEqual(["app:1", "app:1", "app:1"]);
});

test("a partition holds back the ordinals below it, also when they are created anew", async () => {
  const plane = await start();
  await plane.client.create(statefulSets, web({ updateStrategy: { rollingUpdate: { partition: 2 } } }));
  await plane.clock.runUntil(isSettled(plane));
  await setImage(plane, "app:2");
  await plane.clock.advance(60_000);
  await plane.client.delete(pods, { namespace: "default", name: "web-0" });
  await plane.clock.advance(60_000);
  expect(await images(plane)).toEqual([
    ["web-0", "app:1"],
    ["web-1", "app:1"],
    ["web-2", "app:2"],
  ]);
  expect((await plane.client.get(statefulSets, key)).status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
});

test("OnDelete waits for pods to be deleted", async () => {
  const plane = await start();
  await plane.client.create(statefulSets, web({ updateStrategy: { type: "OnDelete" } }));
  await plane.clock.advance(60_000);
  await setImage(plane, "app:2");
  await plane.clock.advance(60_000);
  await plane.client.delete(pods, { namespace: "default", name: "web-1" });
  await plane.clock.advance(60_000);
  expect((await images(plane)).map(([, image]) => image)).toEqual(["app:1", "app:2", "app:1"]);
});

test("a bad image stops an ordered update at its first pod; the pod must be deleted after going back", async () => {
  const plane = await start((pod) => pod.spec?.containers[0]?.image !== "app:bad");
  await plane.client.create(statefulSets, web());
  await plane.clock.runUntil(isSettled(plane));
  await setImage(plane, "app:bad");
  await plane.clock.advance(60_000);
  expect((await images(plane)).map(([, image]) => image)).toEqual(["app:1", "app:1", "app:bad"]);
  await setImage(plane, "app:1");
  await plane.clock.advance(60_000);
  expect((await images(plane)).map(([, image]) => image)).toEqual(["app:1", "app:1", "app:bad"]);
  await plane.client.delete(pods, { namespace: "default", name: "web-2" });
  await plane.clock.runUntil(isSettled(plane));
});

test("parallel sets create all at once, and replace as many as may be unavailable", async () => {
  const plane = await start();
  await plane.client.create(
    statefulSets,
    web({ replicas: 6, podManagementPolicy: "Parallel", updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } }),
  );
  await plane.clock.runUntil(isSettled(plane));
  let fewest = 6;
  const informer = plane.informers.informer(pods);
  const count = () => {
    const ready = informer.list().filter((pod) => pod.status?.phase === "Running" && !pod.metadata?.deletionTimestamp);
    fewest = Math.min(fewest, ready.length);
  };
  informer.addHandlers({ onAdd: count, onUpdate: count, onDelete: count });
  await setImage(plane, "app:2");
  await plane.clock.runUntil(isSettled(plane));
  expect(fewest).toBe(4);
});

test("history is cut to its limit; revisions of pods stay", async () => {
  const plane = await start();
  await plane.client.create(statefulSets, web({ replicas: 1, revisionHistoryLimit: 1 }));
  for (const image of ["app:2", "app:3", "app:4"]) {
    await plane.clock.runUntil(isSettled(plane));
    await setImage(plane, image);
  }
  await plane.clock.runUntil(isSettled(plane));
  await plane.clock.settle();
  expect((await revisionsOf(plane)).map(({ revision }) => revision).sort()).toEqual([3, 4]);
});

test("claims that cannot be had are told, and no pod is created without them", async () => {
  const plane = await start();
  const claim = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  await plane.client.create(statefulSets, web({ volumeClaimTemplates: [claim] }));
  await plane.clock.advance(1000);
  expect(await images(plane)).toEqual([]);
  const said = await messages(plane, "FailedCreate");
  expect(said).toContain(
    "create Claim data-web-0 for Pod web-0 in StatefulSet web failed error: persistentvolumeclaims are not served by this cluster",
  );
  expect(said).toContain(
    "create Pod web-0 in StatefulSet web failed error: failed to create PVC data-web-0: persistentvolumeclaims are not served by this cluster",
  );
});

test("pods and revisions left behind are adopted by a set of the same name", async () => {
  const plane = await start();
  await plane.client.create(statefulSets, web());
  await plane.clock.runUntil(isSettled(plane));
  const before = (await plane.client.list(pods)).items.map(({ metadata }) => metadata?.uid);
  for (const kind of [pods, controllerRevisions] as const)
    for (const { metadata } of (await plane.client.list<Pod>(kind as typeof pods)).items)
      await plane.client.patch(
        kind as typeof pods,
        { namespace: "default", name: metadata?.name ?? "" },
        { metadata: { ownerReferences: null } },
        { type: "merge" },
      );
  await plane.clock.runUntil(isSettled(plane));
  await plane.clock.advance(1000);
  const after = (await plane.client.list(pods)).items;
  expect(after.map(({ metadata }) => metadata?.uid)).toEqual(before);
  for (const object of [...after, ...(await revisionsOf(plane))])
    expect(object.metadata?.ownerReferences?.[0]).toMatchObject({ kind: "StatefulSet", name: "web" });
});
