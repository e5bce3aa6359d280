import { expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { storeConformance } from "../store.conformance.ts";
import { createMemoryStore, createSlowableStore } from "./memory.ts";

storeConformance("memory", { open: async () => createMemoryStore() });
storeConformance("memory, as a copy that can be made slow", { open: async () => createSlowableStore(systemClock) });

const value = (text: string) => new TextEncoder().encode(text);

test("a slow store decides at once and shows later, those of one turn together; once healed, at once", async () => {
  const clock = createVirtualClock();
  const store = createSlowableStore(clock);
  store.setLatency(50);
  const writes = Promise.all([store.commit("/a", 0, value("1")), store.commit("/b", 0, value("1"))]);
  await expect(store.commit("/a", 0, value("2"))).rejects.toThrow("/a: expected revision 0, found 2");
  await clock.advance(49);
  expect(await store.get("/a")).toBeUndefined();
  await clock.advance(100);
  await writes;
  expect((await store.list("/")).entries.map(({ key }) => key)).toEqual(["/a", "/b"]);
  store.setLatency(0);
  const before = clock.now();
  await store.commit("/c", 0, value("1"));
  expect(clock.now()).toBe(before);
  await store.close();
});

test("a copy has what its origin had, goes on from its revision, and knows nothing from before", async () => {
  const origin = createMemoryStore();
  await origin.commit("/a", 0, value("1"));
  const a = await origin.commit("/a", 2, value("2"));
  await origin.commit("/b", 0, value("1"));
  const copy = createSlowableStore(createVirtualClock(), await origin.list(""));
  expect(await copy.get("/a")).toBe(a);
  expect(copy.progress()).toBe(4);
  expect(() => copy.watch("/", 3)).toThrow("the oldest readable revision is 4");
  expect((await copy.commit("/b", 4, value("2"))).modRevision).toBe(5);
  expect((await origin.get("/b"))?.modRevision).toBe(4);
  await copy.close();
  await origin.close();
});
