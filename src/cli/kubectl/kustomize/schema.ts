/** The schema that merging and scoping go by: the built-in one, or that of the `openapi` field. */
import { isNamespaced, type MergeType, mergeTypeOfKind, mergeTypes } from "./builtin-schema.ts";
import { fail } from "./failure.ts";
import type { Value } from "./node-json.ts";

/** What is known of one field. */
export interface Schema {
  field(name: string): Schema | undefined;
  /** Of the items of a list. */
  elements(): Schema | undefined;
  /** Do the items of the list merge? */
  readonly merges: boolean;
  /** The fields by which items are told apart. */
  readonly keys: readonly string[];
}

class BuiltinSchema implements Schema {
  readonly #type: MergeType;
  readonly #items: string | undefined;
  readonly merges: boolean;
  readonly keys: readonly string[];

  constructor(type: MergeType, list?: { keys: readonly string[]; items?: string }) {
    this.#type = type;
    this.#items = list?.items;
    this.merges = list !== undefined;
    this.keys = list?.keys ?? [];
  }

  field(name: string): Schema | undefined {
    const field = Object.hasOwn(this.#type, name) ? this.#type[name] : undefined;
    if (field === undefined) return plainField;
    return typeof field === "string" ? new BuiltinSchema(mergeTypes[field] ?? {}) : new BuiltinSchema({}, field);
  }

  elements(): Schema | undefined {
    return new BuiltinSchema(this.#items ? (mergeTypes[this.#items] ?? {}) : {});
  }
}

/** A field in which nothing merges. */
const plainField = new BuiltinSchema({});

type Json = { readonly [key: string]: Value };
const object = (value: Value | undefined): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;

class CustomSchema implements Schema {
  readonly #definitions: Json;
  readonly #schema: Json;

  constructor(definitions: Json, schema: Json) {
    this.#definitions = definitions;
    let current = schema;
    for (let ref = current.$ref; typeof ref === "string" && ref !== ""; ref = current.$ref)
      current = object(definitions[ref.replace(/^#\/definitions\//, "")]) ?? {};
    this.#schema = current;
  }

  field(name: string): Schema | undefined {
    const properties = object(this.#schema.properties);
    const found = (properties && Object.hasOwn(properties, name) && object(properties[name])) || undefined;
    const schema = found ?? object(this.#schema.additionalProperties);
    return schema && new CustomSchema(this.#definitions, schema);
  }

  elements(): Schema | undefined {
    const items = object(this.#schema.items);
    return this.#schema.type === "array" && items ? new CustomSchema(this.#definitions, items) : undefined;
  }

  get merges(): boolean {
    return String(this.#schema["x-kubernetes-patch-strategy"] ?? "")
      .split(",")
      .includes("merge");
  }

  get keys(): readonly string[] {
    const keys = this.#schema["x-kubernetes-list-map-keys"];
    if (Array.isArray(keys)) return keys.map(String);
    const key = this.#schema["x-kubernetes-patch-merge-key"];
    return key === undefined ? [] : [String(key)];
  }
}

const builtinVersion = "v1.21.2";

export class Schemas {
  #custom: { kinds: Map<string, Schema>; namespaced: Map<string, boolean> } | undefined;
  #version = "";
  /** Once a kind was asked for that is in no table, the built-in schema stays beside a custom one. */
  #keepsBuiltin = false;

  /** Is a kind known to live outside of namespaces? */
  isClusterScoped(apiVersion: string, kind: string): boolean {
    const builtin = isNamespaced(apiVersion, kind);
    if (builtin === undefined && !this.#custom) this.#keepsBuiltin = true;
    return (builtin ?? this.#custom?.namespaced.get(`${apiVersion} ${kind}`)) === false;
  }

  ofKind(apiVersion: string, kind: string): Schema | undefined {
    const custom = this.#custom?.kinds.get(`${apiVersion} ${kind}`);
    if (custom || (this.#custom && !this.#keepsBuiltin)) return custom;
    const type = mergeTypeOfKind(apiVersion, kind);
    return type && new BuiltinSchema(type);
  }

  /**
   * @param text the schema file, decoded
   * @param replace also what was set before
   */
  use(version: string | undefined, file: Value | undefined, replace: boolean): void {
    if ((this.#version !== "" || this.#custom) && !replace) return;
    if (file !== undefined) {
      if (version !== undefined) fail("builtin version and custom schema provided, cannot use both");
      this.#version = "custom";
      this.#custom = readSchema(object(file) ?? {});
      return;
    }
    this.#version = version ?? "";
    if (this.#version !== "" && this.#version !== builtinVersion) fail("the specified OpenAPI version is not built in");
    if (this.#version !== "") this.#custom = undefined;
  }
}

const kindOf = (gvk: Value | undefined): string | undefined => {
  const { group, version, kind } = object(gvk) ?? {};
  return typeof version === "string" && typeof kind === "string"
    ? `${group ? `${String(group)}/` : ""}${version} ${kind}`
    : undefined;
};

function readSchema(file: Json) {
  const definitions = object(file.definitions) ?? {};
  const kinds = new Map<string, Schema>();
  for (const definition of Object.values(definitions)) {
    const schema = object(definition);
    const gvks = schema?.["x-kubernetes-group-version-kind"];
    if (!schema || !Array.isArray(gvks)) continue;
    for (const gvk of gvks) {
      const kind = kindOf(gvk);
      if (kind) kinds.set(kind, new CustomSchema(definitions, schema));
    }
  }
  const namespaced = new Map<string, boolean>();
  for (const [path, item] of Object.entries(object(file.paths) ?? {})) {
    const kind = kindOf(object(object(item)?.get)?.["x-kubernetes-group-version-kind"]);
    if (kind === undefined) continue;
    if (path.includes("namespaces/{namespace}")) namespaced.set(kind, true);
    else if (!namespaced.has(kind)) namespaced.set(kind, false);
  }
  return { kinds, namespaced };
}
