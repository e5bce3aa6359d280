/**
 * Objects whose type kubectl knows come out of it in the order in which Go declares their fields, not sorted. The
 * protobuf descriptors keep that order.
 */
import { json } from "../../../api/generated/protobuf.ts";

/** Number, name, type (of a map: key and value), and how it occurs. */
type Field = readonly [number, string, string, string];

let table: Readonly<Record<string, readonly Field[]>> | undefined;

function fieldsOf(message: string): readonly Field[] | undefined {
  table ??= JSON.parse(json) as Readonly<Record<string, readonly Field[]>>;
  return table[message];
}

interface Typed {
  readonly apiVersion?: string;
  readonly kind?: string;
}

/** The same object, keys in Go's order; of kinds that are not built in, as it is. */
export function inGoOrder(object: object): object {
  const { apiVersion = "", kind = "", ...rest } = object as Typed;
  const [version = "", group = "core"] = apiVersion.split("/").reverse();
  const message = `k8s.io.api.${group.split(".")[0]}.${version}.${kind}`;
  return fieldsOf(message) ? { kind, apiVersion, ...(ordered(rest, message) as object) } : object;
}

function ordered(value: unknown, type: string): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, type));
  if (typeof value !== "object" || value === null) return value;
  const fields = fieldsOf(type);
  const valueType = type.includes(",") ? (type.split(",")[1] ?? "") : "";
  const source = value as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  if (fields) place(fields, source, out);
  for (const key of Object.keys(source).sort()) if (!(key in out)) out[key] = ordered(source[key], valueType);
  return out;
}

/** A struct within a struct has a field of its own in protobuf, but none in JSON: its fields stand in its place. */
function place(fields: readonly Field[], source: Record<string, unknown>, out: Record<string, unknown>): void {
  for (const [, name, type] of fields) {
    if (name in source) out[name] = ordered(source[name], type);
    else {
      const inner = fieldsOf(type);
      if (inner?.some(([, key]) => key in source && !fields.some((f) => f[1] === key))) place(inner, source, out);
    }
  }
}
