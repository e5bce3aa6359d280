/** The ReplicaSet controller over the real registry: expectations, batches, failures, events. */
import { afterEach, describe, expect, test } from "vitest";
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { notFound, objectModified } from "../../base/errors.ts";
import { pods, replicaSets } from "../../client/kinds.ts";
import { controllerStarts, isCall, podsOf, refused, said } from "../../testing/controller-fixture.ts";
import type { TestPlane } from "../../testing/test-plane.ts";
import { replicaSetController } from "./controller.ts";

const start = controllerStarts(afterEach, replicaSetController);

const key = { namespace: "default", name: "web" };
const web = (spec: object = {}, metadata: object = {}): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { ...key, ...metadata },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "app:1" }] } },
    ...spec,
  },
});
const scale = (plane: TestPlane, replicas: number) =>
  plane.client.patch(replicaSets, key, { spec: { replicas } }, { type: "merge" });
const status = async (plane: TestPlane) => (await plane.client.get(replicaSets, key)).status;
const failure = async (plane: TestPlane) =>
  (await status(plane))?.conditions?.find(({ type }) => type === "ReplicaFailure");
describe("events", () => {
  test("of pods that are created and deleted", async () => {
    const plane = await start();
    await plane.client.create(replicaSets, web({ replicas: 1 }));
    await plane.clock.advance(10);
    await scale(plane, 0);
    await plane.clock.advance(10);
    expect(await said(plane, "web")).toEqual([
      "replicaset-controller Normal SuccessfulCreate: Created pod: web-x",
      "replicaset-controller Normal SuccessfulDelete: Deleted pod: web-x",
    ]);
  });

  test("of pods that cannot be created: one, and the condition", async () => {
    const plane = await start((call) => {
      if (isCall("create", "Pod")(call)) throw refused;
    });
    await plane.client.create(replicaSets, web());
    await plane.clock.advance(3);
    expect(await said(plane, "web")).toEqual(["replicaset-controller Warning FailedCreate: Error creating: no more"]);
    expect(await failure(plane)).toMatchObject({ status: "True", reason: "FailedCreate", message: "no more" });
  });

  test("of pods that cannot be deleted, and the condition, which goes once they can", async () => {
    let broken = true;
    const plane = await start((call) => {
      if (broken && isCall("delete", "Pod")(call)) throw refused;
    });
    await plane.client.create(replicaSets, web({ replicas: 1 }));
    await plane.clock.advance(10);
    await scale(plane, 0);
    await plane.clock.advance(3);
    expect((await said(plane, "web")).at(-1)).toBe(
      "replicaset-controller Warning FailedDelete: Error deleting: no more",
    );
    const condition = { reason: "FailedDelete", message: "unable to delete pods: no more" };
    expect(await failure(plane)).toMatchObject(condition);
    broken = false;
    await plane.clock.advance(60_000);
    expect(await failure(plane)).toBeUndefined();
    expect(await podsOf(plane)).toEqual([]);
  });
});

test("a pod that is gone when it is to be deleted is no failure", async () => {
  const plane = await start((call) => {
    if (isCall("delete", "Pod")(call)) throw notFound({ group: "", resource: "pods" }, call.name);
  });
  await plane.client.create(replicaSets, web({ replicas: 1 }));
  await plane.clock.advance(10);
  await scale(plane, 0);
  await plane.clock.advance(10);
  expect(await failure(plane)).toBeUndefined();
  expect((await said(plane, "web")).filter((text) => text.includes("Delete"))).toEqual([]);
});

describe("slow start", () => {
  test.each<[string, number, number]>([
    ["the first fails: no other is tried", 0, 1],
    ["one comes: the next two are tried", 1, 3],
    ["three come: the next four are tried", 3, 7],
  ])("%s", async (_, room, tried) => {
    let tries = 0;
    let inFirstSync: number | undefined;
    const plane = await start((call) => {
      if (isCall("create", "Pod")(call) && ++tries > room) throw refused;
      // The sync ends with its status.
      if (isCall("update", "ReplicaSet")(call)) inFirstSync ??= tries;
    });
    await plane.client.create(replicaSets, web({ replicas: 100 }));
    await plane.clock.advance(4);
    expect(inFirstSync).toBe(tried);
    expect(await podsOf(plane)).toHaveLength(room);
  });

  test("the rest comes once it can, and none too many", async () => {
    let room = 3;
    const plane = await start((call) => {
      if (isCall("create", "Pod")(call) && room-- <= 0) throw refused;
    });
    await plane.client.create(replicaSets, web({ replicas: 40 }));
    await plane.clock.advance(100);
    room = Number.POSITIVE_INFINITY;
    await plane.clock.advance(60_000);
    expect(await podsOf(plane)).toHaveLength(40);
    expect(await failure(plane)).toBeUndefined();
  });
});

test("at most 500 pods are created before the first of them must be seen", async () => {
  let created = 0;
  let gate: (() => void) | undefined;
  const plane = await start(
    (call) => {
      if (isCall("create", "Pod")(call)) created++;
    },
    // Pods are shown only once the gate opens.
    (client) => ({
      ...client,
      async watch(kind, query) {
        if ((kind.kind as string) === "Pod" && gate === undefined) await new Promise<void>((open) => (gate = open));
        return client.watch(kind, query);
      },
    }),
  );
  await plane.client.create(replicaSets, web({ replicas: 501 }));
  await plane.clock.advance(1000);
  expect(created).toBe(500);
  gate?.();
  await plane.clock.advance(1000);
  expect(created).toBe(501);
});

test("what was done and is not seen for five minutes is given up; the status is right meanwhile", async () => {
  let blind = true;
  const plane = await start(undefined, (client) => ({
    ...client,
    async watch(kind, query) {
      const watch = await client.watch(kind, query);
      if ((kind.kind as string) !== "Pod") return watch;
      const show = async function* () {
        for await (const event of watch) if (!blind) yield event;
      };
      return { close: () => watch.close(), [Symbol.asyncIterator]: () => show() };
    },
  }));
  await plane.client.create(replicaSets, web({ replicas: 2 }));
  await plane.clock.advance(10);
  expect(await podsOf(plane)).toHaveLength(2);
  expect(await status(plane)).toMatchObject({ replicas: 0, observedGeneration: 1 });
  await scale(plane, 4);
  await plane.clock.advance(299_000);
  expect(await podsOf(plane)).toHaveLength(2);
  expect((await status(plane))?.observedGeneration).toBe(2);
  await plane.clock.advance(2000);
  expect((await podsOf(plane)).length).toBeGreaterThan(2);
  blind = false;
});

test("a status that meets a newer ReplicaSet is written once more on top of it", async () => {
  let writes = 0;
  const plane = await start((call) => {
    if (isCall("update", "ReplicaSet")(call) && ++writes === 1)
      throw objectModified({ group: "apps", resource: "replicasets" }, call.name);
  });
  await plane.client.create(replicaSets, web({ replicas: 0 }));
  await plane.clock.advance(1);
  expect(await status(plane)).toMatchObject({ replicas: 0, observedGeneration: 1 });
  expect(writes).toBe(2);
});

describe("pods without an owner", () => {
  const orphan = (name: string, app: string): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app } },
    spec: { containers: [{ name: "web", image: "app:1" }] },
  });

  test("that match are adopted instead of others being made; a pod whose labels change is let go and replaced", async () => {
    const plane = await start();
    await plane.client.create(pods, orphan("mine", "web"));
    await plane.client.create(pods, orphan("other", "other"));
    await plane.client.create(replicaSets, web({ replicas: 1 }));
    await plane.clock.advance(10);
    expect((await podsOf(plane)).map(({ metadata }) => [metadata?.name, metadata?.ownerReferences?.[0]?.name])).toEqual(
      [
        ["mine", "web"],
        ["other", undefined],
      ],
    );
    const change = { metadata: { labels: { app: "else" } } };
    await plane.client.patch(pods, { ...key, name: "mine" }, change, { type: "merge" });
    await plane.clock.advance(10);
    const after = await podsOf(plane);
    expect(after).toHaveLength(3);
    expect(after.find(({ metadata }) => metadata?.name === "mine")?.metadata?.ownerReferences).toBeUndefined();
  });

  test("are left alone by a ReplicaSet that is being deleted", async () => {
    const plane = await start();
    await plane.client.create(replicaSets, web({ replicas: 0 }, { finalizers: ["example.com/hold"] }));
    await plane.client.delete(replicaSets, key);
    await plane.client.create(pods, orphan("mine", "web"));
    await plane.clock.advance(1000);
    expect((await podsOf(plane))[0]?.metadata?.ownerReferences).toBeUndefined();
  });
});

test("an ended pod is replaced; it and a terminating one count no more", async () => {
  const plane = await start();
  await plane.client.create(replicaSets, web({ replicas: 2 }));
  await plane.clock.advance(10);
  const [failed, leaving] = await podsOf(plane);
  const end = { status: { phase: "Failed" } };
  await plane.client.patch(pods, { ...key, name: failed?.metadata?.name ?? "" }, end, {
    type: "merge",
    subresource: "status",
  });
  const hold = { metadata: { finalizers: ["example.com/hold"] } };
  await plane.client.patch(pods, { ...key, name: leaving?.metadata?.name ?? "" }, hold, { type: "merge" });
  await plane.client.delete(pods, { ...key, name: leaving?.metadata?.name ?? "" });
  await plane.clock.advance(10);
  expect(await podsOf(plane)).toHaveLength(4);
  expect(await status(plane)).toMatchObject({ replicas: 2 });
  expect(await status(plane)).not.toHaveProperty("terminatingReplicas");
});
