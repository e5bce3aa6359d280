import { expect, test } from "vitest";
import { schemaOf } from "../../../api/schema/lookup.ts";
import { patchesConflict } from "./patch-conflicts.ts";
import type { JsonObject } from "./three-way.ts";

const deployment = "io.k8s.api.apps.v1.Deployment";
const containers = (...list: JsonObject[]): JsonObject => ({ spec: { template: { spec: { containers: list } } } });

test.each<[what: string, left: JsonObject, right: JsonObject, conflict: boolean]>([
  ["other fields", { spec: { replicas: 2 } }, { metadata: { labels: { a: "b" } } }, false],
  ["the same value", { spec: { replicas: 2 } }, { spec: { replicas: 2 } }, false],
  ["another value", { spec: { replicas: 2 } }, { spec: { replicas: 3 } }, true],
  ["a value that goes", { metadata: { labels: { a: null } } }, { metadata: { labels: { a: "b" } } }, true],
  ["another kind of value", { spec: { selector: { a: "b" } } }, { spec: { selector: "a" } }, true],
  ["items with other keys", containers({ name: "a", image: "a:2" }), containers({ name: "b", image: "b:2" }), false],
  ["one item, other fields", containers({ name: "a", image: "a:2" }), containers({ name: "a", tty: true }), false],
  ["one item, the same field", containers({ name: "a", image: "a:2" }), containers({ name: "a", image: "a:3" }), true],
  ["an item that goes", containers({ name: "a", $patch: "delete" }), containers({ name: "a", image: "a:3" }), true],
  [
    "an item that both take away",
    containers({ name: "a", $patch: "delete" }),
    containers({ name: "a", $patch: "delete" }),
    false,
  ],
  [
    "lists that are merged value by value",
    { metadata: { finalizers: ["a"] } },
    { metadata: { finalizers: ["b"] } },
    false,
  ],
  [
    "lists that are one value, in another order",
    containers({ name: "a", args: ["x", "y"] }),
    containers({ name: "a", args: ["y", "x"] }),
    false,
  ],
  [
    "lists that are one value",
    containers({ name: "a", args: ["x"] }),
    containers({ name: "a", args: ["x", "y"] }),
    true,
  ],
  [
    "which keys are kept",
    { spec: { strategy: { $retainKeys: ["type"] } } },
    { spec: { strategy: { $retainKeys: [] } } },
    false,
  ],
])("%s", (_, left, right, conflict) => {
  expect(patchesConflict(schemaOf, deployment, left, right)).toBe(conflict);
});
