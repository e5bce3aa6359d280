/**
 * Do two strategic patches want different things of the same field (`strategicpatch.MergingMapsHaveConflicts`)? That is what
 * `apply --overwrite=false` looks at: what it would change, and what others changed since the last apply. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import type { FieldSchema, SchemaLookup } from "../../../api/schema/schema.ts";
import { type Fields, fieldOf, isList, isObject, type Json, type JsonObject, strategies } from "./three-way.ts";

/** @param type full name of the objects' type */
export const patchesConflict = (schemaOf: SchemaLookup, type: string, left: JsonObject, right: JsonObject): boolean =>
  new Conflicts(schemaOf).objects(left, right, schemaOf(type));

class Conflicts {
  readonly #schemaOf: SchemaLookup;
  constructor(schemaOf: SchemaLookup) {
    this.#schemaOf = schemaOf;
  }

  objects(left: JsonObject, right: JsonObject, fields: Fields): boolean {
    // A directive is about the whole object.
    if (left.$patch !== right.$patch) return true;
    return Object.entries(left).some(([key, value]) => {
      const other = right[key];
      if (key === "$patch" || key === "$retainKeys" || other === undefined) return false;
      return this.#values(value, other, fieldOf(fields, key));
    });
  }

  #values(left: Json, right: Json, schema: FieldSchema | undefined): boolean {
    if (isObject(left)) {
      if (!isObject(right)) return true;
      if (left.$patch !== right.$patch) return true;
      return !strategies(schema).includes("replace") && this.objects(left, right, this.#within(schema));
    }
    if (isList(left)) return !isList(right) || this.#lists(left, right, schema);
    return !isDeepStrictEqual(left, right);
  }

  #lists(left: readonly Json[], right: readonly Json[], schema: FieldSchema | undefined): boolean {
    const items = schema?.type === "array" ? schema.items : undefined;
    const ofObjects = isObject(left[0]) || isObject(right[0]);
    if (strategies(schema).includes("merge")) {
      if (!ofObjects || schema?.type !== "array") return false;
      const keyOf = (item: Json) => (isObject(item) ? item[schema.patchMergeKey ?? ""] : undefined);
      return left.some((item) => {
        const other = right.find((one) => keyOf(one) === keyOf(item));
        return other !== undefined && this.#values(item, other, items);
      });
    }
    const sorted = (list: readonly Json[]) =>
      ofObjects ? list : [...new Set(list.map((one) => JSON.stringify(one)))].sort();
    if (left.length !== right.length) return true;
    const [a, b] = [sorted(left), sorted(right)];
    return a.some((item, i) => this.#values(item, b[i] ?? null, items));
  }

  #within(schema: FieldSchema | undefined): Fields {
    if (schema?.type === "ref") return this.#schemaOf(schema.ref);
    return schema?.type === "map" ? schema.values : undefined;
  }
}
