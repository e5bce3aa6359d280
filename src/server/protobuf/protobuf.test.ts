import { describe, expect, test } from "vitest";
import { decodeTyped } from "../../api/schema/decode.ts";
import { schemaOf } from "../../api/schema/lookup.ts";
import { builtinResources } from "../../api/schema/resources.ts";
import type { FieldSchema } from "../../api/schema/schema.ts";
import { decodeProtobuf } from "./decode.ts";
import { encodeProtobuf, hasProtobuf } from "./encode.ts";

const roundTrip = (object: object) => decodeProtobuf(encodeProtobuf(object));

/** A value with every field of a type, to a depth; repeated types end it. */
const fill = (schema: FieldSchema, seen: readonly string[]): unknown => {
  switch (schema.type) {
    case "boolean":
      return true;
    case "integer":
      return 7;
    case "number":
      return 1.5;
    case "any":
      return { any: ["thing", 1] };
    case "array":
      return [fill(schema.items, seen)].filter((item) => item !== undefined);
    case "map":
      return { key: fill(schema.values, seen) };
    case "ref":
      return seen.filter((name) => name === schema.ref).length > 0 ? undefined : fillType(schema.ref, seen);
    case "string":
      switch (schema.format) {
        case "byte":
          return "aGVsbG8=";
        case "date-time":
          return "2024-05-06T07:08:09Z";
        case "micro-time":
          return "2024-05-06T07:08:09.000010Z";
        case "quantity":
          return "1500m";
        case "int-or-string":
          return "25%";
        default:
          return "text";
      }
  }
};
const fillType = (name: string, seen: readonly string[] = []): Record<string, unknown> => {
  const type = schemaOf(name);
  if (!type) throw new Error(name);
  // On the wire only the outermost object says what it is.
  const names = Object.entries(type.fields).filter(
    ([key]) => !(type.fields.metadata && /^(apiVersion|kind)$/.test(key)),
  );
  const entries = names.map(([key, field]) => [key, fill(field, [...seen, name])]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
};

const encodable = builtinResources()
  .map(({ group, version, kind, schemaType }) => ({
    apiVersion: group ? `${group}/${version}` : version,
    kind,
    schemaType,
  }))
  // The spec of a StorageVersion is an empty message, whatever JSON may hold.
  .filter(({ apiVersion, kind }) => hasProtobuf(apiVersion, kind) && kind !== "StorageVersion");

describe("every field of every kind survives a round trip", () => {
  test("there are kinds to try", () => expect(encodable.length).toBeGreaterThan(70));
  test.each(encodable)("$apiVersion $kind", ({ apiVersion, kind, schemaType }) => {
    const object = decodeTyped(schemaType, { ...fillType(schemaType), apiVersion, kind }).object;
    expect(roundTrip(object)).toEqual(object);
  });
});

describe("decoding", () => {
  test("zero values: pointers and required fields keep them, others are left out", () => {
    const object = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "" },
      spec: {
        replicas: 0,
        paused: false,
        selector: {},
        template: { spec: { containers: [{ name: "", stdin: false }] } },
      },
    };
    expect(roundTrip(object)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {},
      spec: { replicas: 0, selector: {}, template: { spec: { containers: [{ name: "" }] } } },
    });
  });

  test("lists, DeleteOptions, Status and Eviction", () => {
    const list = {
      apiVersion: "v1",
      kind: "PodList",
      metadata: { resourceVersion: "7", remainingItemCount: 0 },
      items: [{ metadata: { name: "a" } }, { metadata: { name: "b", deletionTimestamp: "2024-01-01T00:00:00Z" } }],
    };
    expect(roundTrip(list)).toEqual(list);
    const remove = {
      apiVersion: "apps/v1",
      kind: "DeleteOptions",
      propagationPolicy: "Foreground",
      gracePeriodSeconds: 0,
    };
    expect(roundTrip(remove)).toEqual(remove);
    const status = {
      apiVersion: "v1",
      kind: "Status",
      metadata: {},
      status: "Failure",
      code: 404,
      details: { kind: "pods" },
    };
    expect(roundTrip(status)).toEqual(status);
    const eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: "a" },
      deleteOptions: { dryRun: ["All"] },
    };
    expect(roundTrip(eviction)).toEqual(eviction);
  });

  test("an object inside a RawExtension", () => {
    const inner = { apiVersion: "v1", kind: "ConfigMap", data: { a: "b" } };
    const object = { apiVersion: "apps/v1", kind: "ControllerRevision", data: inner, revision: 9_007_199_254_740_991 };
    expect(roundTrip(object)).toEqual(object);
  });

  test("keys of maps may be anything", () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", data: JSON.parse('{"__proto__": "x", "": "y"}') };
    expect(JSON.stringify(roundTrip(object))).toBe(
      '{"apiVersion":"v1","kind":"ConfigMap","data":{"":"y","__proto__":"x"}}',
    );
  });

  test("unknown fields are skipped", () => {
    const bytes = encodeProtobuf({ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } });
    const envelope = bytes.subarray(0, 4 + 2 + 15);
    const raw = Buffer.concat([bytes.subarray(envelope.length + 2), Buffer.from([0xfa, 0x3f, 1, 65])]);
    const longer = Buffer.concat([envelope, Buffer.from([18, raw.length]), raw]);
    expect(decodeProtobuf(longer)).toEqual({ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } });
  });

  test("malformed bytes are a bad request", () => {
    const bytes = encodeProtobuf({ apiVersion: "v1", kind: "Pod", metadata: { name: "a", labels: { b: "c" } } });
    expect(() => decodeProtobuf(Buffer.from("{}"))).toThrow("does not appear to be a protobuf message");
    const head = 4 + 2 + 9; // an envelope that names a kind, and an empty object
    for (let end = 5; end < bytes.length; end++)
      if (end !== head)
        expect(() => decodeProtobuf(bytes.subarray(0, end))).toThrow(expect.objectContaining({ code: 400 }));
    expect(() => encodeProtobuf({ apiVersion: "v1", kind: "Nothing" })).toThrow("has no protobuf form");
  });
});
