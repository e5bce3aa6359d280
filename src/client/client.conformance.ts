/** What every transport of the Client must do. Run it from the transport's own test file. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ConfigMap, Pod } from "../api/generated/types.ts";
import { StatusError } from "../base/errors.ts";
import { batchesOf } from "./batches.ts";
import type { Client, ObjectEvent, ObjectWatch } from "./client.ts";
import { configMaps, deployments, namespaces, nodes, pods } from "./kinds.ts";

export interface ClientUnderTest {
  /** Of a server with namespace `default` and its service account, as an administrator. */
  readonly client: Client;
  /** Makes the server forget all history up to now. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels },
  data,
});
const key = (name: string) => ({ namespace: "default", name });

const statusOf = async (call: Promise<unknown>): Promise<StatusError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StatusError);
  return error as StatusError;
};

/** The next `count` events, as text. */
async function take(watch: ObjectWatch<ConfigMap>, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of watch) {
    seen.push(textOf(event));
    if (seen.length === count) break;
  }
  watch.close();
  return seen;
}
const textOf = (event: ObjectEvent<ConfigMap>): string =>
  event.type === "BOOKMARK"
    ? `BOOKMARK ${event.initialEventsEnd}`
    : `${event.type} ${event.object.kind} ${event.object.metadata?.name} ${event.object.data?.v ?? ""}`.trim();

export function clientConformance(name: string, open: () => Promise<ClientUnderTest>): void {
  describe(name, () => {
    let under: ClientUnderTest;
    let client: Client;
    beforeEach(async () => {
      under = await open();
      client = under.client;
    });
    afterEach(() => under.close());
    const create = (object: ConfigMap) => client.create(configMaps, object);

    test("what is created can be read, whole and frozen", async () => {
      const created = await create(map("a", { v: "1" }));
      const read = await client.get(configMaps, key("a"));
      expect(read).toEqual(created);
      expect(read).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { v: "1" } });
      expect(read.metadata?.resourceVersion).toMatch(/^\d+$/);
      for (const part of [created, read, read.metadata, read.data]) expect(Object.isFrozen(part)).toBe(true);
    });

    test("a list carries kinds, a revision, pages and selections", async () => {
      for (const each of ["a", "b", "c"]) await create(map(each, {}, { odd: String(each !== "b") }));
      const all = await client.list(configMaps, { namespace: "default" });
      expect(all.items.map((item) => [item.kind, item.apiVersion, item.metadata?.name])).toEqual([
        ["ConfigMap", "v1", "a"],
        ["ConfigMap", "v1", "b"],
        ["ConfigMap", "v1", "c"],
      ]);
      expect(Object.isFrozen(all.items[0]?.metadata)).toBe(true);
      expect(all.resourceVersion).toMatch(/^\d+$/);
      const first = await client.list(configMaps, { limit: 2 });
      expect([first.items.length, Boolean(first.continue)]).toEqual([2, true]);
      const rest = await client.list(configMaps, { limit: 2, continue: first.continue ?? "" });
      expect([rest.items.length, rest.continue]).toEqual([1, undefined]);
      const odd = await client.list(configMaps, { labelSelector: "odd=true" });
      expect(odd.items.length).toBe(2);
      const named = await client.list(configMaps, { fieldSelector: "metadata.name=b" });
      expect(named.items.map((item) => item.metadata?.name)).toEqual(["b"]);
      expect((await client.list(configMaps, { namespace: "elsewhere" })).items).toEqual([]);
    });

    test("refusals are StatusErrors with the server's reason, code and words", async () => {
      const missing = await statusOf(client.get(configMaps, key("missing")));
      expect([missing.code, missing.reason, missing.message]).toEqual([
        404,
        "NotFound",
        'configmaps "missing" not found',
      ]);
      await create(map("a"));
      expect((await statusOf(create(map("a")))).reason).toBe("AlreadyExists");
      const bad = await statusOf(create(map("Not A Name")));
      expect([bad.code, bad.reason]).toEqual([422, "Invalid"]);
      expect(bad.status.details?.causes?.[0]?.field).toBe("metadata.name");
      expect((await statusOf(client.list(configMaps, { labelSelector: "a=b=c" }))).code).toBe(400);
      const kind = { group: "", version: "v1", kind: "Nothing", plural: "nothings", namespaced: true };
      expect((await statusOf(client.list(kind))).code).toBe(404);
    });

    test("an update of an old version is refused, dry runs change nothing", async () => {
      const first = await create(map("a", { v: "1" }));
      const dry = await client.update(configMaps, { ...first, data: { v: "x" } }, { dryRun: true });
      expect(dry.data).toEqual({ v: "x" });
      const second = await client.update(configMaps, { ...first, data: { v: "2" } });
      expect(second.data).toEqual({ v: "2" });
      const late = await statusOf(client.update(configMaps, { ...first, data: { v: "3" } }));
      expect([late.code, late.reason]).toEqual([409, "Conflict"]);
      await client.delete(configMaps, key("a"), { dryRun: true });
      expect((await client.get(configMaps, key("a"))).data).toEqual({ v: "2" });
    });

    test("the four kinds of patch", async () => {
      await create(map("a", { v: "1", w: "1" }));
      const patch = (type: "json" | "merge" | "strategic", body: unknown) =>
        client.patch(configMaps, key("a"), body, { type });
      expect((await patch("json", [{ op: "replace", path: "/data/v", value: "2" }])).data?.v).toBe("2");
      expect((await patch("merge", { data: { w: null } })).data).toEqual({ v: "2" });
      expect((await patch("strategic", { data: { w: "3" } })).data).toEqual({ v: "2", w: "3" });
      const applied = { apiVersion: "v1", kind: "ConfigMap", metadata: key("a"), data: { v: "4" } };
      const apply = (force: boolean) =>
        client.patch(configMaps, key("a"), applied, { type: "apply", fieldManager: "someone", force });
      expect((await statusOf(apply(false))).reason).toBe("Conflict");
      expect((await apply(true)).data?.v).toBe("4");
    });

    test("subresources: status is written apart from the spec", async () => {
      await client.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name: "n" } });
      const condition = { type: "Ready", status: "True" };
      const body = { spec: { unschedulable: true }, status: { conditions: [condition] } };
      const result = await client.patch(nodes, { name: "n" }, body, { type: "merge", subresource: "status" });
      expect(result.status?.conditions).toEqual([expect.objectContaining(condition)]);
      expect(result.spec?.unschedulable).toBeUndefined();
    });

    test("a binding gives a pod its node, once", async () => {
      const pod: Pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: key("p"),
        spec: { containers: [{ name: "c", image: "i" }] },
      };
      const { metadata } = await client.create(pods, pod);
      const wrong = await statusOf(client.bind({ ...key("p"), uid: "another" }, "n"));
      expect(wrong.code).toBe(409);
      await client.bind({ ...key("p"), uid: metadata?.uid ?? "" }, "n");
      expect((await client.get(pods, key("p"))).spec?.nodeName).toBe("n");
      expect((await statusOf(client.bind(key("p"), "m"))).code).toBe(409);
    });

    test("deletes heed preconditions, collections heed selectors", async () => {
      const { metadata } = await create(map("a"));
      const other = await statusOf(client.delete(configMaps, key("a"), { preconditions: { uid: "another" } }));
      expect(other.reason).toBe("Conflict");
      await client.delete(configMaps, key("a"), { preconditions: { uid: metadata?.uid ?? "" } });
      expect((await statusOf(client.get(configMaps, key("a")))).reason).toBe("NotFound");
      for (const each of ["x", "y"]) await create(map(each, {}, { name: each }));
      await client.deleteCollection(configMaps, { namespace: "default", labelSelector: "name=x" });
      const left = await client.list(configMaps, { namespace: "default" });
      expect(left.items.map((item) => item.metadata?.name)).toEqual(["y"]);
    });

    test("cluster-scoped and grouped kinds have their own paths", async () => {
      expect((await client.get(namespaces, { name: "default" })).kind).toBe("Namespace");
      expect((await client.list(deployments)).items).toEqual([]);
    });

    test("a watch tells what happened since a revision, in order", async () => {
      const { resourceVersion } = await client.list(configMaps);
      await create(map("a", { v: "1" }));
      await client.patch(configMaps, key("a"), { data: { v: "2" } }, { type: "merge" });
      const watch = await client.watch(configMaps, { namespace: "default", resourceVersion });
      await client.delete(configMaps, key("a"));
      expect(await take(watch, 3)).toEqual(["ADDED ConfigMap a 1", "MODIFIED ConfigMap a 2", "DELETED ConfigMap a 2"]);
    });

    test("batches of a watch bring the same events, in order, until it is closed", async () => {
      const { resourceVersion } = await client.list(configMaps);
      const watch = await client.watch(configMaps, { namespace: "default", resourceVersion });
      const batches = batchesOf(watch)[Symbol.asyncIterator]();
      const seen: string[] = [];
      for (const [i, name] of ["a", "b", "c"].entries()) await create(map(name, { v: String(i) }));
      await client.delete(configMaps, key("b"));
      while (seen.length < 4) {
        const next = await batches.next();
        if (next.done) break;
        expect(next.value.length).toBeGreaterThan(0);
        seen.push(...next.value.map(textOf));
      }
      expect(seen).toEqual([
        "ADDED ConfigMap a 0",
        "ADDED ConfigMap b 1",
        "ADDED ConfigMap c 2",
        "DELETED ConfigMap b 1",
      ]);
      watch.close();
      expect((await batches.next()).done).toBe(true);
    });

    test("a streaming list ends with a bookmark, then goes on", async () => {
      await create(map("a"));
      const watch = await client.watch(configMaps, { sendInitialEvents: true, allowWatchBookmarks: true });
      await create(map("b"));
      expect(await take(watch, 3)).toEqual(["ADDED ConfigMap a", "BOOKMARK true", "ADDED ConfigMap b"]);
    });

    test("objects of a watch are frozen; closing ends the iteration", async () => {
      const watch = await client.watch(configMaps, { resourceVersion: "0" });
      await create(map("a"));
      let events = 0;
      for await (const event of watch) {
        if (event.type === "BOOKMARK") continue;
        events++;
        expect(Object.isFrozen(event.object.metadata)).toBe(true);
        watch.close();
      }
      expect(events).toBe(1);
    });

    test("a watch from a forgotten revision fails with 410", async () => {
      const { resourceVersion } = await client.list(configMaps);
      for (const each of ["a", "b", "c"]) await create(map(each));
      await under.compact();
      const error = await statusOf((async () => take(await client.watch(configMaps, { resourceVersion }), 1))());
      expect(error.code).toBe(410);
    });
  });
}
