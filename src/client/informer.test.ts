import { afterEach, beforeEach, expect, test } from "vitest";
import type { ConfigMap } from "../api/generated/types.ts";
import { keyOf } from "../api/kind.ts";
import { expired } from "../base/errors.ts";
import { createTestPlane, type TestPlane } from "../testing/test-plane.ts";
import type { Client, WatchQuery } from "./client.ts";
import { createInformerFactory, type Informer } from "./informer.ts";
import { configMaps } from "./kinds.ts";

let plane: TestPlane;
beforeEach(async () => {
  plane = await createTestPlane();
});
afterEach(() => plane.stop());

const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels },
  data,
});
const create = (name: string, data = {}, labels = {}) => plane.client.create(configMaps, map(name, data, labels));
const key = (name: string) => ({ namespace: "default", name });
const remove = (name: string) => plane.client.delete(configMaps, key(name));
const change = (name: string, v: string) =>
  plane.client.patch(configMaps, key(name), { data: { v } }, { type: "merge" });

/** Everything handlers are told, as text. */
function record(informer: Informer<ConfigMap>): string[] {
  const seen: string[] = [];
  const show = (object: ConfigMap) => `${object.metadata?.name}${object.data?.v ? `=${object.data.v}` : ""}`;
  informer.addHandlers({
    onAdd: (object, initial) => seen.push(`${initial ? "initial " : ""}add ${show(object)}`),
    onUpdate: (next, previous) => seen.push(`update ${show(previous)} to ${show(next)}`),
    onDelete: (last) => seen.push(`delete ${show(last)}`),
  });
  return seen;
}

test("a cache holds what is there and follows what changes, sharing the server's frozen objects", async () => {
  const first = await create("a", { v: "1" });
  const informer = plane.informers.informer(configMaps);
  expect(plane.informers.informer(configMaps)).toBe(informer);
  const seen = record(informer);
  await informer.synced();
  expect(informer.get("default/a")).toBe(first);
  expect(Object.isFrozen(informer.get("default/a"))).toBe(true);
  await create("b");
  await change("a", "2");
  await remove("b");
  await plane.clock.settle();
  expect(seen).toEqual(["add a=1", "add b", "update a=1 to a=2", "delete b"]);
  expect(informer.list("default").map(keyOf)).toEqual(["default/a"]);
  expect(informer.list("elsewhere")).toEqual([]);
  expect(record(informer)).toEqual(["initial add a=2"]);
});

test("selectors restrict a cache, and have caches of their own", async () => {
  await create("a", {}, { app: "web" });
  await create("b");
  const informer = plane.informers.informer(configMaps, { labelSelector: "app=web" });
  expect(plane.informers.informer(configMaps)).not.toBe(informer);
  await informer.synced();
  expect(informer.list().map(keyOf)).toEqual(["default/a"]);
  await plane.client.patch(configMaps, key("b"), { metadata: { labels: { app: "web" } } }, { type: "merge" });
  await plane.client.patch(configMaps, key("a"), { metadata: { labels: { app: "db" } } }, { type: "merge" });
  await plane.clock.settle();
  expect(informer.list().map(keyOf)).toEqual(["default/b"]);
});

test("indexes follow adds, moves and deletes", async () => {
  await create("a", { v: "x" });
  const informer = plane.informers.informer(configMaps);
  await informer.synced();
  informer.addIndex("value", (object) => (object.data?.v ? [object.data.v] : []));
  await create("b", { v: "x" });
  await plane.clock.settle();
  const names = (value: string) => informer.byIndex("value", value).map((object) => object.metadata?.name);
  expect(names("x")).toEqual(["a", "b"]);
  await change("a", "y");
  await remove("b");
  await plane.clock.settle();
  expect([names("x"), names("y")]).toEqual([[], ["a"]]);
  expect(() => informer.byIndex("none", "x")).toThrow("no index named none");
});

/** A client whose next watches fail or end as told. */
function scripted(outcomes: ("410" | "refused" | "ends")[]): { client: Client; queries: (WatchQuery | undefined)[] } {
  const queries: (WatchQuery | undefined)[] = [];
  const client: Client = {
    ...plane.client,
    async watch(kind, query) {
      queries.push(query);
      const outcome = outcomes.shift();
      if (outcome === "410") throw expired("too old resource version");
      if (outcome === "refused") throw new Error("connection refused");
      const watch = await plane.client.watch(kind, query);
      if (outcome === "ends") watch.close();
      return watch;
    },
  };
  return { client, queries };
}

test("a watch that is too old lists again and hands over the difference", async () => {
  const { clock, random, logger } = plane;
  for (const name of ["gone", "kept", "changed", "replaced"]) await create(name, { v: "1" });
  const { client } = scripted(["refused", "410"]);
  const factory = createInformerFactory({ client, clock, random, logger });
  const informer = factory.informer(configMaps);
  const seen = record(informer);
  await informer.synced();
  await clock.settle();
  seen.length = 0;
  await remove("gone");
  await change("changed", "2");
  await remove("replaced");
  await create("replaced", { v: "3" });
  await create("new");
  await clock.advance(1000);
  expect(seen.sort()).toEqual([
    "add new",
    "add replaced=3",
    "delete gone=1",
    "delete replaced=1",
    "update changed=1 to changed=2",
  ]);
  await factory.stop();
});

test("a server that refuses is asked ever more rarely, from where the watch left off", async () => {
  const { clock, random, logger } = plane;
  const { client, queries } = scripted(Array.from({ length: 20 }, () => "refused" as const));
  const factory = createInformerFactory({ client, clock, random, logger });
  const informer = factory.informer(configMaps);
  await clock.advance(20_000);
  expect(queries.length).toBeGreaterThan(6);
  expect(queries.length).toBeLessThan(13);
  expect(new Set(queries.map((query) => query?.resourceVersion)).size).toBe(1);
  await create("a");
  await clock.advance(200_000);
  expect(informer.get("default/a")).toBeDefined();
  await factory.stop();
});

test("stopping ends the watch and releases those who wait", async () => {
  const { clock, random, logger } = plane;
  const refusing: Client = { ...plane.client, list: async () => Promise.reject(new Error("connection refused")) };
  const factory = createInformerFactory({ client: refusing, clock, random, logger });
  const informer = factory.informer(configMaps);
  const synced = informer.synced();
  await clock.settle();
  await factory.stop();
  await synced;
  expect(informer.hasSynced).toBe(false);
});

test("a cache starts from the newest state, never from an old one that a server may still have", async () => {
  const asked: unknown[] = [];
  const client: Client = {
    ...plane.client,
    list: (kind, query) => {
      asked.push(query?.resourceVersion);
      return plane.client.list(kind, query);
    },
  };
  const factory = createInformerFactory({ ...plane, client });
  await factory.informer(configMaps).synced();
  expect(asked).toEqual([undefined]);
  await factory.stop();
});
