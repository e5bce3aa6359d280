import { expect, test } from "vitest";
import { configMapKind } from "../api/core/configmap.ts";
import { podKind } from "../api/core/pod.ts";
import { pod, testRegistry } from "../testing/registry-fixture.ts";
import type { Registry, RequestContext } from "./registry.ts";

const names = (list: { items: readonly { object: { metadata?: { name?: string } } }[] }) =>
  list.items.map((s) => s.object.metadata?.name);

async function withConfigMaps(count: number) {
  const plane = await testRegistry();
  for (let i = 0; i < count; i++) {
    const metadata = { name: `c${i}`, labels: { parity: i % 2 ? "odd" : "even" } };
    await plane.registry.create(configMapKind, "default", { metadata }, {}, plane.ctx);
  }
  return plane;
}

const lister = (registry: Registry, ctx: RequestContext) => (options: Parameters<Registry["list"]>[2]) =>
  registry.list(configMapKind, "default", options, ctx);

test("pages are consistent at one revision", async () => {
  const { registry, ctx } = await withConfigMaps(5);
  const list = lister(registry, ctx);
  const first = await list({ limit: 2 });
  expect(names(first)).toEqual(["c0", "c1"]);
  expect(first.remaining).toBe(3);
  await registry.delete(configMapKind, { namespace: "default", name: "c3" }, {}, ctx);
  await registry.create(configMapKind, "default", { metadata: { name: "c1a" } }, {}, ctx);
  const second = await list({ limit: 2, continue: first.continue });
  expect(names(second)).toEqual(["c2", "c3"]);
  expect(second.revision).toBe(first.revision);
  const third = await list({ limit: 2, continue: second.continue });
  expect(names(third)).toEqual(["c4"]);
  expect(third.continue).toBeUndefined();
  expect(third.remaining).toBeUndefined();
});

test("a page whose revision is gone comes with a way to go on inconsistently", async () => {
  const { registry, ctx, store } = await withConfigMaps(4);
  const list = lister(registry, ctx);
  const first = await list({ limit: 2 });
  await registry.create(configMapKind, "default", { metadata: { name: "c1a" } }, {}, ctx);
  await store.compact(store.progress());
  const error = await list({ limit: 2, continue: first.continue }).catch((e) => e);
  expect(error).toMatchObject({ code: 410, reason: "Expired" });
  expect(error.message).toMatch(/^The provided continue parameter is too old to display a consistent list result\./);
  const rest = await list({ continue: error.status.metadata.continue });
  expect(names(rest)).toEqual(["c1a", "c2", "c3"]);
});

test("selectors filter before the limit counts", async () => {
  const { registry, ctx } = await withConfigMaps(6);
  const list = lister(registry, ctx);
  expect(names(await list({ labelSelector: "parity=odd" }))).toEqual(["c1", "c3", "c5"]);
  const page = await list({ labelSelector: "parity=odd", limit: 2 });
  expect(names(page)).toEqual(["c1", "c3"]);
  expect(page.remaining).toBeUndefined();
  expect(names(await list({ labelSelector: "parity=odd", limit: 2, continue: page.continue }))).toEqual(["c5"]);
  expect(names(await list({ fieldSelector: "metadata.name=c2" }))).toEqual(["c2"]);
  expect(names(await list({ fieldSelector: "metadata.name!=c2,metadata.namespace=default" }))).toHaveLength(5);
  await expect(list({ fieldSelector: "data.a=1" })).rejects.toMatchObject({
    code: 400,
    message: '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  });
  await expect(list({ labelSelector: "a in (" })).rejects.toMatchObject({ code: 400 });
});

test("pods are selected by node and phase", async () => {
  const { registry, ctx } = await testRegistry();
  await registry.create(podKind, "default", pod("a"), {}, ctx);
  await registry.create(podKind, "default", pod("b"), {}, ctx);
  await registry.bind(
    { namespace: "default", name: "a" },
    { metadata: { name: "a" }, target: { kind: "Node", name: "n1" } },
    {},
    ctx,
  );
  const list = (fieldSelector: string) => registry.list(podKind, "", { fieldSelector }, ctx);
  expect(names(await list("spec.nodeName=n1"))).toEqual(["a"]);
  expect(names(await list("spec.nodeName="))).toEqual(["b"]);
  expect(names(await list("status.phase=Pending"))).toEqual(["a", "b"]);
});

test("which revision a list shows", async () => {
  const { registry, ctx, store } = await withConfigMaps(2);
  const list = lister(registry, ctx);
  const resourceVersion = String(store.progress());
  await registry.create(configMapKind, "default", { metadata: { name: "late" } }, {}, ctx);
  expect(names(await list({ resourceVersion: "0" }))).toHaveLength(3);
  // As from upstream's cache: in one piece.
  expect(await list({ resourceVersion: "0", limit: 1 })).toMatchObject({ items: { length: 3 } });
  expect(names(await list({ resourceVersion }))).toHaveLength(3);
  expect(names(await list({ resourceVersion, resourceVersionMatch: "NotOlderThan" }))).toHaveLength(3);
  const exact = await list({ resourceVersion, resourceVersionMatch: "Exact" });
  expect(names(exact)).toEqual(["c0", "c1"]);
  expect(String(exact.revision)).toBe(resourceVersion);
  expect(names(await list({ resourceVersion, limit: 10 }))).toEqual(["c0", "c1"]);
  await expect(list({ resourceVersion: "999" })).rejects.toMatchObject({
    code: 504,
    message: `Timeout: Too large resource version: 999, current: ${store.progress()}`,
  });
  await expect(list({ resourceVersionMatch: "Exact" })).rejects.toMatchObject({
    code: 422,
    message:
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  });
  await expect(list({ resourceVersion: "0", resourceVersionMatch: "Exact" })).rejects.toMatchObject({ code: 422 });
  await expect(list({ resourceVersion: "x" })).rejects.toMatchObject({ code: 400 });
  await store.compact(store.progress());
  await expect(list({ resourceVersion, resourceVersionMatch: "Exact" })).rejects.toMatchObject({
    code: 410,
    message: "The resourceVersion for the provided list is too old.",
  });
});

test("a malformed continue token is refused", async () => {
  const { registry, ctx } = await withConfigMaps(1);
  await expect(lister(registry, ctx)({ continue: "nonsense" })).rejects.toMatchObject({ code: 400 });
});

test("a page is of the list's revision: another one may not be asked for", async () => {
  const { registry, ctx, store } = await withConfigMaps(3);
  const list = lister(registry, ctx);
  const first = await list({ limit: 1 });
  const next = { limit: 1, continue: first.continue };
  await expect(list({ ...next, resourceVersion: String(store.progress()) })).rejects.toMatchObject({
    code: 400,
    message: "specifying resource version is not allowed when using continue",
  });
  expect(names(await list({ ...next, resourceVersion: "0" }))).toEqual(["c1"]);
});

test("what is not there is not found", async () => {
  const { registry, ctx } = await testRegistry();
  await expect(registry.get(podKind, { namespace: "default", name: "x" }, ctx)).rejects.toMatchObject({
    code: 404,
    message: 'pods "x" not found',
    status: { details: { name: "x", kind: "pods" } },
  });
});
