import { describe, expect, test } from "vitest";
import { type StoreEvent, StoreFullError } from "../store.ts";
import { createEngine, type Journal } from "./engine.ts";

/** A journal whose writes finish when the test says so. */
function journalByHand() {
  const writes: { revisions: number[]; succeed: () => void; fail: (error: Error) => void }[] = [];
  const journal: Journal = {
    write: (events: readonly StoreEvent[]) =>
      new Promise((resolve, reject) => {
        writes.push({ revisions: events.map((e) => e.revision), succeed: resolve, fail: reject });
      }),
    compact: async () => undefined,
    recoverable: (error) => error instanceof StoreFullError,
    close: async () => undefined,
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { journal, writes, turn };
}

const value = Buffer.from("v");

describe("a store with a journal", () => {
  test("shows nothing before it is durable, and groups what waits", async () => {
    const { journal, writes, turn } = journalByHand();
    const store = createEngine(journal);
    const first = store.commit("/a", 0, value);
    await turn();
    const second = store.commit("/a", 2, value);
    const third = store.commit("/b", 0, value);
    await turn();
    expect(writes.map((w) => w.revisions)).toEqual([[2]]);
    expect(await store.get("/a")).toBeUndefined();
    expect(store.progress()).toBe(1);
    await expect(store.commit("/a", 0, value)).rejects.toMatchObject({ actualRevision: 3 });
    writes[0]?.succeed();
    await first;
    expect((await store.get("/a"))?.modRevision).toBe(2);
    await turn();
    expect(writes.map((w) => w.revisions)).toEqual([[2], [3, 4]]);
    writes[1]?.succeed();
    expect((await second).modRevision).toBe(3);
    expect((await third).modRevision).toBe(4);
    expect(store.progress()).toBe(4);
  });

  test("settled() waits for what was decided before it, not for what comes later", async () => {
    const { journal, writes, turn } = journalByHand();
    const store = createEngine(journal);
    void store.commit("/a", 0, value);
    await turn();
    let settled = false;
    const waiting = store.settled().then(() => {
      settled = true;
    });
    void store.commit("/b", 0, value);
    await turn();
    expect(settled).toBe(false);
    writes[0]?.succeed();
    await waiting;
    expect((await store.get("/a"))?.modRevision).toBe(2);
    expect(await store.get("/b")).toBeUndefined();
    await turn();
    writes[1]?.succeed();
    await store.settled();
    expect((await store.get("/b"))?.modRevision).toBe(3);
  });

  test("a failed sync fails all that was queued on it; the next write starts from what is visible", async () => {
    const { journal, writes, turn } = journalByHand();
    const store = createEngine(journal);
    const watch = store.watch("/", 1);
    const doomed = [store.commit("/a", 0, value)];
    await turn();
    doomed.push(store.commit("/a", 2, value), store.commit("/b", 0, value));
    const full = new StoreFullError("test");
    writes[0]?.fail(full);
    const results = await Promise.allSettled(doomed);
    expect(results.map((r) => r.status === "rejected" && r.reason)).toEqual([full, full, full]);
    expect(writes).toHaveLength(1);
    expect(await store.get("/a")).toBeUndefined();
    const next = store.commit("/c", 0, value);
    await turn();
    writes[1]?.succeed();
    expect((await next).modRevision).toBe(2);
    const batch = (await watch[Symbol.asyncIterator]().next()).value;
    expect(batch?.map((e: StoreEvent) => e.revision)).toEqual([2]);
  });

  test("after a failure that leaves the file in doubt, the store is done", async () => {
    const { journal, writes, turn } = journalByHand();
    const store = createEngine(journal);
    const write = store.commit("/a", 0, value);
    await turn();
    writes[0]?.fail(new Error("I/O error"));
    await expect(write).rejects.toThrow("I/O error");
    await expect(store.commit("/b", 0, value)).rejects.toThrow("the store has failed: I/O error");
  });
});
