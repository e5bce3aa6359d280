/** The registry over a store whose writes take time to become visible. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { configMapKind } from "../api/core/configmap.ts";
import { eventKind } from "../api/core/event.ts";
import { podKind } from "../api/core/pod.ts";
import { formatTime } from "../base/clock.ts";
import { openLmdbStore } from "../store/lmdb/lmdb.ts";
import { pod, testRegistry } from "../testing/registry-fixture.ts";
import { startCompactor } from "./compactor.ts";
import { startEventExpiry } from "./event-expiry.ts";

const root = mkdtempSync(join(tmpdir(), "wherry-registry-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("concurrent patches of one object all count", async () => {
  const store = await openLmdbStore(join(root, "patches"));
  const { registry, ctx } = await testRegistry({ store });
  await registry.create(configMapKind, "default", { metadata: { name: "c" } }, {}, ctx);
  const key = { namespace: "default", name: "c" };
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      registry.patch(configMapKind, key, { type: "merge", body: { data: { [`k${i}`]: "v" } } }, ctx),
    ),
  );
  expect(Object.keys((await registry.get(configMapKind, key, ctx)).object.data ?? {})).toHaveLength(20);
  await store.close();
});

test("objects, bytes and watches survive a restart", async () => {
  const dir = join(root, "restart");
  const first = await openLmdbStore(dir);
  const before = await testRegistry({ store: first });
  const since = String(first.progress());
  const created = await before.registry.create(podKind, "default", pod("web"), {}, before.ctx);
  await before.registry.bind(
    { namespace: "default", name: "web" },
    { metadata: { name: "web" }, target: { kind: "Node", name: "n1" } },
    {},
    before.ctx,
  );
  const last = await before.registry.get(podKind, { namespace: "default", name: "web" }, before.ctx);
  await first.close();

  const second = await openLmdbStore(dir);
  const { registry, ctx } = await testRegistry({ store: second });
  const read = await registry.get(podKind, { namespace: "default", name: "web" }, ctx);
  expect(read.object).toEqual(last.object);
  expect(Buffer.from(read.json()).equals(last.json())).toBe(true);
  const watch = await registry.watch(podKind, "default", { resourceVersion: since }, ctx);
  const { value } = await watch[Symbol.asyncIterator]().next();
  expect(value?.map((e: { type: string }) => e.type)).toEqual(["ADDED", "MODIFIED"]);
  expect(value?.[0]?.type === "ADDED" && value[0].stored.object).toEqual(created.object);
  watch.close();
  await second.close();
});

test("the compactor keeps at least one interval of history", async () => {
  const { registry, ctx, store, clock } = await testRegistry();
  const stop = startCompactor(store, clock);
  const create = (name: string) => registry.create(configMapKind, "default", { metadata: { name } }, {}, ctx);
  const a = await create("a");
  await clock.advance(300_000);
  const b = await create("b");
  await clock.advance(299_000);
  const list = (revision: number) =>
    registry.list(configMapKind, "", { resourceVersion: String(revision), resourceVersionMatch: "Exact" }, ctx);
  expect((await list(a.revision)).items).toHaveLength(1);
  await clock.advance(1000);
  expect((await list(a.revision)).items).toHaveLength(1);
  await clock.advance(300_000);
  await expect(list(a.revision)).rejects.toMatchObject({ code: 410 });
  expect((await list(b.revision)).items).toHaveLength(2);
  stop();
});

test("events go an hour after they were last written", async () => {
  const { registry, ctx, store, clock } = await testRegistry();
  const stop = startEventExpiry(store, clock);
  const event = (name: string) => ({
    metadata: { name },
    involvedObject: { kind: "Pod", namespace: "default", name: "web" },
    reason: "Tested",
    lastTimestamp: formatTime(clock.now()),
  });
  const names = async () =>
    (await registry.list(eventKind, "default", {}, ctx)).items.map((s) => s.object.metadata?.name);
  await registry.create(eventKind, "default", event("old"), {}, ctx);
  await registry.create(eventKind, "default", event("repeated"), {}, ctx);
  await clock.advance(30 * 60_000);
  const again = { lastTimestamp: formatTime(clock.now()), count: 2 };
  const key = { namespace: "default", name: "repeated" };
  await registry.patch(eventKind, key, { type: "merge", body: again }, ctx);
  expect(await names()).toEqual(["old", "repeated"]);
  await clock.advance(31 * 60_000);
  expect(await names()).toEqual(["repeated"]);
  await clock.advance(30 * 60_000);
  expect(await names()).toEqual([]);
  stop();
});
