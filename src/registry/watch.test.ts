import { expect, test } from "vitest";
import { configMapKind } from "../api/core/configmap.ts";
import { testRegistry } from "../testing/registry-fixture.ts";
import type { Registry, Watch, WatchEvent, WatchOptions } from "./registry.ts";

const at = (name: string) => ({ namespace: "default", name });

async function plane() {
  const p = await testRegistry();
  const put = (name: string, labels: Record<string, string> = {}) =>
    p.registry.create(configMapKind, "default", { metadata: { name, labels } }, {}, p.ctx);
  const label = (name: string, labels: Record<string, string | null>) =>
    p.registry.patch(configMapKind, at(name), { type: "merge", body: { metadata: { labels } } }, p.ctx);
  const watch = (options: WatchOptions) => p.registry.watch(configMapKind, "default", options, p.ctx);
  return { ...p, put, label, watch };
}

const show = (event: WatchEvent) =>
  event.type === "BOOKMARK"
    ? `BOOKMARK ${event.revision}${event.initialEventsEnd ? " end" : ""}`
    : `${event.type} ${event.stored.object.metadata?.name} ${event.stored.object.metadata?.resourceVersion}`;

/** The next `n` events; the watch stays open. */
async function take(watch: Watch, n: number): Promise<string[]> {
  const out: string[] = [];
  const iterator = watch[Symbol.asyncIterator]();
  while (out.length < n) {
    const { done, value } = await iterator.next();
    if (done) break;
    out.push(...value.map(show));
  }
  return out;
}

test("without a revision a watch begins with what there is", async () => {
  const { put, watch } = await plane();
  const a = await put("a");
  for (const resourceVersion of [undefined, "0"]) {
    const w = await watch({ resourceVersion });
    expect(await take(w, 1)).toEqual([`ADDED a ${a.revision}`]);
    w.close();
    // Who takes bookmarks is told when that is all.
    const told = await watch({ resourceVersion, allowWatchBookmarks: true });
    expect(await take(told, 2)).toEqual([`ADDED a ${a.revision}`, `BOOKMARK ${a.revision} end`]);
    told.close();
  }
});

test("from a revision it gives every change after it, and only of its kind and namespace", async () => {
  const { registry, ctx, put, label, watch, store } = await plane();
  const since = String(store.progress());
  const a = await put("a");
  await label("a", { x: "1" });
  const { stored, deleted } = await registry.delete(configMapKind, at("a"), {}, ctx);
  expect(deleted).toBe(true);
  const events = await take(await watch({ resourceVersion: since }), 3);
  expect(events).toEqual([`ADDED a ${a.revision}`, `MODIFIED a ${a.revision + 1}`, `DELETED a ${a.revision + 2}`]);
  expect(stored.revision).toBe(a.revision + 2);
});

test("an object that enters or leaves the selection is added or deleted", async () => {
  const { put, label, watch, store } = await plane();
  const w = await watch({ resourceVersion: String(store.progress()), labelSelector: "app=web" });
  const a = (await put("a")).revision;
  await label("a", { app: "web" });
  await label("a", { more: "1" });
  await label("a", { app: null });
  await label("a", { app: "db" });
  await label("a", { app: "web" });
  expect(await take(w, 4)).toEqual([
    `ADDED a ${a + 1}`,
    `MODIFIED a ${a + 2}`,
    `DELETED a ${a + 3}`,
    `ADDED a ${a + 5}`,
  ]);
});

test("the object that left is shown as it was", async () => {
  const { put, label, watch, store } = await plane();
  await put("a", { app: "web" });
  const w = await watch({ resourceVersion: String(store.progress()), labelSelector: "app=web" });
  await label("a", { app: "db" });
  const { value } = await w[Symbol.asyncIterator]().next();
  expect(value?.[0]?.stored.object.metadata.labels).toEqual({ app: "web" });
  expect(JSON.parse(Buffer.from(value?.[0]?.stored.json()).toString())).toEqual(value?.[0]?.stored.object);
});

test("a streaming list ends its initial events with a bookmark", async () => {
  const { put, watch, store } = await plane();
  const a = await put("a");
  const b = await put("b");
  const w = await watch({ sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true });
  expect(await take(w, 3)).toEqual([
    `ADDED a ${a.revision}`,
    `ADDED b ${b.revision}`,
    `BOOKMARK ${store.progress()} end`,
  ]);
  const c = await put("c");
  expect(await take(w, 1)).toEqual([`ADDED c ${c.revision}`]);
  const fresh = await watch({ sendInitialEvents: false, resourceVersionMatch: "NotOlderThan" });
  const d = await put("d");
  expect(await take(fresh, 1)).toEqual([`ADDED d ${d.revision}`]);
});

test("an idle watch gets a bookmark every minute, never ahead of an event", async () => {
  const { registry, ctx, clock, put, watch, store } = await plane();
  const w = await watch({
    resourceVersion: String(store.progress()),
    allowWatchBookmarks: true,
    labelSelector: "app=web",
  });
  const first = take(w, 1);
  await put("unseen");
  await clock.advance(60_000);
  expect(await first).toEqual([`BOOKMARK ${store.progress()}`]);
  const second = take(w, 2);
  const a = await put("a", { app: "web" });
  await clock.advance(60_000);
  expect(await second).toEqual([`ADDED a ${a.revision}`, `BOOKMARK ${a.revision}`]);
  w.close();
  const silent = await registry.watch(configMapKind, "", { resourceVersion: String(store.progress()) }, ctx);
  let came = false;
  void take(silent, 1).then(() => {
    came = true;
  });
  await clock.advance(300_000);
  expect(came).toBe(false);
  silent.close();
});

test("what happens while a bookmark is being written is not lost", async () => {
  const { put, watch, store, clock } = await plane();
  const w = await watch({ resourceVersion: String(store.progress()), allowWatchBookmarks: true });
  const bookmark = take(w, 1);
  await clock.advance(60_000);
  expect(await bookmark).toEqual([`BOOKMARK ${store.progress()}`]);
  const a = await put("a");
  await clock.settle();
  const b = await put("b");
  expect(await take(w, 2)).toEqual([`ADDED a ${a.revision}`, `ADDED b ${b.revision}`]);
  w.close();
});

test("history that is compacted away answers 410, at once or when overtaken", async () => {
  const { put, watch, store } = await plane();
  const since = store.progress();
  const slow = await watch({ resourceVersion: String(since) });
  await put("a");
  await put("b");
  await store.compact(store.progress());
  const expired = { code: 410, reason: "Expired" };
  await expect(watch({ resourceVersion: String(since) })).rejects.toMatchObject({
    ...expired,
    message: `too old resource version: ${since} (${store.progress()})`,
  });
  await expect(take(slow, 1)).rejects.toMatchObject(expired);
});

test("options that do not go together are refused", async () => {
  const { watch } = await plane();
  const refused = async (options: WatchOptions) => (await watch(options).catch((e) => e)).message;
  expect(await refused({ resourceVersionMatch: "Exact", resourceVersion: "1" })).toContain(
    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
  );
  expect(await refused({ sendInitialEvents: true })).toContain(
    "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
  );
  expect(await refused({ sendInitialEvents: true, resourceVersionMatch: "Exact" })).toContain(
    'resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"',
  );
});

test("closing ends the iteration", async () => {
  const { watch, store } = await plane();
  const w = await watch({ resourceVersion: String(store.progress()), allowWatchBookmarks: true });
  const all = take(w, 1);
  w.close();
  expect(await all).toEqual([]);
});

test("watchers of one object share it", async () => {
  const { put, registry, ctx } = await plane();
  const a = await put("a");
  const first = async (r: Registry["watch"]) => {
    const w = await r(configMapKind, "default", {}, ctx);
    const { value } = await w[Symbol.asyncIterator]().next();
    w.close();
    return value?.[0]?.type === "ADDED" ? value[0].stored : undefined;
  };
  expect(await first(registry.watch)).toBe(a);
  expect(await first(registry.watch)).toBe(a);
});

test("a watch of one name sees that name only", async () => {
  const { put, label, watch, store } = await plane();
  await put("web");
  const w = await watch({ resourceVersion: String(store.progress()), fieldSelector: "metadata.name=web" });
  await put("web2");
  await put("we");
  const { stored } = await label("web", { a: "b" });
  expect(await take(w, 1)).toEqual([`MODIFIED web ${stored.revision}`]);
  const whole = await watch({ fieldSelector: "metadata.name=web2" });
  expect(await take(whole, 1)).toEqual([expect.stringMatching(/^ADDED web2 /)]);
});
