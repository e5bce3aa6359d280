/** What every store must do. Each implementation runs this suite. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  RevisionMismatchError,
  type Store,
  StoreClosedError,
  type StoreEvent,
} from "./store.ts";

export interface StoreUnderTest {
  /** An empty store. */
  open(): Promise<Store>;
  /** Closes the store and opens it again, for stores that outlive their process. */
  reopen?(store: Store): Promise<Store>;
}

const bytes = (text: string) => Buffer.from(text);
const text = (entry: Entry | undefined) => entry && Buffer.from(entry.value).toString();
const texts = (entries: readonly Entry[]) => entries.map((e) => `${e.key}=${text(e)}@${e.modRevision}`);
const show = (event: StoreEvent) =>
  event.type === "put"
    ? `put ${event.entry.key}=${text(event.entry)}@${event.revision} was ${text(event.previous) ?? "absent"}`
    : `delete ${event.key}@${event.revision} was ${text(event.previous)}`;

/** The next `n` events of a watch, however they are batched. */
async function take(watch: AsyncIterable<readonly StoreEvent[]>, n: number): Promise<string[]> {
  const out: string[] = [];
  if (n === 0) return out;
  for await (const batch of watch) {
    expect(batch.length).toBeGreaterThan(0);
    out.push(...batch.map(show));
    if (out.length >= n) break;
  }
  return out;
}

export function storeConformance(name: string, under: StoreUnderTest): void {
  describe(name, () => {
    const opened: Store[] = [];
    const open = async () => {
      const store = await under.open();
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    test("a watch of a topic sees its events only, whether it waits or catches up", async () => {
      const store = await open();
      const values = (e: StoreEvent) => [e.previous, e.type === "put" ? e.entry : undefined].map(text);
      const topicsOf = (e: StoreEvent) => [...new Set(values(e).filter((value) => value !== undefined))];
      const watchOf = (topic: string, since: number) => store.watch("/p/", since, { topicsOf, topic });
      const waiting = watchOf("red", 1);
      const first = take(waiting, 3);
      const all = take(store.watch("/p/", 1), 5);
      await store.commit("/p/a", 0, bytes("red"));
      await store.commit("/p/b", 0, bytes("blue"));
      await store.commit("/q/a", 0, bytes("red"));
      await store.commit("/p/a", 2, bytes("blue"));
      await store.commit("/p/b", 3, bytes("red"));
      await store.delete("/p/a", 5);
      const expected = ["put /p/a=red@2 was absent", "put /p/a=blue@5 was red", "put /p/b=red@6 was blue"];
      expect(await first).toEqual(expected);
      expect(await take(watchOf("red", 1), 3)).toEqual(expected);
      expect(await all).toHaveLength(5);
      expect(await take(watchOf("blue", 6), 1)).toEqual(["delete /p/a@7 was blue"]);
    });

    test("an empty store is at revision 1", async () => {
      const store = await open();
      expect(store.progress()).toBe(1);
      expect(await store.list("/a/")).toEqual({ entries: [], revision: 1, remaining: 0 });
      expect(await store.get("/a/x")).toBeUndefined();
    });

    test("a value may be made when it is first read, and is made once", async () => {
      const store = await open();
      let made = 0;
      const make = (value: string) => () => {
        made++;
        return bytes(value);
      };
      const entry = await store.commit("/a", 0, make("1"));
      await store.commit("/b", 0, make("2"));
      await store.commit("/b", 3, bytes("3"));
      expect(text(await store.get("/a"))).toBe("1");
      expect(entry.value).toBe(entry.value);
      expect(await take(store.watch("/", 1), 3)).toEqual([
        "put /a=1@2 was absent",
        "put /b=2@3 was absent",
        "put /b=3@4 was 2",
      ]);
      expect(texts((await store.list("/", { revision: 3 })).entries)).toEqual(["/a=1@2", "/b=2@3"]);
      await expect(store.commit("/a", 0, make("4"))).rejects.toBeInstanceOf(RevisionMismatchError);
      expect(made).toBe(2);
    });

    test("every write raises the revision by one", async () => {
      const store = await open();
      const a = await store.commit("/a", 0, bytes("1"));
      expect(a).toMatchObject({ key: "/a", createRevision: 2, modRevision: 2 });
      const b = await store.commit("/a", 2, bytes("2"));
      expect(b).toMatchObject({ createRevision: 2, modRevision: 3 });
      expect(await store.delete("/a", 3)).toBe(4);
      const c = await store.commit("/a", 0, bytes("3"));
      expect(c).toMatchObject({ createRevision: 5, modRevision: 5 });
      expect(store.progress()).toBe(5);
    });

    test("a write on another revision than the newest fails and changes nothing", async () => {
      const store = await open();
      await store.commit("/a", 0, bytes("1"));
      await expect(store.commit("/a", 0, bytes("2"))).rejects.toMatchObject({ actualRevision: 2 });
      await expect(store.commit("/a", 7, bytes("2"))).rejects.toBeInstanceOf(RevisionMismatchError);
      await expect(store.delete("/a", 7)).rejects.toBeInstanceOf(RevisionMismatchError);
      await expect(store.delete("/b", 0)).rejects.toBeInstanceOf(RevisionMismatchError);
      await expect(store.commit("/b", 3, bytes("2"))).rejects.toMatchObject({ actualRevision: 0 });
      expect(text(await store.get("/a"))).toBe("1");
      expect(store.progress()).toBe(2);
    });

    test("of writes decided in one turn the first wins, and the rest see it", async () => {
      const store = await open();
      const results = await Promise.allSettled([
        store.commit("/a", 0, bytes("1")),
        store.commit("/a", 0, bytes("2")),
        store.commit("/a", 2, bytes("3")),
        store.delete("/a", 3),
        store.commit("/a", 0, bytes("4")),
      ]);
      expect(results.map((r) => r.status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
      expect(text(await store.get("/a"))).toBe("4");
      expect(store.progress()).toBe(5);
    });

    test("what settled() waits for can be read", async () => {
      const store = await open();
      const first = store.commit("/a", 0, bytes("1"));
      await store.settled();
      expect(text(await store.get("/a"))).toBe("1");
      await first;
    });

    test("lists are in key order, within the prefix, from a key, up to a limit", async () => {
      const store = await open();
      for (const key of ["/p/b", "/p/a", "/q/a", "/p/c/d", "/p", "/p0", "/p/c"]) await store.commit(key, 0, bytes(key));
      const keys = async (options: object) => (await store.list("/p/", options)).entries.map((e) => e.key);
      expect(await keys({})).toEqual(["/p/a", "/p/b", "/p/c", "/p/c/d"]);
      expect(await keys({ from: "/p/b\0" })).toEqual(["/p/c", "/p/c/d"]);
      expect(await store.list("/p/", { limit: 2 })).toMatchObject({ remaining: 2, revision: 8 });
      expect(await store.list("/p/", { limit: 2, from: "/p/b" })).toMatchObject({ remaining: 1 });
      expect(await store.list("/p/", { limit: 4 })).toMatchObject({ remaining: 0 });
      expect(await store.count("/p/")).toBe(4);
      expect(await store.count("/")).toBe(7);
      expect(await store.count("/x")).toBe(0);
    });

    test("older revisions can be read until they are compacted away", async () => {
      const store = await open();
      await store.commit("/a", 0, bytes("1"));
      await store.commit("/b", 0, bytes("1"));
      await store.commit("/a", 2, bytes("2"));
      await store.delete("/b", 3);
      const at = async (revision: number) => texts((await store.list("/", { revision })).entries);
      expect(await at(1)).toEqual([]);
      expect(await at(2)).toEqual(["/a=1@2"]);
      expect(await at(3)).toEqual(["/a=1@2", "/b=1@3"]);
      expect(await at(4)).toEqual(["/a=2@4", "/b=1@3"]);
      expect(await at(5)).toEqual(["/a=2@4"]);
      expect(text(await store.get("/b", 4))).toBe("1");
      expect(await store.get("/b", 5)).toBeUndefined();
      expect((await store.list("/", { revision: 3, limit: 1 })).remaining).toBe(1);
      await expect(store.list("/", { revision: 6 })).rejects.toBeInstanceOf(FutureRevisionError);
      await expect(store.get("/a", 6)).rejects.toBeInstanceOf(FutureRevisionError);
      await store.compact(4);
      expect(await at(4)).toEqual(["/a=2@4", "/b=1@3"]);
      await expect(at(3)).rejects.toMatchObject({ name: "CompactedError", compactedRevision: 4 });
      await expect(store.get("/a", 3)).rejects.toBeInstanceOf(CompactedError);
      expect(store.progress()).toBe(5);
    });

    test("a watch gives every commit under its prefix once, in order, with what was before", async () => {
      const store = await open();
      const watch = store.watch("/p/", 1);
      await store.commit("/p/a", 0, bytes("1"));
      await store.commit("/q/a", 0, bytes("1"));
      await store.commit("/p/a", 2, bytes("2"));
      await store.delete("/p/a", 4);
      expect(await take(watch, 3)).toEqual(["put /p/a=1@2 was absent", "put /p/a=2@4 was 1", "delete /p/a@5 was 2"]);
      expect(watch.position).toBe(5);
    });

    test("a waiting watch wakes up, and resumes from any revision without gap or repetition", async () => {
      const store = await open();
      const waiting = take(store.watch("/", 1), 1);
      await store.commit("/a", 0, bytes("1"));
      expect(await waiting).toEqual(["put /a=1@2 was absent"]);
      for (let i = 0; i < 20; i++) await store.commit("/a", i + 2, bytes(`${i}`));
      for (const since of [1, 2, 11, 21]) {
        const events = await take(store.watch("/", since), 22 - since);
        expect(events).toHaveLength(22 - since);
        expect(events.at(-1)).toBe("put /a=19@22 was 18");
      }
    });

    test("a watch from the future waits for it", async () => {
      const store = await open();
      const watch = store.watch("/", 3);
      await store.commit("/a", 0, bytes("1"));
      await store.commit("/b", 0, bytes("1"));
      await store.commit("/c", 0, bytes("1"));
      expect(await take(watch, 1)).toEqual(["put /c=1@4 was absent"]);
    });

    test("watching compacted history fails, at once or when it is overtaken", async () => {
      const store = await open();
      const slow = store.watch("/", 1);
      for (let i = 1; i <= 5; i++) await store.commit("/a", i === 1 ? 0 : i, bytes(`${i}`));
      await store.compact(4);
      expect(() => store.watch("/", 3)).toThrow(CompactedError);
      await expect(take(slow, 1)).rejects.toBeInstanceOf(CompactedError);
      expect(await take(store.watch("/", 4), 2)).toEqual(["put /a=4@5 was 3", "put /a=5@6 was 4"]);
    });

    test("a closed watch ends", async () => {
      const store = await open();
      const watch = store.watch("/", 1);
      const all = (async () => {
        for await (const _ of watch);
        return "ended";
      })();
      watch.close();
      expect(await all).toBe("ended");
    });

    test("closing the store finishes its writes and ends its watches", async () => {
      const store = await under.open();
      const watch = take(store.watch("/b", 1), 1);
      const failed = expect(watch).rejects.toBeInstanceOf(StoreClosedError);
      const write = store.commit("/a", 0, bytes("1"));
      await store.close();
      await failed;
      expect((await write).modRevision).toBe(2);
      await expect(store.get("/a")).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.commit("/a", 2, bytes("2"))).rejects.toBeInstanceOf(StoreClosedError);
    });

    test("an entry is the same object for as long as it is current", async () => {
      const store = await open();
      const entry = await store.commit("/a", 0, bytes("1"));
      expect(await store.get("/a")).toBe(entry);
      expect((await store.list("/")).entries[0]).toBe(entry);
    });

    test("behaves like a plain map, whatever is asked of it in whatever order", async () => {
      const key = fc.constantFrom("/a/1", "/a/2", "/a/10", "/b/1", "/a");
      const command = fc.oneof(
        { weight: 6, arbitrary: fc.record({ op: fc.constant("put" as const), key, fresh: fc.boolean() }) },
        { weight: 3, arbitrary: fc.record({ op: fc.constant("delete" as const), key, fresh: fc.boolean() }) },
        { weight: 1, arbitrary: fc.record({ op: fc.constant("compact" as const), back: fc.nat(5) }) },
        { weight: 1, arbitrary: fc.record({ op: fc.constant("reopen" as const) }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
          let store = await under.open();
          let current = new Map<string, { value: string; mod: number; create: number }>();
          const states = [current, current];
          const history: string[] = [];
          let compacted = 0;
          try {
            for (const [i, c] of commands.entries()) {
              const revision = states.length - 1;
              if (c.op === "put") {
                const now = current.get(c.key);
                const expected = c.fresh ? (now?.mod ?? 0) : 999;
                const result = await store.commit(c.key, expected, bytes(`${i}`)).catch((e: Error) => e);
                if (!c.fresh) {
                  expect(result).toBeInstanceOf(RevisionMismatchError);
                  continue;
                }
                const next = { value: `${i}`, mod: revision + 1, create: now?.create ?? revision + 1 };
                expect(result).toMatchObject({ modRevision: next.mod, createRevision: next.create });
                current = new Map(current).set(c.key, next);
                states.push(current);
                history.push(`put ${c.key}=${i}@${next.mod} was ${now?.value ?? "absent"}`);
              } else if (c.op === "delete") {
                const now = current.get(c.key);
                const expected = c.fresh ? (now?.mod ?? 0) : 999;
                const result = await store.delete(c.key, expected).catch((e: Error) => e);
                if (!c.fresh || !now) {
                  expect(result).toBeInstanceOf(RevisionMismatchError);
                  continue;
                }
                expect(result).toBe(revision + 1);
                current = new Map(current);
                current.delete(c.key);
                states.push(current);
                history.push(`delete ${c.key}@${revision + 1} was ${now.value}`);
              } else if (c.op === "compact") {
                compacted = Math.max(compacted, revision - c.back);
                await store.compact(revision - c.back);
              } else if (under.reopen) {
                store = await under.reopen(store);
              }
              expect(store.progress()).toBe(states.length - 1);
            }
            for (const prefix of ["/a/", "/", "/b"]) {
              expect(await store.count(prefix)).toBe([...current.keys()].filter((k) => k.startsWith(prefix)).length);
              for (let revision = Math.max(1, compacted); revision < states.length; revision++) {
                const wanted = [...(states[revision] ?? [])]
                  .filter(([k]) => k.startsWith(prefix))
                  .sort(([a], [b]) => (a < b ? -1 : 1))
                  .map(([k, v]) => `${k}=${v.value}@${v.mod}`);
                expect(texts((await store.list(prefix, { revision })).entries)).toEqual(wanted);
                for (const from of ["/a/10", "/a/2"]) {
                  const page = await store.list(prefix, { revision, from, limit: 2 });
                  const rest = wanted.filter((line) => line.slice(0, line.indexOf("=")) >= from);
                  expect(texts(page.entries)).toEqual(rest.slice(0, 2));
                  expect(page.remaining).toBe(Math.max(0, rest.length - 2));
                }
              }
            }
            const since = Math.max(1, compacted);
            const events = history.slice(since - 1);
            expect(await take(store.watch("/", since), events.length)).toEqual(events);
          } finally {
            await store.close();
          }
        }),
        { numRuns: under.reopen ? 40 : 200 },
      );
    });

    if (!under.reopen) return;
    const { reopen } = under;

    test("everything is there after reopening, and watches resume", async () => {
      const store = await under.open();
      await store.commit("/a", 0, bytes("1"));
      await store.commit("/b", 0, Buffer.alloc(300_000, "x"));
      await store.commit("/a", 2, bytes("2"));
      await store.delete("/b", 3);
      const again = await reopen(store);
      opened.push(again);
      expect(again.progress()).toBe(5);
      expect(texts((await again.list("/")).entries)).toEqual(["/a=2@4"]);
      expect((await again.get("/b", 3))?.value.byteLength).toBe(300_000);
      expect((await again.get("/a"))?.createRevision).toBe(2);
      const events = await take(again.watch("/a", 2), 1);
      expect(events).toEqual(["put /a=2@4 was 1"]);
    });

    test("the revision survives compaction of everything", async () => {
      const store = await under.open();
      await store.commit("/a", 0, bytes("1"));
      await store.delete("/a", 2);
      await store.compact(3);
      const again = await reopen(store);
      opened.push(again);
      expect(again.progress()).toBe(3);
      await expect(again.list("/", { revision: 2 })).rejects.toMatchObject({ compactedRevision: 3 });
      expect(await again.commit("/a", 0, bytes("2"))).toMatchObject({ modRevision: 4 });
    });
  });
}
