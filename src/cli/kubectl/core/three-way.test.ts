import { expect, test } from "vitest";
import { schemaOf } from "../../../api/schema/lookup.ts";
import { type JsonObject, ThreeWayDiff } from "./three-way.ts";

const deployment = "io.k8s.api.apps.v1.Deployment";
const patch = (original: JsonObject, modified: JsonObject, current: JsonObject, type = deployment) =>
  new ThreeWayDiff(schemaOf).patch({ original, modified, current }, type);

const containers = (...list: JsonObject[]): JsonObject => ({ spec: { template: { spec: { containers: list } } } });

test("nothing changes when everything is there; what others added stays", () => {
  const applied = { metadata: { labels: { a: "1" } }, spec: { replicas: 2 } };
  const live = { metadata: { labels: { a: "1", b: "2" }, uid: "u" }, spec: { replicas: 2, paused: true } };
  expect(patch(applied, applied, live)).toEqual({});
});

test("what changed is set, and what is applied no more is taken away", () => {
  expect(
    patch(
      { metadata: { labels: { a: "1", old: "x" } }, spec: { replicas: 2, paused: true } },
      { metadata: { labels: { a: "2" } }, spec: { replicas: 3 } },
      { metadata: { labels: { a: "1", old: "x", b: "2" } }, spec: { replicas: 2, paused: true } },
    ),
  ).toEqual({ metadata: { labels: { a: "2", old: null } }, spec: { replicas: 3, paused: null } });
});

test("what goes by one name twice is compared in order", () => {
  const twice = containers({
    name: "app",
    env: [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ],
  });
  expect(patch(twice, twice, twice)).toEqual({});
});

test("items of a list are told apart by their merge key", () => {
  expect(
    patch(
      containers({ name: "app", image: "app:1" }, { name: "gone", image: "x" }),
      containers({ name: "app", image: "app:2" }),
      containers({ name: "app", image: "app:1", imagePullPolicy: "Always" }, { name: "gone", image: "x" }),
    ),
  ).toEqual({
    spec: {
      template: {
        spec: {
          "$setElementOrder/containers": [{ name: "app" }],
          containers: [
            { name: "app", image: "app:2" },
            { $patch: "delete", name: "gone" },
          ],
        },
      },
    },
  });
});

test("another order alone is a change", () => {
  const [a, b] = [
    { name: "a", image: "i" },
    { name: "b", image: "i" },
  ];
  expect(patch(containers(a, b), containers(b, a), containers(a, b))).toEqual({
    spec: { template: { spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] } } },
  });
});

test("a list of scalars that merges: additions, deletions, order", () => {
  const finalizers = (...list: string[]): JsonObject => ({ metadata: { finalizers: list } });
  expect(patch(finalizers("a", "b"), finalizers("a", "c"), finalizers("a", "b", "other"))).toEqual({
    metadata: {
      finalizers: ["c"],
      "$deleteFromPrimitiveList/finalizers": ["b"],
      "$setElementOrder/finalizers": ["a", "c"],
    },
  });
});

test("a list that does not merge is replaced whole", () => {
  const args = (...list: string[]) => containers({ name: "a", args: list });
  expect(patch(args("x"), args("x", "y"), args("x"))).toMatchObject({
    spec: { template: { spec: { containers: [{ name: "a", args: ["x", "y"] }] } } },
  });
});

test("a union keeps only the keys that are applied", () => {
  expect(
    patch(
      { spec: { strategy: { type: "RollingUpdate" } } },
      { spec: { strategy: { type: "Recreate" } } },
      { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } },
    ),
  ).toEqual({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } });
});

test("of kinds that are not built in, lists are replaced", () => {
  const spec = (...items: JsonObject[]): JsonObject => ({ spec: { items } });
  const diff = new ThreeWayDiff(() => undefined);
  const states = { original: spec({ name: "a" }), modified: spec({ name: "b" }), current: spec({ name: "a" }) };
  expect(diff.patch(states, "")).toEqual(spec({ name: "b" }));
});
