import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ConfigMap, OwnerReference } from "../../api/generated/types.ts";
import { builtinKinds } from "../../api/kinds.ts";
import { isNotFound } from "../../base/errors.ts";
import { configMaps, namespaces } from "../../client/kinds.ts";
import { createTestPlane, type TestPlane } from "../../testing/test-plane.ts";
import type { Controller } from "../controller.ts";
import { garbageCollector } from "./controller.ts";

let plane: TestPlane;
let collector: Controller;
beforeEach(async () => {
  plane = await createTestPlane();
  collector = garbageCollector(builtinKinds)(plane);
  await collector.start();
});
afterEach(async () => {
  await collector.stop();
  await plane.stop();
});

const key = (name: string) => ({ namespace: "default", name });
const reference = (owner: ConfigMap, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: owner.metadata?.name ?? "",
  uid: owner.metadata?.uid ?? "",
  ...more,
});
const create = (name: string, ...ownerReferences: OwnerReference[]) =>
  plane.client.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", ...(ownerReferences.length > 0 ? { ownerReferences } : {}) },
  } as ConfigMap);
const get = async (name: string): Promise<ConfigMap | undefined> => {
  try {
    return await plane.client.get(configMaps, key(name));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
const names = async () =>
  (await plane.client.list(configMaps, { namespace: "default" })).items.map(({ metadata }) => metadata?.name).sort();
const finish = () => plane.clock.advance(1000);

describe("background", () => {
  it("collects what the owner leaves behind, down all generations", async () => {
    const root = await create("root");
    const child = await create("child", reference(root));
    await create("grandchild", reference(child));
    await create("other");
    await finish();
    await plane.client.delete(configMaps, key("root"), { propagationPolicy: "Background" });
    await finish();
    expect(await names()).toEqual(["other"]);
  });

  it("keeps what still has an owner, without the one that is gone", async () => {
    const [a, b] = [await create("a"), await create("b")];
    await create("child", reference(a), reference(b));
    await plane.client.delete(configMaps, key("a"), {});
    await finish();
    expect((await get("child"))?.metadata?.ownerReferences?.map((o) => o.name)).toEqual(["b"]);
    await plane.client.delete(configMaps, key("b"), {});
    await finish();
    expect(await get("child")).toBeUndefined();
  });

  it("collects what is created for an owner that never was, or is another by now", async () => {
    const owner = await create("owner");
    await create("absent", reference(owner, { name: "nobody" }));
    await create("replaced", reference(owner, { uid: "11111111-1111-4111-8111-111111111111" }));
    await create("fine", reference(owner));
    await finish();
    expect(await names()).toEqual(["fine", "owner"]);
  });

  it("leaves alone whose owner's kind it does not know", async () => {
    const owner = await create("owner");
    await create("child", reference(owner, { apiVersion: "example.com/v1", kind: "Widget" }));
    await finish();
    expect(await get("child")).toBeDefined();
  });

  it("knows owners without a namespace", async () => {
    const namespace = await plane.client.get(namespaces, { name: "default" });
    const uid = namespace.metadata?.uid ?? "";
    await create("child", { apiVersion: "v1", kind: "Namespace", name: "default", uid });
    await create("lost", { apiVersion: "v1", kind: "Namespace", name: "gone", uid });
    await finish();
    expect(await names()).toEqual(["child"]);
  });
});

describe("foreground", () => {
  it("keeps the owner until all that blocks it is gone", async () => {
    const root = await create("root");
    const child = await create("child", reference(root, { blockOwnerDeletion: true }));
    const leaf = await create("leaf", reference(child, { blockOwnerDeletion: true }));
    await plane.client.patch(
      configMaps,
      key("leaf"),
      { metadata: { finalizers: ["example.com/wait"] } },
      { type: "merge" },
    );
    await finish();
    await plane.client.delete(configMaps, key("root"), { propagationPolicy: "Foreground" });
    await finish();
    expect(await names()).toEqual(["child", "leaf", "root"]);
    expect((await get("child"))?.metadata?.finalizers).toEqual(["foregroundDeletion"]);
    expect((await get("leaf"))?.metadata?.uid).toBe(leaf.metadata?.uid);
    await plane.client.patch(configMaps, key("leaf"), { metadata: { finalizers: null } }, { type: "merge" });
    await finish();
    expect(await names()).toEqual([]);
  });

  it("does not wait for dependents that do not block", async () => {
    const root = await create("root");
    await create("child", reference(root));
    await plane.client.patch(
      configMaps,
      key("child"),
      { metadata: { finalizers: ["example.com/wait"] } },
      { type: "merge" },
    );
    await finish();
    await plane.client.delete(configMaps, key("root"), { propagationPolicy: "Foreground" });
    await finish();
    expect(await names()).toEqual(["child"]);
  });

  it("gets out of a circle", async () => {
    const a = await create("a");
    const b = await create("b", reference(a, { blockOwnerDeletion: true }));
    const ownerReferences = [reference(b, { blockOwnerDeletion: true })];
    await plane.client.patch(configMaps, key("a"), { metadata: { ownerReferences } }, { type: "merge" });
    await finish();
    await plane.client.delete(configMaps, key("a"), { propagationPolicy: "Foreground" });
    await finish();
    expect(await names()).toEqual([]);
  });
});

it("orphans dependents", async () => {
  const root = await create("root");
  await create("child", reference(root));
  await finish();
  await plane.client.delete(configMaps, key("root"), { propagationPolicy: "Orphan" });
  await finish();
  expect(await names()).toEqual(["child"]);
  expect((await get("child"))?.metadata?.ownerReferences ?? []).toEqual([]);
});

it("finishes what it finds begun", async () => {
  await collector.stop();
  const root = await create("root");
  await create("child", reference(root, { blockOwnerDeletion: true }));
  await create("stray", reference(root, { name: "nobody" }));
  await plane.client.delete(configMaps, key("root"), { propagationPolicy: "Foreground" });
  const next = garbageCollector(builtinKinds)(plane);
  await next.start();
  await finish();
  expect(await names()).toEqual([]);
  await next.stop();
});
