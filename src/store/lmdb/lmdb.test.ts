import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
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
