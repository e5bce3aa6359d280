import { expect, test } from "vitest";

import type { ObjectMeta } from "./generated/types.ts";
import { carryMetadata, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { checkDnsSubdomain } from "./names.ts";
import { lines } from "./test-lines.ts";

const rules = { namespaced: true, validateName: checkDnsSubdomain };
const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };

test("good metadata passes", () => {
  const meta = {
    name: "web",
    namespace: "default",
    generateName: "web-",
    labels: { "app.kubernetes.io/name": "web" },
    annotations: { "Example.com/Note": "any text" },
    finalizers: ["example.com/x"],
    ownerReferences: [{ ...owner, controller: true }, owner],
  };
  expect(validateMetadata(meta, rules)).toEqual([]);
});

test.each<[string, ObjectMeta, string[]]>([
  ["no name", { namespace: "a" }, ["metadata.name: Required value: name or generateName is required"]],
  ["no namespace", { name: "a" }, ["metadata.namespace: Required value"]],
  [
    "two controllers",
    {
      name: "a",
      namespace: "b",
      ownerReferences: [
        { ...owner, controller: true },
        { ...owner, name: "q", controller: true },
      ],
    },
    [
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":true},{"apiVersion":"v1","kind":"Pod","name":"q","uid":"u","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q',
    ],
  ],
  [
    "finalizers that exclude each other",
    { name: "a", namespace: "b", finalizers: ["orphan", "foregroundDeletion"] },
    [
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  ],
  [
    "annotations over 256 KiB",
    { name: "a", namespace: "b", annotations: { x: "y".repeat(262144) } },
    ["metadata.annotations: Too long: may not be more than 262144 bytes"],
  ],
])("%s", (_, meta, expected) => {
  expect(lines(validateMetadata(meta, rules))).toEqual(expected);
});

test("a cluster-scoped object has no namespace", () => {
  expect(lines(validateMetadata({ name: "a", namespace: "b" }, { ...rules, namespaced: false }))).toEqual([
    "metadata.namespace: Forbidden: not allowed on this type",
  ]);
});

test("an update keeps identity and adds no finalizer while deleting", () => {
  const previous = { name: "a", namespace: "b", uid: "1", generation: 2, deletionTimestamp: "2024-01-01T00:00:00Z" };
  const next = { ...previous, uid: "2", resourceVersion: "5", finalizers: ["example.com/late"] };
  expect(lines(validateMetadataUpdate(next, previous))).toEqual([
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/late"}',
    'metadata.uid: Invalid value: "2": field is immutable',
  ]);
  expect(lines(validateMetadataUpdate(previous, previous))).toEqual([
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
  ]);
});

test("what a writer leaves out is carried over", () => {
  const next = { metadata: { name: "a", generation: 99 } };
  carryMetadata(next, { metadata: { uid: "u", creationTimestamp: "t", generation: 3 } });
  expect(next.metadata).toMatchObject({ uid: "u", creationTimestamp: "t", generation: 3 });
});
