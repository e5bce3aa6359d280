/** The StatefulSet controller over the real registry: events in all their words, and what goes wrong on the way. */
import { afterEach, describe, expect, test } from "vitest";
import type { ControllerRevision, StatefulSet } from "../../api/generated/types.ts";
import { objectModified } from "../../base/errors.ts";
import { controllerRevisions, pods, statefulSets } from "../../client/kinds.ts";
import { controllerStarts, isCall, podsOf, refused, said } from "../../testing/controller-fixture.ts";
import type { Call } from "../../testing/intercept.ts";
import type { TestPlane } from "../../testing/test-plane.ts";
import { statefulSetController } from "./controller.ts";
import { newRevision } from "./revisions.ts";

const start = controllerStarts(afterEach, statefulSetController);

const key = { namespace: "default", name: "web" };
const web = (spec: object = {}): StatefulSet => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: key,
  spec: {
    serviceName: "web",
    replicas: 2,
    podManagementPolicy: "Parallel",
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "app:1" }] } },
    ...spec,
  },
});
const scale = (plane: TestPlane, replicas: number) =>
  plane.client.patch(statefulSets, key, { spec: { replicas } }, { type: "merge" });
const names = async (plane: TestPlane) => (await podsOf(plane)).map(({ metadata }) => metadata?.name);

describe("events", () => {
  test("of pods that are created, corrected and deleted", async () => {
    const plane = await start();
    await plane.client.create(statefulSets, web({ replicas: 1 }));
    await plane.clock.advance(10);
    const lost = { metadata: { labels: { "statefulset.kubernetes.io/pod-name": null } } };
    await plane.client.patch(pods, { ...key, name: "web-0" }, lost, { type: "merge" });
    await plane.clock.advance(10);
    await scale(plane, 0);
    await plane.clock.advance(10);
    expect(await said(plane)).toEqual([
      "statefulset-controller Normal SuccessfulCreate: create Pod web-0 in StatefulSet web successful",
      "statefulset-controller Normal SuccessfulUpdate: update Pod web-0 in StatefulSet web successful",
      "statefulset-controller Normal SuccessfulDelete: delete Pod web-0 in StatefulSet web successful",
    ]);
  });

  test.each<[Call["verb"], string]>([
    ["create", "FailedCreate: create Pod web-0 in StatefulSet web failed error: no more"],
    ["update", "FailedUpdate: update Pod web-0 in StatefulSet web failed error: no more"],
    ["delete", "FailedDelete: delete Pod web-0 in StatefulSet web failed error: no more"],
  ])("of a pod that cannot be %sd", async (verb, text) => {
    const plane = await start((call) => {
      if (isCall(verb, "Pod")(call)) throw refused;
    });
    await plane.client.create(statefulSets, web({ replicas: 1 }));
    await plane.clock.advance(3);
    if (verb !== "create") {
      const lost = { metadata: { labels: { "statefulset.kubernetes.io/pod-name": null } } };
      if (verb === "update") await plane.client.patch(pods, { ...key, name: "web-0" }, lost, { type: "merge" });
      else await scale(plane, 0);
      await plane.clock.advance(3);
    }
    expect((await said(plane)).at(-1)).toBe(`statefulset-controller Warning ${text}`);
  });

  test("a pod that somebody else changed meanwhile is tried again without a word", async () => {
    let tries = 0;
    const plane = await start((call) => {
      if (isCall("update", "Pod")(call) && ++tries === 1)
        throw objectModified({ group: "", resource: "pods" }, call.name);
    });
    await plane.client.create(statefulSets, web({ replicas: 1 }));
    await plane.clock.advance(10);
    const lost = { metadata: { labels: { "statefulset.kubernetes.io/pod-name": null } } };
    await plane.client.patch(pods, { ...key, name: "web-0" }, lost, { type: "merge" });
    await plane.clock.advance(1000);
    expect(tries).toBe(2);
    expect((await said(plane)).filter((text) => text.includes("Warning"))).toEqual([]);
  });
});

test("a parallel set whose pods cannot be created deletes none of those that are too many", async () => {
  let broken = false;
  const plane = await start((call) => {
    if (broken && isCall("create", "Pod")(call)) throw refused;
  });
  await plane.client.create(statefulSets, web({ replicas: 3 }));
  await plane.clock.advance(10);
  broken = true;
  await plane.client.patch(statefulSets, key, { spec: { replicas: 3, ordinals: { start: 1 } } }, { type: "merge" });
  await plane.clock.advance(10_000);
  expect(await names(plane)).toEqual(["web-0", "web-1", "web-2"]);
  broken = false;
  await plane.clock.advance(1_000_000);
  expect(await names(plane)).toEqual(["web-1", "web-2", "web-3"]);
});

test("a revision whose name is taken gets another, and the collision is counted", async () => {
  const plane = await start();
  const stored = await plane.client.create(statefulSets, web(), { dryRun: true });
  const { metadata } = newRevision(stored, 1, 0);
  const squatter: ControllerRevision = {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name: metadata?.name ?? "", namespace: "default" },
    revision: 1,
    data: { spec: {} },
  };
  await plane.client.create(controllerRevisions, squatter);
  await plane.client.create(statefulSets, web());
  await plane.clock.advance(10);
  const { status } = await plane.client.get(statefulSets, key);
  expect(status?.collisionCount).toBe(1);
  expect(status?.updateRevision).toBe(newRevision(stored, 1, 1).metadata?.name);
});

test("minReadySeconds holds the next pod back, to the second", async () => {
  const plane = await start();
  await plane.client.create(statefulSets, web({ podManagementPolicy: "OrderedReady", minReadySeconds: 30 }));
  await plane.clock.advance(10);
  const time = new Date(plane.clock.now()).toISOString().replace(/\.\d+/, "");
  const condition = { type: "Ready", status: "True", lastTransitionTime: time };
  await plane.client.patch(
    pods,
    { ...key, name: "web-0" },
    { status: { phase: "Running", conditions: [condition] } },
    { type: "strategic", subresource: "status" },
  );
  const since = plane.clock.now() - Date.parse(time);
  await plane.clock.advance(29_999 - since);
  expect(await names(plane)).toEqual(["web-0"]);
  expect((await plane.client.get(statefulSets, key)).status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
  await plane.clock.advance(2);
  expect(await names(plane)).toEqual(["web-0", "web-1"]);
  expect((await plane.client.get(statefulSets, key)).status?.availableReplicas).toBe(1);
});
