import { expect, test } from "vitest";
import { replicaSetKind } from "../api/apps/replicaset.ts";
import { configMapKind } from "../api/core/configmap.ts";
import { namespaceKind } from "../api/core/namespace.ts";
import { podKind } from "../api/core/pod.ts";
import { pod, testRegistry } from "../testing/registry-fixture.ts";

const at = (name: string) => ({ namespace: "default", name });
const node = { metadata: { name: "web" }, target: { kind: "Node", name: "n1" } };

async function withPod() {
  const plane = await testRegistry();
  await plane.registry.create(podKind, "default", pod("web"), {}, plane.ctx);
  const get = async () => (await plane.registry.get(podKind, at("web"), plane.ctx)).object;
  return { ...plane, get };
}

test("a pod without a node goes at once", async () => {
  const { registry, ctx, get } = await withPod();
  const { deleted, stored } = await registry.delete(podKind, at("web"), {}, ctx);
  expect(deleted).toBe(true);
  expect(stored.object.metadata?.deletionTimestamp).toBeDefined();
  await expect(get()).rejects.toMatchObject({ code: 404 });
});

test("a pod with a node gets its grace period, which can only become shorter", async () => {
  const { registry, ctx, get, clock } = await withPod();
  await registry.bind(at("web"), node, {}, ctx);
  const { deleted } = await registry.delete(podKind, at("web"), {}, ctx);
  expect(deleted).toBe(false);
  expect((await get()).metadata).toMatchObject({
    deletionGracePeriodSeconds: 30,
    deletionTimestamp: "2025-01-01T00:00:30Z",
    generation: 2,
  });
  const before = await get();
  await clock.advance(5000);
  await registry.delete(podKind, at("web"), {}, ctx);
  await registry.delete(podKind, at("web"), { gracePeriodSeconds: 60 }, ctx);
  expect(await get()).toBe(before);
  await registry.delete(podKind, at("web"), { gracePeriodSeconds: 10 }, ctx);
  expect((await get()).metadata).toMatchObject({
    deletionGracePeriodSeconds: 10,
    deletionTimestamp: "2025-01-01T00:00:10Z",
  });
  expect((await registry.delete(podKind, at("web"), { gracePeriodSeconds: 0 }, ctx)).deleted).toBe(true);
  await expect(get()).rejects.toMatchObject({ code: 404 });
});

test("finalizers hold an object until the last is taken away", async () => {
  const { registry, ctx, clock } = await testRegistry();
  const metadata = { name: "c", finalizers: ["example.com/a", "example.com/b"] };
  await registry.create(configMapKind, "default", { metadata }, {}, ctx);
  const first = await registry.delete(configMapKind, at("c"), {}, ctx);
  expect(first.deleted).toBe(false);
  expect(first.stored.object.metadata).toMatchObject({
    deletionTimestamp: "2025-01-01T00:00:00Z",
    deletionGracePeriodSeconds: 0,
  });
  await clock.advance(5000);
  expect((await registry.delete(configMapKind, at("c"), {}, ctx)).stored.object.metadata?.deletionTimestamp).toBe(
    "2025-01-01T00:00:00Z",
  );
  const patch = (finalizers: string[]) =>
    registry.patch(configMapKind, at("c"), { type: "merge", body: { metadata: { finalizers } } }, ctx);
  await expect(patch(["example.com/a", "example.com/b", "example.com/c"])).rejects.toMatchObject({ code: 422 });
  await patch(["example.com/a"]);
  await expect(registry.create(configMapKind, "default", { metadata: { name: "c" } }, {}, ctx)).rejects.toMatchObject({
    message: 'object is being deleted: configmaps "c" already exists',
  });
  await patch([]);
  await expect(registry.get(configMapKind, at("c"), ctx)).rejects.toMatchObject({ code: 404 });
});

test("what waits for its finalizers is not written again by whoever deletes it again", async () => {
  const { registry, ctx, clock } = await testRegistry();
  const held = { ...pod("web"), metadata: { ...pod("web").metadata, finalizers: ["example.com/a"] } };
  await registry.create(podKind, "default", held, {}, ctx);
  await registry.create(configMapKind, "default", { metadata: { name: "c", finalizers: ["example.com/a"] } }, {}, ctx);
  const { stored } = await registry.delete(podKind, at("web"), { gracePeriodSeconds: 0 }, ctx);
  const map = await registry.delete(configMapKind, at("c"), {}, ctx);
  await clock.advance(5000);
  expect(await registry.delete(podKind, at("web"), { gracePeriodSeconds: 0 }, ctx)).toMatchObject({ deleted: false });
  await registry.delete(configMapKind, at("c"), {}, ctx);
  expect((await registry.get(podKind, at("web"), ctx)).revision).toBe(stored.revision);
  expect((await registry.get(configMapKind, at("c"), ctx)).revision).toBe(map.stored.revision);
  // Another policy is something new.
  const orphaning = await registry.delete(configMapKind, at("c"), { propagationPolicy: "Orphan" }, ctx);
  expect(orphaning.stored.object.metadata?.finalizers).toEqual(["example.com/a", "orphan"]);
});

test("the propagation policy becomes a finalizer", async () => {
  const { registry, ctx } = await testRegistry();
  const rs = (name: string) => ({
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
  });
  for (const [propagationPolicy, finalizers] of [
    ["Foreground", ["foregroundDeletion"]],
    ["Orphan", ["orphan"]],
  ] as const) {
    const name = propagationPolicy.toLowerCase();
    await registry.create(replicaSetKind, "default", rs(name), {}, ctx);
    const { deleted, stored } = await registry.delete(replicaSetKind, at(name), { propagationPolicy }, ctx);
    expect(deleted).toBe(false);
    expect(stored.object.metadata?.finalizers).toEqual(finalizers);
    const again = await registry.delete(replicaSetKind, at(name), { propagationPolicy: "Background" }, ctx);
    expect(again.deleted).toBe(true);
  }
  await registry.create(replicaSetKind, "default", rs("background"), {}, ctx);
  expect((await registry.delete(replicaSetKind, at("background"), {}, ctx)).deleted).toBe(true);
});

test("preconditions", async () => {
  const { registry, ctx, get } = await withPod();
  const { uid, resourceVersion } = (await get()).metadata ?? {};
  const attempt = (preconditions: object) => registry.delete(podKind, at("web"), { preconditions }, ctx);
  await expect(attempt({ uid: "other" })).rejects.toMatchObject({
    code: 409,
    message: `Operation cannot be fulfilled on Pod "web": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
  });
  await expect(attempt({ resourceVersion: "1" })).rejects.toMatchObject({ code: 409 });
  expect((await attempt({ uid, resourceVersion })).deleted).toBe(true);
});

test("a dry run deletes nothing", async () => {
  const { registry, ctx, get, store } = await withPod();
  const before = store.progress();
  expect((await registry.delete(podKind, at("web"), { dryRun: true }, ctx)).deleted).toBe(true);
  expect(store.progress()).toBe(before);
  expect((await get()).metadata?.deletionTimestamp).toBeUndefined();
});

test("deletecollection takes what the selection holds", async () => {
  const { registry, ctx } = await testRegistry();
  for (const name of ["a", "b", "c"]) {
    await registry.create(podKind, "default", pod(name, { keep: String(name === "b") }), {}, ctx);
  }
  const gone = await registry.deleteCollection(podKind, "default", { labelSelector: "keep=false" }, {}, ctx);
  expect(gone.items.map((s) => s.object.metadata?.name)).toEqual(["a", "c"]);
  expect((await registry.list(podKind, "default", {}, ctx)).items).toHaveLength(1);
});

test("a namespace waits for finalize, and takes nothing new meanwhile", async () => {
  const { registry, ctx } = await testRegistry();
  const key = { namespace: "", name: "team" };
  await registry.create(namespaceKind, "", { metadata: { name: "team" } }, {}, ctx);
  const { deleted, stored } = await registry.delete(namespaceKind, key, {}, ctx);
  expect(deleted).toBe(false);
  expect(stored.object.status?.phase).toBe("Terminating");
  expect(stored.object.metadata?.deletionTimestamp).toBeDefined();
  expect((await registry.delete(namespaceKind, key, {}, ctx)).deleted).toBe(false);
  await expect(registry.create(configMapKind, "team", { metadata: { name: "late" } }, {}, ctx)).rejects.toMatchObject({
    code: 403,
    message:
      'configmaps "late" is forbidden: unable to create new content in namespace team because it is being terminated',
    status: { details: { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace" }] } },
  });
  const emptied = { ...stored.object, spec: { finalizers: [] } };
  await registry.update(namespaceKind, key, emptied, { subresource: "finalize" }, ctx);
  await expect(registry.get(namespaceKind, key, ctx)).rejects.toMatchObject({ code: 404 });
});

test("three namespaces stay", async () => {
  const { registry, ctx } = await testRegistry();
  await expect(registry.delete(namespaceKind, { namespace: "", name: "default" }, {}, ctx)).rejects.toMatchObject({
    code: 403,
    message: 'namespaces "default" is forbidden: this namespace may not be deleted',
  });
});
