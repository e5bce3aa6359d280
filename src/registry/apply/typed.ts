/** How a value is put together, as far as merging cares, out of the API schema. */

import { isObject, type Json, type JsonObject, own } from "../../api/patch/json.ts";
import type { FieldSchema, SchemaLookup, TypeSchema } from "../../api/schema/schema.ts";
import { keyElement, singleKeyElement, valueElement } from "./path-element.ts";

export type Shape =
  | { readonly type: "scalar"; readonly scalar: "string" | "numeric" | "boolean" | "untyped" }
  /** One value as a whole; nothing is known of its inside, or its inside does not merge. */
  | { readonly type: "atomic"; readonly holds: "any" | "list" | "map"; readonly inside?: Shape }
  | { readonly type: "struct"; readonly schema: TypeSchema }
  | { readonly type: "map"; readonly values: FieldSchema }
  /** `keys` are undefined for sets; `associative` is false only inside an atomic list. */
  | {
      readonly type: "list";
      readonly items: FieldSchema;
      readonly keys: readonly string[] | undefined;
      /** What key fields are that an item leaves out or has as null. */
      readonly keyDefaults: JsonObject;
      readonly associative: boolean;
    };

/** Defaults of key fields that are not required, by type. */
const optionalKeys: Readonly<Record<string, JsonObject>> = {
  "io.k8s.api.core.v1.ContainerPort": { protocol: "TCP" },
  "io.k8s.api.core.v1.LocalObjectReference": { name: "" },
  "io.k8s.api.core.v1.ServicePort": { protocol: "TCP" },
};

const untyped: Shape = { type: "scalar", scalar: "untyped" };
const numeric: Shape = { type: "scalar", scalar: "numeric" };
const text: Shape = { type: "scalar", scalar: "string" };
const boolean: Shape = { type: "scalar", scalar: "boolean" };
const anything: Shape = { type: "atomic", holds: "any" };

/** Looks shapes up, each once. */
export class Shapes {
  readonly #schemaOf: SchemaLookup;
  readonly #known = new WeakMap<FieldSchema | TypeSchema, Shape>();

  constructor(schemaOf: SchemaLookup) {
    this.#schemaOf = schemaOf;
  }

  /** The shape of an object of a named type; one unknown is atomic. */
  named(name: string): Shape {
    const schema = this.#schemaOf(name);
    if (!schema) return anything;
    let shape = this.#known.get(schema);
    if (!shape) {
      shape = { type: "struct", schema };
      if (schema.mapType === "atomic") shape = { type: "atomic", holds: "map", inside: shape };
      this.#known.set(schema, shape);
    }
    return shape;
  }

  of(field: FieldSchema): Shape {
    let shape = this.#known.get(field);
    if (!shape) {
      shape = this.#make(field);
      this.#known.set(field, shape);
    }
    return shape;
  }

  #make(field: FieldSchema): Shape {
    switch (field.type) {
      case "string":
        return field.format === "int-or-string" || field.format === "quantity" ? untyped : text;
      case "integer":
      case "number":
        return numeric;
      case "boolean":
        return boolean;
      case "any":
        return anything;
      case "ref": {
        const shape = this.named(field.ref);
        return field.mapType === "atomic" && shape.type === "struct"
          ? { type: "atomic", holds: "map", inside: shape }
          : shape;
      }
      case "map": {
        const map: Shape = { type: "map", values: field.values };
        return field.mapType === "atomic" ? { type: "atomic", holds: "map", inside: map } : map;
      }
      case "array": {
        const keyed = field.listType === "map";
        const associative = keyed || field.listType === "set";
        const keys = keyed ? (field.mapKeys ?? []) : undefined;
        const keyDefaults = this.#keyDefaults(field.items, keys);
        const list: Shape = { type: "list", items: field.items, keys, keyDefaults, associative };
        return associative ? list : { type: "atomic", holds: "list", inside: list };
      }
    }
  }

  /** Upstream's OpenAPI has a default for every field that is required: the zero of its type. */
  #keyDefaults(items: FieldSchema, keys: readonly string[] = []): JsonObject {
    const schema = items.type === "ref" ? this.#schemaOf(items.ref) : undefined;
    if (!schema) return {};
    const defaults: JsonObject = { ...optionalKeys[schema.name] };
    for (const key of keys)
      if (schema.required.includes(key)) defaults[key] = schema.fields[key]?.type === "integer" ? 0 : "";
    return defaults;
  }

  /** The shape of what stands at a key of a struct or map; undefined for a field the type does not have. */
  at(shape: Shape, key: string): Shape | undefined {
    if (shape.type === "map") return this.of(shape.values);
    if (shape.type !== "struct") return undefined;
    const field = Object.hasOwn(shape.schema.fields, key) ? shape.schema.fields[key] : undefined;
    return field && this.of(field);
  }

  items(shape: Extract<Shape, { type: "list" }>): Shape {
    return this.of(shape.items);
  }
}

const shapesOf = new WeakMap<SchemaLookup, Shapes>();

/** One {@link Shapes} per lookup. */
export function shapes(schemaOf: SchemaLookup): Shapes {
  let found = shapesOf.get(schemaOf);
  if (!found) {
    found = new Shapes(schemaOf);
    shapesOf.set(schemaOf, found);
  }
  return found;
}

/** The element that identifies an item of a list. @returns an error text instead when it has no identity */
export function itemElement(
  list: Extract<Shape, { type: "list" }>,
  item: Json,
): { readonly element: string } | { readonly error: string } {
  if (list.keys) {
    if (item === null) return { error: "associative list with keys may not have a null element" };
    if (!isObject(item)) return { error: "associative list with keys may not have non-map elements" };
    const keys: [string, Json][] = [];
    for (const name of list.keys) {
      const value = own(item, name) ?? own(list.keyDefaults, name);
      if (value !== undefined) keys.push([name, value]);
    }
    if (keys.length === 0) {
      const names = list.keys.map((key) => JSON.stringify(key)).join(" ");
      return {
        error: `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
      };
    }
    return { element: keyElement(keys) };
  }
  if (item === null) return { error: "associative list without keys has an element that's an explicit null" };
  if (isObject(item)) return { error: "associative list without keys has an element that's a map type" };
  if (Array.isArray(item)) return { error: "not supported: associative list with lists as elements" };
  return { element: valueElement(item) };
}

/** The element of an item of a list that has been validated. */
export function elementOf(list: Extract<Shape, { type: "list" }>, item: Json): string | undefined {
  const [key, another] = list.keys ?? [];
  if (key !== undefined && another === undefined && isObject(item)) {
    const value = own(item, key);
    if (value !== undefined && value !== null) return singleKeyElement(key, value);
  }
  const result = itemElement(list, item);
  return "element" in result ? result.element : undefined;
}
