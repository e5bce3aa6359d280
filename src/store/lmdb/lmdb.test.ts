import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, open } from "lmdb";
import { afterAll, expect, test } from "vitest";
import { storeConformance } from "../store.conformance.ts";
import type { Store } from "../store.ts";
import { openLmdbStore } from "./lmdb.ts";

const root = mkdtempSync(join(tmpdir(), "wherry-lmdb-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const dirs = new WeakMap<Store, string>();
let n = 0;
const openAt = async (dir: string) => {
  const store = await openLmdbStore(dir);
  dirs.set(store, dir);
  return store;
};

storeConformance("lmdb", {
  open: () => openAt(join(root, String(n++))),
  reopen: async (store) => {
    await store.close();
    return openAt(dirs.get(store) as string);
  },
});

test("what an interrupted compaction left behind goes at the next opening", async () => {
  const dir = join(root, "interrupted");
  const store = await openLmdbStore(dir);
  for (let i = 0; i < 10; i++) await store.commit("/a", i && i + 1, Buffer.from(String(i)));
  await store.delete("/a", 11);
  await store.commit("/b", 0, Buffer.from("b"));
  await store.close();
  const records = async (work: (db: { log: Database; meta: Database }) => Promise<unknown>) => {
    const env = open({ path: dir, maxDbs: 4 });
    const log = env.openDB({ name: "log", encoding: "binary" });
    await work({ log, meta: env.openDB({ name: "meta", encoding: "json" }) });
    const keys = [...log.getKeys()];
    await env.close();
    return keys;
  };
  // The mark is there; not one record has been removed yet.
  expect(await records(({ meta }) => meta.put("compacted", 12))).toHaveLength(12);
  const again = await openLmdbStore(dir);
  expect(again.progress()).toBe(13);
  expect((await again.list("/")).entries.map((e) => e.key)).toEqual(["/b"]);
  await again.close();
  expect(await records(async () => undefined)).toEqual([13]);
});
