/**
 * Strategic merge patch: a merge patch that knows, from the schema, which lists merge and by which key
 * (apimachinery `util/strategicpatch`).
 */

import { badRequest } from "../../base/errors.ts";
import type { FieldSchema, SchemaLookup, TypeSchema } from "../schema/schema.ts";
import { goText, goType } from "./go-text.ts";
import { copy, isList, isObject, type Json, type JsonObject, jsonType, own, put } from "./json.ts";
import { patchDoesNotApply } from "./json-patch.ts";
import { indexOfKey, inOrder, noMergeKey, patchError, sameItem } from "./strategic-list.ts";

const directive = "$patch";
const retainKeys = "$retainKeys";
const deleteFromList = "$deleteFromPrimitiveList";
const setElementOrder = "$setElementOrder";

const badOrder = () => badRequest("invalid patch format of setElementOrder list");
const badRetainKeys = () => badRequest("invalid patch format of retainKeys");
const badPrimitiveList = () => badRequest("invalid patch format of primitive list");
const badDirective = (type: Json, item: JsonObject) =>
  patchError(`unknown patch type: ${goText(type)} in map: ${goText(item)}`);

/** What is known of the fields of an object: a type's fields, one schema for all values, or nothing. */
type Fields = TypeSchema | FieldSchema | undefined;
type ListSchema = Extract<FieldSchema, { type: "array" }>;

class Patcher {
  readonly #schemaOf: SchemaLookup;
  constructor(schemaOf: SchemaLookup) {
    this.#schemaOf = schemaOf;
  }

  #fieldsOf(schema: FieldSchema | undefined): Fields {
    if (schema?.type === "ref") return this.#schemaOf(schema.ref);
    return schema?.type === "map" ? schema.values : undefined;
  }

  #field(fields: Fields, key: string): FieldSchema | undefined {
    if (!fields || "type" in fields) return fields;
    const field = Object.hasOwn(fields.fields, key) ? fields.fields[key] : undefined;
    const struct = fields.name.slice(fields.name.lastIndexOf(".") + 1);
    if (!field) throw patchError(`unable to find api field in struct ${struct} for the json field "${key}"`);
    return field;
  }

  /** @param original may be changed, but not what is in it */
  map(original: JsonObject, patch: JsonObject, fields: Fields): JsonObject {
    const marker = own(patch, directive);
    if (marker !== undefined) {
      if (marker === "delete") return {};
      if (marker !== "replace") throw badDirective(marker, patch);
      const { [directive]: _, ...rest } = patch;
      return clean(rest);
    }
    const out = original;
    applyRetainKeys(out, patch);
    const done = new Set<string>([retainKeys]);
    for (const [key, order] of Object.entries(patch)) {
      if (!key.startsWith(setElementOrder)) continue;
      done.add(key);
      const name = keyAfter(key, setElementOrder);
      if (name === undefined) throw badOrder();
      if (this.#orderedList(out, patch, name, order, fields)) done.add(name);
    }
    for (const [key, value] of Object.entries(patch)) if (!done.has(key)) this.#entry(out, key, value, fields);
    return out;
  }

  #entry(out: JsonObject, key: string, value: Json, fields: Fields): void {
    let name = key;
    const deleting = key.startsWith(deleteFromList);
    if (deleting) {
      const listName = keyAfter(key, deleteFromList);
      if (listName === undefined) throw badPrimitiveList();
      name = listName;
    }
    if (value === null || value === undefined) {
      delete out[name];
      return;
    }
    const live = own(out, name);
    if (live === undefined || goType(live) !== goType(value)) {
      if (!deleting) put(out, name, clean(value));
      return;
    }
    if (isObject(value)) {
      const schema = this.#field(fields, name);
      put(out, name, this.map({ ...(live as JsonObject) }, value, this.#fieldsOf(schema)));
    } else if (isList(value)) {
      put(out, name, this.#list(live as Json[], value, this.#field(fields, name), deleting));
    } else put(out, name, value);
  }

  #list(live: readonly Json[], patch: readonly Json[], schema: FieldSchema | undefined, deleting: boolean): Json[] {
    const merging = schema?.type === "array" && schema.patchStrategy?.includes("merge");
    return merging ? this.#mergeList(live, patch, schema, deleting) : (clean(patch) as Json[]);
  }

  #mergeList(live: readonly Json[], patch: readonly Json[], schema: ListSchema, deleting: boolean): Json[] {
    if (live.length === 0 && patch.length === 0) return [];
    const mergeKey = schema.patchMergeKey;
    if (!itemsAreObjects([live, patch])) {
      if (deleting) return live.filter((item) => !patch.includes(item));
      return inOrder([...new Set([...live, ...patch])], patch, live, undefined);
    }
    if (mergeKey === undefined) throw patchError("cannot merge lists without merge key for type struct");
    const [base, changes] = withoutDirectives(live, patch as readonly JsonObject[], mergeKey);
    const merged = [...base];
    for (const change of changes) {
      const id = own(change, mergeKey);
      if (id === undefined) throw noMergeKey(change, mergeKey);
      const at = indexOfKey(merged, mergeKey, id);
      if (at < 0) merged.push(clean(change));
      else merged[at] = this.map({ ...(merged[at] as JsonObject) }, change, this.#fieldsOf(schema.items));
    }
    return inOrder(merged, changes, base, mergeKey);
  }

  /** Handles `$setElementOrder/name` together with the list it orders; false when there is no such list. */
  #orderedList(out: JsonObject, patch: JsonObject, name: string, order: Json, fields: Fields): boolean {
    if (!isList(order)) throw patchError(`expected a []interface {}, but received a ${goType(order)}`);
    const live = own(out, name);
    const changes = own(patch, name);
    for (const list of [live, changes])
      if (list !== undefined && !isList(list))
        throw patchError(`expected a []interface {}, but received a ${goType(list)}`);
    const schema = this.#field(fields, name);
    const mergeKey = schema?.type === "array" ? schema.patchMergeKey : undefined;
    if (isList(changes)) checkOrder(changes, order, mergeKey);
    if (!isList(live) && !isList(changes)) return false;
    let merged = (live ?? []) as Json[];
    if (isList(live) && isList(changes)) merged = this.#list(live, changes, schema, false);
    else if (isList(changes)) merged = clean(changes) as Json[];
    put(out, name, inOrder(merged, order, isList(live) ? live : [], mergeKey));
    return true;
  }
}

const keyAfter = (key: string, prefix: string) =>
  key.startsWith(`${prefix}/`) ? key.slice(prefix.length + 1) : undefined;

/** The patch's items must stand in the order that `$setElementOrder` gives, and all be in it. */
function checkOrder(patch: readonly Json[], order: readonly Json[], mergeKey: string | undefined): void {
  if (patch.length === 0 || order.length === 0) return;
  const items = patch.filter((item) => !(isObject(item) && own(item, directive) !== undefined));
  let next = 0;
  for (const item of order) {
    if (next >= items.length) return;
    if (mergeKey !== undefined)
      for (const value of [items[next] as Json, item])
        if (!isObject(value) || own(value, mergeKey) === undefined) throw noMergeKey(value, mergeKey);
    if (sameItem(items[next] as Json, item, mergeKey)) next++;
  }
  if (next < items.length)
    throw patchError(
      `The order in patch list:\n${goText(patch)}\n doesn't match ${setElementOrder} list:\n${goText(order)}\n`,
    );
}

function applyRetainKeys(out: JsonObject, patch: JsonObject): void {
  const keep = own(patch, retainKeys);
  if (keep === undefined) return;
  if (!isList(keep)) throw badRetainKeys();
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key === retainKeys) continue;
    if (key.startsWith(deleteFromList) || key.startsWith(setElementOrder)) continue;
    if (!keep.includes(key)) throw badRetainKeys();
  }
  for (const key of Object.keys(out)) if (!keep.includes(key)) delete out[key];
}

/** Carries out `$patch` items. */
function withoutDirectives(
  live: readonly Json[],
  patch: readonly JsonObject[],
  mergeKey: string,
): [base: readonly Json[], changes: readonly JsonObject[]] {
  const changes: JsonObject[] = [];
  let base = live;
  let replace = false;
  for (const item of patch) {
    const marker = own(item, directive);
    if (marker === undefined) changes.push(item);
    else if (marker === "delete") {
      const id = own(item, mergeKey);
      if (id === undefined) throw noMergeKey(item, mergeKey);
      base = base.filter((other) => !(isObject(other) && own(other, mergeKey) === id));
    } else if (marker === "replace") replace = true;
    else if (marker === "merge") throw patchError("merging lists cannot yet be specified in the patch");
    else throw badDirective(marker, item);
  }
  return replace ? [clean(changes) as Json[], []] : [base, changes];
}

/** Whether a merged list holds objects; all its items must be of one type. */
function itemsAreObjects(lists: readonly (readonly Json[])[]): boolean {
  let type: string | undefined;
  for (const item of lists.flat(1) as Json[]) {
    if (isList(item)) throw patchDoesNotApply();
    if (type !== undefined && goType(item) !== type)
      throw patchError(`list element types are not identical: ${goText(lists)}`);
    type = goType(item);
  }
  return type === goType({});
}

/** A value that the patch brings whole: without nulls in objects and without directives. */
function clean<T extends Json>(value: T): T {
  if (isList(value)) {
    const kept = (value as readonly Json[]).filter((item) => !(isObject(item) && own(item, directive) !== undefined));
    return kept.map(clean) as unknown as T;
  }
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  if (own(value, directive) === "delete") return out as T;
  for (const [key, item] of Object.entries(value as JsonObject)) {
    if (item === null || key === directive || key === retainKeys) continue;
    if (key.startsWith(`${deleteFromList}/`) || key.startsWith(`${setElementOrder}/`)) continue;
    put(out, key, clean(item));
  }
  return out as T;
}

/**
 * Applies a strategic merge patch.
 * @param object is left as it is
 * @param patch the decoded body
 * @param typeName full schema name of the object's type
 * @returns a new object that shares nothing with its inputs
 * @throws 400 for malformed directives or a patch that is not an object, 422 for lists of lists, and upstream's 500
 *   for a list item without its merge key
 */
export function applyStrategicPatch<T extends object>(
  object: T,
  patch: unknown,
  typeName: string,
  schemaOf: SchemaLookup,
): T {
  if (patch === null) return copy(object as unknown as JsonObject) as unknown as T;
  if (!isObject(patch))
    throw badRequest(`json: cannot unmarshal ${jsonType(patch as Json)} into Go value of type map[string]interface {}`);
  const live = object as unknown as JsonObject;
  const patched = new Patcher(schemaOf).map({ ...live }, patch, schemaOf(typeName));
  return copy(patched) as unknown as T;
}
