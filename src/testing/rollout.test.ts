import { afterEach, expect, test } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import { deployments, events, pods, replicaSets, serviceAccounts } from "../client/kinds.ts";
import type { Controller } from "../controllers/controller.ts";
import { deploymentController } from "../controllers/deployment/controller.ts";
import { templateHash } from "../controllers/deployment/pod-template.ts";
import { replicaSetController } from "../controllers/replicaset/controller.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { template } from "./deployment-fixture.ts";
import { addNode, createTestPlane, playAgents, type TestPlane } from "./test-plane.ts";
import { isSettled, key, setImage, web } from "./web-fixture.ts";

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
  const parts = [deploymentController(plane), replicaSetController(plane), createScheduler(plane)];
  running.push({ plane, parts });
  await Promise.all(parts.map((part) => part.start()));
  return plane;
}

const messages = async (plane: TestPlane, reason: string) => {
  await plane.events.flush();
  const { items } = await plane.client.list(events, { namespace: "default" });
  return items.filter((event) => event.reason === reason).map((event) => event.message);
};

test("a deployment rolls out, rolls over to a new image, and keeps its history", async () => {
  const plane = await start();
  await plane.client.create(deployments, web("app:1", 3));
  await plane.clock.runUntil(isSettled(plane));
  await setImage(plane, "app:2");
  await plane.clock.runUntil(isSettled(plane));
  const { items } = await plane.client.list(pods, { namespace: "default" });
  expect(items.map((pod) => pod.spec?.containers[0]?.image)).toEqual(["app:2", "app:2", "app:2"]);
  const sets = await plane.client.list(replicaSets, { namespace: "default" });
  const revisions = sets.items.map((rs) => [
    rs.metadata?.annotations?.["deployment.kubernetes.io/revision"],
    rs.spec?.replicas,
  ]);
  expect(revisions.sort()).toEqual([
    ["1", 0],
    ["2", 3],
  ]);
  expect(await messages(plane, "SuccessfulCreate")).toHaveLength(6);
  expect((await messages(plane, "Scheduled"))[0]).toMatch(/^Successfully assigned default\/web-\w+-\w{5} to node-1$/);
  expect((await messages(plane, "ScalingReplicaSet")).map((text) => text?.replace(/web-\w+/, "web"))).toEqual([
    "Scaled up replica set web from 0 to 3",
    "Scaled up replica set web from 0 to 1",
    "Scaled down replica set web from 3 to 2",
    "Scaled up replica set web from 1 to 2",
    "Scaled down replica set web from 2 to 1",
    "Scaled up replica set web from 2 to 3",
    "Scaled down replica set web from 1 to 0",
  ]);
});

test("a rollout that stalls keeps serving, reports its deadline, and recovers by going back", async () => {
  const plane = await start((pod) => pod.spec?.containers[0]?.image !== "app:missing");
  await plane.client.create(deployments, web("app:1", 1));
  await plane.clock.runUntil(isSettled(plane));
  await setImage(plane, "app:missing");
  const progressing = async () =>
    (await plane.client.get(deployments, key)).status?.conditions?.find((c) => c.type === "Progressing");
  await plane.clock.runUntil(async () => (await progressing())?.reason === "ProgressDeadlineExceeded");
  const { items } = await plane.client.list(pods, { namespace: "default" });
  expect(items.map((pod) => [pod.spec?.containers[0]?.image, pod.status?.phase]).sort()).toEqual([
    ["app:1", "Running"],
    ["app:missing", "Pending"],
  ]);
  await setImage(plane, "app:1");
  await plane.clock.runUntil(isSettled(plane));
  expect((await progressing())?.reason).toBe("NewReplicaSetAvailable");
  const sets = await plane.client.list(replicaSets, { namespace: "default" });
  expect(sets.items.map((rs) => rs.metadata?.annotations?.["deployment.kubernetes.io/revision"]).sort()).toEqual([
    "2",
    "3",
  ]);
});

test("a pod that is deleted is replaced at once, and an orphan that matches is adopted", async () => {
  const plane = await start();
  await plane.client.create(deployments, web("app:1", 2));
  await plane.clock.runUntil(isSettled(plane));
  const [rs] = (await plane.client.list(replicaSets, { namespace: "default" })).items;
  const [first] = (await plane.client.list(pods, { namespace: "default" })).items;
  await plane.client.delete(pods, { namespace: "default", name: first?.metadata?.name ?? "" });
  const orphan: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "orphan", namespace: "default", labels: rs?.metadata?.labels ?? {} },
    spec: { containers: [{ name: "web", image: "app:1" }] },
  };
  await plane.client.create(pods, orphan);
  await plane.clock.advance(1000);
  const after = (await plane.client.list(pods, { namespace: "default" })).items;
  expect(after.length).toBe(2);
  for (const pod of after) expect(pod.metadata?.ownerReferences?.[0]?.uid).toBe(rs?.metadata?.uid);
});

test("five hundred pods come up without any being created twice", async () => {
  const plane = await start();
  await plane.client.create(deployments, web("app:1", 0));
  await plane.clock.settle();
  await plane.client.patch(deployments, key, { spec: { replicas: 500 } }, { type: "merge" });
  await plane.clock.runUntil(isSettled(plane));
  const { items } = await plane.client.list(pods, { namespace: "default" });
  expect(items.length).toBe(500);
});

const patchSpec = (plane: TestPlane, spec: object) => plane.client.patch(deployments, key, { spec }, { type: "merge" });
const replicaSetsOf = async (plane: TestPlane) =>
  (await plane.client.list(replicaSets, { namespace: "default" })).items;
const conditionOf = async (plane: TestPlane, type: string) =>
  (await plane.client.get(deployments, key)).status?.conditions?.find((condition) => condition.type === type);

test("Recreate has no two versions side by side", async () => {
  const plane = await start();
  const images = new Set<string>();
  let mixed = false;
  const informer = plane.informers.informer(pods);
  informer.addHandlers({
    onAdd() {
      images.clear();
      for (const pod of informer.list()) images.add(pod.spec?.containers[0]?.image ?? "");
      if (images.size > 1) mixed = true;
    },
  });
  await plane.client.create(deployments, web("app:1", 3, { strategy: { type: "Recreate" } }));
  await plane.clock.runUntil(isSettled(plane));
  await setImage(plane, "app:2");
  await plane.clock.runUntil(isSettled(plane));
  expect(mixed).toBe(false);
  expect(informer.list().map((pod) => pod.spec?.containers[0]?.image)).toEqual(["app:2", "app:2", "app:2"]);
});

test("a paused deployment changes its size only; resuming rolls out what was held back", async () => {
  const plane = await start();
  await plane.client.create(deployments, web("app:1", 2));
  await plane.clock.runUntil(isSettled(plane));
  await patchSpec(plane, { paused: true });
  await setImage(plane, "app:2");
  await patchSpec(plane, { replicas: 4 });
  await plane.clock.advance(5000);
  expect((await replicaSetsOf(plane)).map((rs) => rs.spec?.replicas)).toEqual([4]);
  expect((await conditionOf(plane, "Progressing"))?.reason).toBe("DeploymentPaused");
  await patchSpec(plane, { paused: false });
  await plane.clock.runUntil(isSettled(plane));
  const images = (await plane.client.list(pods)).items.map((pod) => pod.spec?.containers[0]?.image);
  expect(images).toEqual(Array(4).fill("app:2"));
});

test("a name that another template has makes the next hash different", async () => {
  const plane = await start();
  const deployment = await plane.client.create(deployments, web("app:1", 1));
  const hash = templateHash(deployment.spec?.template ?? {}, undefined);
  const squatter = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: `web-${hash}`, namespace: "default" },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "other" } },
      template: { metadata: { labels: { app: "other" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
  };
  await plane.client.create(replicaSets, squatter);
  await plane.clock.runUntil(isSettled(plane));
  expect((await plane.client.get(deployments, key)).status?.collisionCount).toBe(1);
  expect((await replicaSetsOf(plane)).length).toBe(2);
});

test("pods that cannot be created are reported on ReplicaSet and Deployment, and come once they can", async () => {
  const plane = await start();
  const { metadata, spec } = template("app:1");
  const refused = { metadata, spec: { ...spec, serviceAccountName: "robot" } };
  await plane.client.create(deployments, web("app:1", 2, { template: refused }));
  await plane.clock.advance(10_000);
  const text = /serviceaccount "robot" not found/;
  expect(await conditionOf(plane, "ReplicaFailure")).toMatchObject({
    status: "True",
    reason: "FailedCreate",
    message: expect.stringMatching(text),
  });
  expect((await messages(plane, "FailedCreate"))[0]).toMatch(/^Error creating: pods "web-\w+-" is forbidden: .*robot/);
  await plane.client.create(serviceAccounts, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "robot", namespace: "default" },
  });
  await plane.clock.runUntil(isSettled(plane));
  await plane.clock.advance(1000);
  expect(await conditionOf(plane, "ReplicaFailure")).toBeUndefined();
});

test("minReadySeconds delays availability, to the second", async () => {
  const plane = await start();
  await plane.client.create(deployments, web("app:1", 1, { minReadySeconds: 30 }));
  const available = async () => (await plane.client.get(deployments, key)).status?.availableReplicas ?? 0;
  await plane.clock.advance(29_000);
  expect((await plane.client.get(deployments, key)).status?.readyReplicas).toBe(1);
  expect(await available()).toBe(0);
  await plane.clock.advance(1000);
  expect(await available()).toBe(1);
});

test("a deployment at rest writes nothing", async () => {
  const plane = await start();
  await plane.client.create(deployments, web("app:1", 3));
  await plane.clock.runUntil(isSettled(plane));
  await plane.clock.advance(60_000);
  const before = (await plane.client.list(deployments)).resourceVersion;
  await plane.clock.advance(3_600_000);
  expect((await plane.client.list(deployments)).resourceVersion).toBe(before);
});
