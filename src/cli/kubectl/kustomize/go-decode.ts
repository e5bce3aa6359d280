/** Decodes JSON values into kustomize's own configuration types, with the messages of Go's decoder. */
import { fail } from "./failure.ts";
import type { Value } from "./node-json.ts";

export type GoType =
  | { readonly kind: "string" | "bool" | "int" | "int64" | "any" }
  | { readonly kind: "slice" | "map"; readonly of: GoType }
  | GoStruct;

export interface GoStruct {
  readonly kind: "struct";
  readonly name: string;
  readonly fields: Readonly<Record<string, GoField>>;
}

interface GoField {
  readonly type: GoType;
  /** The structs that embed the field, as Go's messages name them. */
  readonly within: readonly string[];
}

export const string: GoType = { kind: "string" };
export const bool: GoType = { kind: "bool" };
export const int: GoType = { kind: "int" };
export const int64: GoType = { kind: "int64" };
export const any: GoType = { kind: "any" };
export const slice = (of: GoType): GoType => ({ kind: "slice", of });
export const map = (of: GoType): GoType => ({ kind: "map", of });

/** @param embedded structs whose fields stand among those of this one */
export const struct = (name: string, fields: Readonly<Record<string, GoType>>, ...embedded: GoStruct[]): GoStruct => ({
  kind: "struct",
  name,
  fields: Object.fromEntries([
    ...embedded.flatMap((inner) =>
      Object.entries(inner.fields).map(([field, { type, within }]): [string, GoField] => [
        field,
        { type, within: [inner.name, ...within] },
      ]),
    ),
    ...Object.entries(fields).map(([field, type]): [string, GoField] => [field, { type, within: [] }]),
  ]),
});

function typeName(type: GoType): string {
  switch (type.kind) {
    case "slice":
      return `[]${typeName(type.of)}`;
    case "map":
      return `map[string]${typeName(type.of)}`;
    case "struct":
      return `types.${type.name}`;
    case "any":
      return "interface {}";
    default:
      return type.kind;
  }
}

const jsonKind = (value: Value): string => {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "number" : typeof value;
};

interface Context {
  readonly strict: boolean;
  readonly path: string[];
  struct: string;
  problem?: string;
}

/**
 * @param strict refuses fields that the type does not have
 * @throws KustomizeError with the first thing that does not fit
 */
export function decodeGo<T>(type: GoType, value: Value, strict: boolean): T {
  const context: Context = { strict, path: [], struct: "" };
  const decoded = decode(type, value, context);
  if (context.problem !== undefined) fail(`json: ${context.problem}`);
  return decoded as T;
}

function mismatch(type: GoType, value: Value, context: Context, what = jsonKind(value)): undefined {
  const into = context.path.length > 0 ? `Go struct field ${context.struct}.${context.path.join(".")}` : "Go value";
  context.problem ??= `cannot unmarshal ${what} into ${into} of type ${typeName(type)}`;
}

/** @returns nothing for null and for what does not fit */
function decode(type: GoType, value: Value, context: Context): unknown {
  if (value === null) return undefined;
  switch (type.kind) {
    case "any":
      return value;
    case "string":
      return typeof value === "string" ? value : mismatch(type, value, context);
    case "bool":
      return typeof value === "boolean" ? value : mismatch(type, value, context);
    case "int":
    case "int64":
      if (typeof value === "bigint") return Number(value);
      if (typeof value !== "number") return mismatch(type, value, context);
      return Number.isInteger(value) ? value : mismatch(type, value, context, `number ${value}`);
    case "slice":
      if (!Array.isArray(value)) return mismatch(type, value, context);
      return value.map((item) => decode(type.of, item, context) ?? zero(type.of));
    case "map":
      if (typeof value !== "object" || Array.isArray(value)) return mismatch(type, value, context);
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, decode(type.of, item, context) ?? zero(type.of)]),
      );
    default:
      return typeof value === "object" && !Array.isArray(value)
        ? decodeStruct(type, value, context)
        : mismatch(type, value, context);
  }
}

const zero = (type: GoType): unknown => {
  if (type.kind === "string") return "";
  if (type.kind === "bool") return false;
  if (type.kind === "int" || type.kind === "int64") return 0;
  return type.kind === "struct" ? {} : undefined;
};

function decodeStruct(type: GoStruct, value: { readonly [key: string]: Value }, context: Context): object {
  const out: Record<string, unknown> = {};
  const outer = context.struct;
  // Keys come sorted: the value has been through JSON.
  for (const key of Object.keys(value).sort()) {
    const name = Object.hasOwn(type.fields, key)
      ? key
      : Object.keys(type.fields).find((field) => field.toLowerCase() === key.toLowerCase());
    const field = name === undefined ? undefined : type.fields[name];
    if (name === undefined || !field) {
      if (context.strict) context.problem ??= `unknown field ${JSON.stringify(key)}`;
      continue;
    }
    context.struct = type.name;
    context.path.push(...field.within, name);
    const decoded = decode(field.type, value[key] as Value, context);
    if (decoded !== undefined) out[name] = decoded;
    context.path.length -= field.within.length + 1;
  }
  context.struct = outer;
  return out;
}
