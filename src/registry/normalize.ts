/**
 * A request's JSON as upstream's typed decoding would have it: a copy in which fields that the type does not have are
 * dropped and named, nulls are absent, and values of the wrong type are refused in the decoder's words.
 */
import { schemaOf as lookup } from "../api/schema/lookup.ts";
import type { FieldSchema, TypeSchema } from "../api/schema/schema.ts";
import { clone, isObject, type JsonObject } from "./values.ts";

export interface Normalized {
  readonly object: JsonObject;
  /** `unknown field "spec.foo"`, in the order of the body. */
  readonly unknown: readonly string[];
  /** Why the body is not of the type, if it is not. */
  readonly mismatch?: string;
}

class Mismatch extends Error {}

const goKinds = { string: "string", number: "number", boolean: "bool", object: "object" } as const;
const jsonKind = (value: unknown): string =>
  Array.isArray(value) ? "array" : (goKinds[typeof value as keyof typeof goKinds] ?? typeof value);

interface Walk {
  readonly unknown: string[];
  /** The Go name of the type being read and the path below its object, for messages. */
  readonly owner: string;
}

export function normalize(body: JsonObject, typeName: string): Normalized {
  const type = lookup(typeName);
  if (!type) return { object: withoutNulls(body), unknown: [] };
  const unknown: string[] = [];
  try {
    return { object: readStruct(body, type, "", { unknown, owner: shortName(typeName) }), unknown };
  } catch (error) {
    if (error instanceof Mismatch) return { object: body, unknown, mismatch: error.message };
    throw error;
  }
}

const shortName = (typeName: string): string => typeName.slice(typeName.lastIndexOf(".") + 1);

function withoutNulls(value: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) if (item !== null) out[key] = clone(item);
  return out;
}

function readStruct(value: JsonObject, type: TypeSchema, at: string, walk: Walk): JsonObject {
  const out: JsonObject = {};
  const below: Walk = { unknown: walk.unknown, owner: shortName(type.name) };
  for (const key in value) {
    const item = value[key];
    const here = at ? `${at}.${key}` : key;
    const field = Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
    if (!field) {
      walk.unknown.push(`unknown field ${JSON.stringify(here)}`);
    } else if (item !== null && item !== undefined) {
      out[key] = read(item, field, here, below);
    }
  }
  return out;
}

function read(value: unknown, field: FieldSchema, at: string, walk: Walk): unknown {
  switch (field.type) {
    case "any":
      return clone(value);
    case "ref": {
      const type = lookup(field.ref);
      if (!type || Object.keys(type.fields).length === 0) return clone(value);
      return isObject(value) ? readStruct(value, type, at, walk) : wrong(value, at, walk, goType(field));
    }
    case "map": {
      if (!isObject(value)) return wrong(value, at, walk, goType(field));
      const out: JsonObject = {};
      for (const key in value) {
        const item = value[key];
        if (item === undefined) continue;
        const read1 = item === null ? zeroOf(field.values) : read(item, field.values, `${at}.${key}`, walk);
        if (read1 !== undefined) setOwn(out, key, read1);
      }
      return out;
    }
    case "array":
      if (!Array.isArray(value)) return wrong(value, at, walk, goType(field));
      return value.map((item, i) =>
        item === null ? (zeroOf(field.items) ?? {}) : read(item, field.items, `${at}[${i}]`, walk),
      );
    case "integer":
      if (typeof value !== "number") return wrong(value, at, walk, goType(field));
      if (!Number.isInteger(value) || (field.format === "int32" && Math.abs(value) > 2 ** 31)) {
        return wrong(value, at, walk, goType(field), `number ${value}`);
      }
      return value;
    case "number":
      return typeof value === "number" ? value : wrong(value, at, walk, goType(field));
    case "boolean":
      return typeof value === "boolean" ? value : wrong(value, at, walk, goType(field));
    case "string":
      if (typeof value === "string") return value;
      if (typeof value === "number" && (field.format === "int-or-string" || field.format === "quantity")) {
        return field.format === "quantity" ? String(value) : value;
      }
      return wrong(value, at, walk, goType(field));
  }
}

const setOwn = (object: JsonObject, key: string, value: unknown): void => {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true });
  else object[key] = value;
};

/** What a null item of a map or list decodes to. */
const zeroOf = (field: FieldSchema): unknown =>
  field.type === "string" && !field.format
    ? ""
    : field.type === "integer"
      ? 0
      : field.type === "boolean"
        ? false
        : undefined;

function goType(field: FieldSchema): string {
  switch (field.type) {
    case "string":
      return field.format === "date-time" ? "v1.Time" : "string";
    case "integer":
      return field.format;
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "array":
      return `[]${goType(field.items)}`;
    case "map":
      return `map[string]${goType(field.values)}`;
    case "ref": {
      const parts = field.ref.split(".");
      return `${parts.at(-2)}.${parts.at(-1)}`;
    }
    case "any":
      return "interface {}";
  }
}

function wrong(value: unknown, at: string, walk: Walk, type: string, what = jsonKind(value)): never {
  const path = at.replace(/\[\d+\]/g, "");
  throw new Mismatch(`json: cannot unmarshal ${what} into Go struct field ${walk.owner}.${path} of type ${type}`);
}
