import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StatusError } from "../../base/errors.ts";
import { schemaOf } from "../schema/lookup.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicPatch } from "./strategic-patch.ts";

const failureOf = (run: () => unknown): [code: number, message: string] => {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return [error.code, error.message];
    throw error;
  }
  throw new Error("it did not fail");
};

const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

describe("applyJsonPatch", () => {
  const object = frozen({ metadata: { labels: { a: "1", "x/y": "2" } }, list: [1, 2, 3] });

  it.each([
    [[{ op: "add", path: "/metadata/labels/b", value: "3" }], { metadata: { labels: { a: "1", "x/y": "2", b: "3" } } }],
    [[{ op: "remove", path: "/metadata/labels/x~1y" }], { metadata: { labels: { a: "1" } } }],
    [[{ op: "replace", path: "/list/1", value: 9 }], { list: [1, 9, 3] }],
    [[{ op: "add", path: "/list/-", value: 4 }], { list: [1, 2, 3, 4] }],
    [[{ op: "add", path: "/list/0", value: 0 }], { list: [0, 1, 2, 3] }],
    [[{ op: "move", from: "/metadata/labels/a", path: "/moved" }], { moved: "1" }],
    [[{ op: "copy", from: "/list", path: "/copied" }], { copied: [1, 2, 3] }],
    [[{ op: "test", path: "/list/0", value: 1 }], { list: [1, 2, 3] }],
    [[{ op: "test", path: "/absent" }], { list: [1, 2, 3] }],
    [[{ op: "replace", path: "", value: { a: 1 } }], { a: 1 }],
    [[{ op: "replace", path: "/metadata/labels/new", value: "3" }], { metadata: { labels: { a: "1", new: "3" } } }],
    [[{ op: "add", path: "/a" }], { a: null }],
    [[{ op: "add", path: "passed-over/b", value: 1 }], { b: 1 }],
    [[{ op: "copy", from: "/absent", path: "/b" }], { b: null }],
    [[{ op: "remove", path: "/list/-1" }], { list: [1, 2] }],
    [[{ op: "add", path: "/list/-1", value: 4 }], { list: [1, 2, 3, 4] }],
    [[{ op: "test", path: "", value: object }], { list: [1, 2, 3] }],
    [null, { list: [1, 2, 3] }],
  ])("applies %j", (operations, expected) => {
    expect(applyJsonPatch(object, operations)).toMatchObject(expected);
  });

  const refused: [number, string] = [422, "the server rejected our request due to an error in our request"];
  it.each([
    [[{ op: "test", path: "/list/0", value: 2 }]],
    [[{ op: "remove", path: "/absent" }]],
    [[{ op: "remove", path: "/list/7" }]],
    [[{ op: "add", path: "/no/such/parent", value: 1 }]],
    [[{ op: "replace", path: "/metadata/absent/deep", value: 1 }]],
    [[{ op: "add", path: "no-slash", value: 1 }]],
    [[{ op: "add", path: "" }]],
    [[{ op: "move", from: "/absent", path: "/b" }]],
    [[{ op: "add", path: "/list/9", value: 1 }]],
    [[{ op: "replace", path: "/list/-4", value: 1 }]],
    [[{ op: "test", path: "/list/x", value: 1 }]],
    [[{ op: "frobnicate", path: "/a" }]],
    [[{ op: "move", from: "/metadata", path: "/metadata/labels/inside" }]],
    [[{ op: "replace", path: "", value: 3 }]],
    [[{ op: "add", path: "/__proto__/polluted", value: 1 }]],
  ])("refuses %j", (operations) => {
    expect(failureOf(() => applyJsonPatch(object, operations))).toEqual(refused);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("wants a list of operations", () => {
    expect(failureOf(() => applyJsonPatch(object, {}))).toEqual([
      400,
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    ]);
    expect(failureOf(() => applyJsonPatch(object, [1]))[0]).toBe(400);
    expect(failureOf(() => applyJsonPatch(object, [{ op: 1, path: "/a" }]))[0]).toBe(400);
  });

  it("limits how many", () => {
    const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/list/0", value: 1 }));
    expect(failureOf(() => applyJsonPatch(object, many))).toEqual([
      413,
      "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    ]);
  });
});

describe("applyMergePatch", () => {
  it.each<[object, object, object]>([
    [{ a: 1 }, { a: 2 }, { a: 2 }],
    [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
    [{ a: { b: 1, c: 2 } }, { a: { b: null, d: 3 } }, { a: { c: 2, d: 3 } }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    [{ a: 1 }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    [{}, { a: { b: { c: null } } }, { a: { b: {} } }],
    [{ a: [{ b: 1 }] }, { a: 1 }, { a: 1 }],
  ])("%j with %j is %j", (object, patch, expected) => {
    expect(applyMergePatch(frozen(object), frozen(patch))).toEqual(expected);
  });

  it("wants an object", () => {
    expect(failureOf(() => applyMergePatch({}, []))).toEqual([
      400,
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    ]);
  });

  const leaf: fc.Arbitrary<Json> = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()));
  const { tree } = fc.letrec<{ tree: JsonObject; value: Json }>((tie) => ({
    tree: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), tie("value"), { maxKeys: 3 }),
    value: fc.oneof({ maxDepth: 3 }, leaf, tie("tree")),
  }));

  const diff = (from: JsonObject, to: JsonObject): JsonObject => {
    const out: [string, Json][] = [];
    for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) out.push([key, null]);
    for (const [key, value] of Object.entries(to)) {
      const before = Object.hasOwn(from, key) ? from[key] : undefined;
      out.push([key, isObject(value) && isObject(before) ? diff(before, value) : value]);
    }
    return Object.fromEntries(out);
  };

  it("turns an object into any other by their difference", () => {
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        expect(applyMergePatch(frozen(from), diff(from, to))).toEqual(to);
      }),
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(tree, tree, (object, patch) => {
        const once = applyMergePatch(object, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe("applyStrategicPatch", () => {
  const type = "io.k8s.api.core.v1.Pod";
  const patch = (object: object, change: unknown, typeName = type) =>
    applyStrategicPatch(frozen(object), frozen(change), typeName, schemaOf);
  const spec = (fields: object) => ({ spec: fields });
  const containers = (...list: object[]) => spec({ containers: list });

  it.each<[string, object, object, object]>([
    [
      "merges items by key",
      containers({ name: "a", image: "1" }, { name: "b", image: "1" }),
      containers({ name: "b", image: "2" }),
      containers({ name: "a", image: "1" }, { name: "b", image: "2" }),
    ],
    [
      "puts a new item first, where nothing orders it",
      containers({ name: "a" }),
      containers({ name: "b" }),
      containers({ name: "b" }, { name: "a" }),
    ],
    [
      "deletes an item",
      containers({ name: "a" }, { name: "b" }),
      containers({ name: "a", $patch: "delete" }),
      containers({ name: "b" }),
    ],
    [
      "replaces a list",
      containers({ name: "a" }, { name: "b" }),
      containers({ $patch: "replace" }, { name: "c" }),
      containers({ name: "c" }),
    ],
    [
      "replaces an object",
      spec({ securityContext: { runAsUser: 1, fsGroup: 2 } }),
      spec({ securityContext: { $patch: "replace", fsGroup: 3 } }),
      spec({ securityContext: { fsGroup: 3 } }),
    ],
    [
      "empties an object",
      spec({ securityContext: { runAsUser: 1 } }),
      spec({ securityContext: { $patch: "delete" } }),
      spec({ securityContext: {} }),
    ],
    ["removes by null", spec({ hostname: "h", subdomain: "s" }), spec({ hostname: null }), spec({ subdomain: "s" })],
    [
      "replaces lists that do not merge",
      spec({ tolerations: [{ key: "a" }] }),
      spec({ tolerations: [{ key: "b" }] }),
      spec({ tolerations: [{ key: "b" }] }),
    ],
    [
      "merges lists of scalars",
      { metadata: { finalizers: ["a", "b"] } },
      { metadata: { finalizers: ["c", "a"] } },
      { metadata: { finalizers: ["c", "a", "b"] } },
    ],
    [
      "deletes from lists of scalars",
      { metadata: { finalizers: ["a", "b", "c"] } },
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["a", "c"] } },
      { metadata: { finalizers: ["b"] } },
    ],
    [
      "orders as told",
      containers({ name: "a" }, { name: "x" }, { name: "b" }),
      spec({
        "$setElementOrder/containers": [{ name: "b" }, { name: "a" }, { name: "n" }],
        containers: [{ name: "n", image: "i" }],
      }),
      // "x" stood before "b", the first of those that the patch orders.
      containers({ name: "x" }, { name: "b" }, { name: "a" }, { name: "n", image: "i" }),
    ],
    [
      "orders scalars, and deletes them too",
      { metadata: { finalizers: ["a", "b", "c"] } },
      {
        metadata: {
          "$deleteFromPrimitiveList/finalizers": ["b"],
          "$setElementOrder/finalizers": ["c", "a"],
        },
      },
      { metadata: { finalizers: ["c", "a"] } },
    ],
    [
      "keeps only the retained keys",
      spec({ volumes: [{ name: "v", emptyDir: {} }] }),
      spec({ volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] }),
      spec({ volumes: [{ name: "v", hostPath: { path: "/x" } }] }),
    ],
    [
      "drops nulls and directives of what is new",
      {},
      { spec: { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "a", image: null, tty: true }] } },
      containers({ name: "a", tty: true }),
    ],
    [
      "deletes what is not there",
      containers({ name: "a" }),
      containers({ name: "z", $patch: "delete" }),
      containers({ name: "a" }),
    ],
  ])("%s", (_, object, change, expected) => {
    expect(patch(object, change)).toEqual(expected);
  });

  it("merges service ports by port", () => {
    const ports = [
      { port: 80, name: "a" },
      { port: 81, name: "b" },
    ];
    const changed = patch(spec({ ports }), spec({ ports: [{ port: 81, nodePort: 3 }] }), "io.k8s.api.core.v1.Service");
    expect(changed).toEqual(spec({ ports: [ports[0], { port: 81, name: "b", nodePort: 3 }] }));
  });

  it.each<[object, unknown, number, string]>([
    [{}, [], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
    [
      containers({ name: "a" }),
      containers({ image: "x", tty: true }),
      500,
      "map: map[image:x tty:true] does not contain declared merge key: name",
    ],
    [
      containers({ name: "a" }),
      containers({ $patch: "delete" }),
      500,
      "map: map[$patch:delete] does not contain declared merge key: name",
    ],
    [
      containers({ name: "a" }),
      containers({ name: "a", $patch: "what" }),
      500,
      "unknown patch type: what in map: map[$patch:what name:a]",
    ],
    [
      containers({ name: "a" }),
      containers({ name: "a", $patch: "merge" }),
      500,
      "merging lists cannot yet be specified in the patch",
    ],
    [spec({}), { $patch: "what" }, 500, "unknown patch type: what in map: map[$patch:what]"],
    [spec({}), spec({ $retainKeys: "x" }), 400, "invalid patch format of retainKeys"],
    [spec({}), spec({ $retainKeys: [], hostname: "x" }), 400, "invalid patch format of retainKeys"],
    [spec({}), spec({ $deleteFromPrimitiveList: [] }), 400, "invalid patch format of primitive list"],
    [spec({}), spec({ $setElementOrder: [] }), 400, "invalid patch format of setElementOrder list"],
    [
      { spec: { nope: {} } },
      { spec: { nope: {} } },
      500,
      'unable to find api field in struct PodSpec for the json field "nope"',
    ],
    [
      containers({ name: "a" }),
      spec({ "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "b" }] }),
      500,
      "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
    ],
  ])("refuses %j with %j", (object, change, code, message) => {
    expect(failureOf(() => patch(object, change))).toEqual([code, message]);
  });

  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"));
  const list = names.map((all) => all.map((name) => ({ name, image: name })));

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(list, list, (live, change) => {
        const once = patch(containers(...live), containers(...change));
        expect(patch(once, containers(...change))).toEqual(once);
      }),
    );
  });

  it("reaches any list through deletions, items and an order", () => {
    fc.assert(
      fc.property(list, list, (from, to) => {
        const gone = from.filter((item) => !to.some((other) => other.name === item.name));
        const change = spec({
          "$setElementOrder/containers": to.map(({ name }) => ({ name })),
          containers: [...to, ...gone.map(({ name }) => ({ name, $patch: "delete" }))],
        });
        expect(patch(containers(...from), change)).toEqual(containers(...to));
      }),
    );
  });
});
