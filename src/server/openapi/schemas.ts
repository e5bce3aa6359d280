/** API types as OpenAPI schemas, with the extensions that kubectl and typed clients read. */
import { compactTypeOf, schemaOf } from "../../api/schema/lookup.ts";
import type { FieldSchema } from "../../api/schema/schema.ts";
import { type GroupVersionKind, metaType } from "./resource.ts";

export type Json = Record<string, unknown>;

/** Texts of a type (`d`) and its fields (`f`), by full name. */
export type Descriptions = Readonly<
  Record<string, { readonly d: string; readonly f: Readonly<Record<string, string>> }>
>;

/** The two versions of OpenAPI differ in how they refer to a schema and in what a schema may say. */
export type Dialect = "v2" | "v3";

const quantityType = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const intOrStringType = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

/** Types that are no objects of fields. */
const leafTypes: Readonly<Record<string, (dialect: Dialect) => Json>> = {
  [metaType("Time")]: () => ({ description: "A time as RFC 3339 writes it.", format: "date-time", type: "string" }),
  [metaType("MicroTime")]: () => ({
    description: "A time as RFC 3339 writes it, with microseconds.",
    format: "date-time",
    type: "string",
  }),
  [metaType("FieldsV1")]: () => ({ description: "A set of fields, as a tree of their paths.", type: "object" }),
  [metaType("Patch")]: () => ({
    description: "A change to an object, in the form its media type names.",
    type: "object",
  }),
  "io.k8s.apimachinery.pkg.runtime.RawExtension": () => ({ description: "An object of any kind.", type: "object" }),
  [quantityType]: (dialect) => ({
    description: "An amount of a resource: a number with an optional suffix, such as 100m, 1.5 or 2Gi.",
    ...(dialect === "v3" ? { oneOf: [{ type: "string" }, { type: "number" }] } : { type: "string" }),
  }),
  [intOrStringType]: (dialect) => ({
    description: "An integer, or a string such as a percentage or the name of a port.",
    format: "int-or-string",
    ...(dialect === "v3" ? { oneOf: [{ type: "integer" }, { type: "string" }] } : { type: "string" }),
  }),
};

/** Collects the schemas of types and of all that they refer to. */
export class SchemaSet {
  readonly #dialect: Dialect;
  readonly #descriptions: Descriptions;
  readonly #kinds: ReadonlyMap<string, readonly GroupVersionKind[]>;
  readonly #schemas = new Map<string, Json>();

  /** @param kinds which kinds a type is, by full name */
  constructor(dialect: Dialect, descriptions: Descriptions, kinds: ReadonlyMap<string, readonly GroupVersionKind[]>) {
    this.#dialect = dialect;
    this.#descriptions = descriptions;
    this.#kinds = kinds;
  }

  /** A reference to a type, whose schema it adds when it is not there yet. */
  ref(typeName: string): { readonly $ref: string } {
    if (!this.#schemas.has(typeName)) {
      this.#schemas.set(typeName, {}); // types refer to themselves
      this.#schemas.set(typeName, this.#typeSchema(typeName));
    }
    return { $ref: `#/${this.#dialect === "v3" ? "components/schemas" : "definitions"}/${typeName}` };
  }

  /** All schemas so far, by name in alphabetical order. */
  all(): Json {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #typeSchema(typeName: string): Json {
    const leaf = leafTypes[typeName];
    if (leaf) return leaf(this.#dialect);
    const type = schemaOf(typeName);
    const codes = compactTypeOf(typeName)?.f ?? {};
    // Some types have no fields that anybody could name.
    if (!type) return { type: "object" };
    const texts = this.#descriptions[typeName];
    const properties: Json = {};
    for (const [name, field] of Object.entries(type.fields)) {
      const schema = this.#fieldSchema(field, codes[name] ?? "");
      const description = texts?.f[name] ?? (field.type === "ref" ? this.#descriptions[field.ref]?.d : undefined);
      properties[name] = { ...(description ? { description } : {}), ...this.#described(schema, description) };
    }
    const kinds = this.#kinds.get(typeName);
    return {
      ...(texts?.d ? { description: texts.d } : {}),
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(type.required.length > 0 ? { required: type.required } : {}),
      type: "object",
      ...(kinds ? { "x-kubernetes-group-version-kind": kinds } : {}),
      ...(type.mapType ? { "x-kubernetes-map-type": type.mapType } : {}),
    };
  }

  /** OpenAPI 3.0 ignores what stands beside a reference. */
  #described(schema: Json, description: string | undefined): Json {
    const { $ref, ...rest } = schema;
    if (!$ref || this.#dialect === "v2" || (!description && Object.keys(rest).length === 0)) return schema;
    return { ...rest, allOf: [{ $ref }] };
  }

  #fieldSchema(field: FieldSchema, code: string): Json {
    switch (field.type) {
      case "any":
        return code.includes("any:")
          ? { ...this.ref(code.slice(code.indexOf("any:") + 4)) }
          : { "x-kubernetes-preserve-unknown-fields": true };
      case "boolean":
        return { type: "boolean" };
      case "integer":
      case "number":
        return { format: field.format, type: field.type };
      case "string":
        return this.#stringSchema(field.format);
      case "ref":
        return { ...this.ref(field.ref), ...merging(field) };
      case "map":
        return {
          additionalProperties: this.#fieldSchema(field.values, code),
          type: "object",
          ...(field.mapType ? { "x-kubernetes-map-type": field.mapType } : {}),
        };
      case "array":
        return {
          items: this.#fieldSchema(field.items, code),
          type: "array",
          ...(field.mapKeys ? { "x-kubernetes-list-map-keys": field.mapKeys } : {}),
          "x-kubernetes-list-type": field.listType ?? "atomic",
          ...(field.patchMergeKey ? { "x-kubernetes-patch-merge-key": field.patchMergeKey } : {}),
          ...merging(field),
        };
    }
  }

  #stringSchema(format: (FieldSchema & { type: "string" })["format"]): Json {
    switch (format) {
      case "date-time":
        return { ...this.ref(metaType("Time")) };
      case "micro-time":
        return { ...this.ref(metaType("MicroTime")) };
      case "quantity":
        return { ...this.ref(quantityType) };
      case "int-or-string":
        return { ...this.ref(intOrStringType) };
      case "byte":
        return { format, type: "string" };
      default:
        return { type: "string" };
    }
  }
}

const merging = ({ patchStrategy }: { patchStrategy?: readonly string[] }): Json =>
  patchStrategy ? { "x-kubernetes-patch-strategy": patchStrategy.join(",") } : {};
