/**
 * The patch of a client-side apply (apimachinery `strategicpatch.CreateThreeWayMergePatch`): from what is there, what was
 * applied last and what is to be applied now. What others added stays; what was applied and is applied no more goes.
 */
import { isDeepStrictEqual } from "node:util";
import type { FieldSchema, SchemaLookup, TypeSchema } from "../../../api/schema/schema.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What is known of an object's fields: a type's, the one schema of all values, or nothing. */
export type Fields = TypeSchema | FieldSchema | undefined;
type ListSchema = Extract<FieldSchema, { type: "array" }>;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** An object and its two earlier states. */
interface States {
  /** As applied last. */
  readonly original: JsonObject;
  /** As to be applied now. */
  readonly modified: JsonObject;
  /** As it is. */
  readonly current: JsonObject;
}

export class ThreeWayDiff {
  readonly #schemaOf: SchemaLookup;
  readonly #setsOrder: boolean;

  /**
   * @param schemaOf knows nothing for a JSON merge patch: then lists are replaced
   * @param setsOrder does the patch say in which order the items of merged lists are?
   */
  constructor(schemaOf: SchemaLookup, { setsOrder = true }: { readonly setsOrder?: boolean } = {}) {
    this.#schemaOf = schemaOf;
    this.#setsOrder = setsOrder;
  }

  /** @param type full name of the object's type @returns an empty object when nothing is to change */
  patch(states: States, type: string): Record<string, Json> {
    return this.#objects(states, this.#schemaOf(type), false);
  }

  #objects({ original, modified, current }: States, fields: Fields, retainKeys: boolean): Record<string, Json> {
    const patch: Record<string, Json> = {};
    for (const [key, value] of Object.entries(modified)) {
      const now = current[key];
      const schema = fieldOf(fields, key);
      if (isObject(value) && isObject(now)) {
        const before = original[key];
        const states = { original: isObject(before) ? before : {}, modified: value, current: now };
        const change = this.#objects(states, this.#within(schema), strategies(schema).includes("retainKeys"));
        if (Object.keys(change).length > 0) patch[key] = change;
      } else if (isList(value) && isList(now) && strategies(schema).includes("merge")) {
        const before = original[key];
        this.#lists(patch, key, isList(before) ? before : [], value, now, schema as ListSchema);
      } else if (now === undefined || !isDeepStrictEqual(now, value)) patch[key] = value;
    }
    for (const key of Object.keys(original)) if (!(key in modified)) patch[key] = null;
    if (retainKeys) {
      const kept = Object.keys(modified).filter((key) => modified[key] !== null);
      const surplus = [original, current].some((o) => Object.keys(o).some((k) => o[k] !== null && !(k in modified)));
      if (kept.length > 0 && (Object.keys(patch).length > 0 || surplus)) patch.$retainKeys = kept.sort();
    }
    return patch;
  }

  #lists(
    patch: Record<string, Json>,
    key: string,
    original: readonly Json[],
    modified: readonly Json[],
    current: readonly Json[],
    schema: ListSchema,
  ): void {
    const mergeKey = schema.patchMergeKey;
    if (mergeKey === undefined) {
      const removed = original.filter((item) => !modified.includes(item));
      const added = modified.filter((item) => !current.includes(item));
      if (added.length > 0) patch[key] = added;
      if (removed.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = removed;
      const reordered = current.length > 0 && !isDeepStrictEqual(current, modified);
      if (this.#setsOrder && (removed.length > 0 || reordered)) patch[`$setElementOrder/${key}`] = modified;
      return;
    }
    const keyOf = (item: Json): Json | undefined => (isObject(item) ? item[mergeKey] : undefined);
    const all = (list: readonly Json[], value: Json | undefined) => list.filter((item) => keyOf(item) === value);
    const find = (list: readonly Json[], value: Json | undefined) => all(list, value)[0];
    // What goes by one name several times is compared in order.
    const places = new Map<Json | undefined, number>();
    const retain = strategies(schema).includes("retainKeys");
    const changes = modified.flatMap((item) => {
      const value = keyOf(item);
      const place = places.get(value) ?? 0;
      places.set(value, place + 1);
      const now = all(current, value)[place];
      if (!isObject(item) || !isObject(now)) return [item];
      const before = all(original, value)[place];
      const states = { original: isObject(before) ? before : {}, modified: item, current: now };
      const change = this.#objects(states, this.#within(schema.items), retain);
      return Object.keys(change).length > 0 ? [{ ...change, [mergeKey]: value as Json }] : [];
    });
    const removed = original
      .filter((item) => find(modified, keyOf(item)) === undefined)
      .map((item) => ({ $patch: "delete", [mergeKey]: keyOf(item) ?? null }));
    if (changes.length + removed.length > 0) patch[key] = [...changes, ...removed];
    const sameOrder =
      current.length === modified.length && current.every((item, i) => keyOf(item) === keyOf(modified[i] as Json));
    const ordered = (current.length > 0 && (changes.length > 0 || !sameOrder)) || removed.length > 0;
    if (this.#setsOrder && ordered) {
      patch[`$setElementOrder/${key}`] = modified.map((item) => ({ [mergeKey]: keyOf(item) ?? null }));
    }
  }

  #within(schema: FieldSchema | undefined): Fields {
    if (schema?.type === "ref") return this.#schemaOf(schema.ref);
    return schema?.type === "map" ? schema.values : undefined;
  }
}

export function fieldOf(fields: Fields, key: string): FieldSchema | undefined {
  if (!fields || "type" in fields) return fields;
  return Object.hasOwn(fields.fields, key) ? fields.fields[key] : undefined;
}

export const strategies = (schema: FieldSchema | undefined): readonly string[] =>
  schema && (schema.type === "array" || schema.type === "ref") ? (schema.patchStrategy ?? []) : [];
