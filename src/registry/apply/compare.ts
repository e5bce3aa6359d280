/** What differs between two versions of an object, as sets of fields. */
import { equal, isList, isObject, type Json, type JsonObject, own } from "../../api/patch/json.ts";
import { zeroValues } from "../../api/schema/zero-values.ts";
import type { FieldSet } from "./fields-v1.ts";
import { fieldElement } from "./path-element.ts";
import { type Shared, SharedNode, sharedEmpty, whole } from "./shared-sets.ts";
import { elementOf, type Shape, type Shapes } from "./typed.ts";

export interface Comparison {
  /** Present before and not after. */
  readonly removed: FieldSet;
  /** Added, or present in both and different. */
  readonly changed: FieldSet;
}

type ListShape = Extract<Shape, { type: "list" }>;

const isEmptyValue = (value: Json | undefined): boolean => {
  if (value === undefined || value === null) return true;
  if (isList(value)) return value.length === 0;
  for (const _ in value as JsonObject) return false;
  return true;
};

/** A part of the two sets: what differs at one element and below it. Undefined: nothing. */
interface Difference {
  removed: Shared | undefined;
  changed: Shared | undefined;
}

const same: Readonly<Difference> = { removed: undefined, changed: undefined };
const isRemoved: Readonly<Difference> = { removed: sharedEmpty, changed: undefined };
const isChanged: Readonly<Difference> = { removed: undefined, changed: sharedEmpty };

/** What differs in the fields or items of one value; the node itself is a member where it came or went. */
class Differences {
  #removed: SharedNode | undefined;
  #changed: SharedNode | undefined;

  add(element: string, { removed, changed }: Readonly<Difference>): void {
    if (removed) {
      this.#removed ??= new SharedNode();
      this.#removed.add(element, removed);
    }
    if (changed) {
      this.#changed ??= new SharedNode();
      this.#changed.add(element, changed);
    }
  }

  result(before: Json | undefined, after: Json | undefined): Readonly<Difference> {
    if (before !== undefined && after !== undefined)
      return this.#removed || this.#changed
        ? { removed: this.#removed?.shared(), changed: this.#changed?.shared() }
        : same;
    return {
      removed: after === undefined ? member(this.#removed) : this.#removed?.shared(),
      changed: before === undefined ? member(this.#changed) : this.#changed?.shared(),
    };
  }
}

function member(children: SharedNode | undefined): Shared {
  if (!children) return sharedEmpty;
  children.add(".");
  return children.shared();
}

class Comparer {
  readonly #shapes: Shapes;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  compare(before: Json | undefined, after: Json | undefined, shape: Shape): Readonly<Difference> {
    // Unchanged subtrees are often the very same object.
    if (before === after) return same;
    switch (shape.type) {
      case "struct":
      case "map":
        if (isMapOrNothing(before) && isMapOrNothing(after)) return this.#map(before, after, shape);
        break;
      case "list":
        if (isListOrNothing(before) && isListOrNothing(after)) return this.#list(before, after, shape);
    }
    return leaf(before, after);
  }

  #map(
    before: JsonObject | null | undefined,
    after: JsonObject | null | undefined,
    shape: Extract<Shape, { type: "struct" | "map" }>,
  ): Readonly<Difference> {
    const zeros = shape.type === "struct" ? zeroValues(shape.schema) : undefined;
    if (!zeros && isEmptyValue(before) && isEmptyValue(after)) return leaf(before, after);
    const out = new Differences();
    const at = (key: string, left: Json | undefined, right: Json | undefined) => {
      if (left === right) return;
      const inner = this.#shapes.at(shape, key);
      if (inner) out.add(fieldElement(key), this.compare(left, right, inner));
    };
    if (after)
      for (const key in after)
        if (zeros?.[key] === undefined) at(key, before ? own(before, key) : undefined, own(after, key));
    if (before)
      for (const key in before)
        if (zeros?.[key] === undefined && (!after || own(after, key) === undefined))
          at(key, own(before, key), undefined);
    for (const key in zeros) {
      const value = zeros[key] as Json;
      at(key, before ? (own(before, key) ?? value) : undefined, after ? (own(after, key) ?? value) : undefined);
    }
    return out.result(before, after);
  }

  #list(
    before: readonly Json[] | null | undefined,
    after: readonly Json[] | null | undefined,
    shape: ListShape,
  ): Readonly<Difference> {
    if (isEmptyValue(before) && isEmptyValue(after)) return leaf(before, after);
    const items = this.#shapes.items(shape);
    const left = group(shape, before);
    const right = group(shape, after);
    const out = new Differences();
    const at = (element: string) => {
      const l = left.get(element) ?? [];
      const r = right.get(element) ?? [];
      const single = l.length <= 1 && r.length <= 1;
      out.add(element, single ? this.compare(l[0], r[0], items) : this.#duplicates(l, r, items));
    };
    for (const element of left.keys()) at(element);
    for (const element of right.keys()) if (!left.has(element)) at(element);
    return out.result(before, after);
  }

  /** Items that share their identity are one value together; only their presence as a whole is tracked. */
  #duplicates(before: readonly Json[], after: readonly Json[], items: Shape): Readonly<Difference> {
    if (before.length >= 2 && after.length >= 2) return equal(before, after) ? same : isChanged;
    if (before.length >= 2) return after.length > 0 ? this.compare(undefined, after[0], items) : isRemoved;
    const removed = before.length > 0 ? this.compare(before[0], undefined, items).removed : undefined;
    return { removed, changed: sharedEmpty };
  }
}

const leaf = (before: Json | undefined, after: Json | undefined): Readonly<Difference> => {
  if (after === undefined) return isRemoved;
  return before === undefined || !equal(before, after) ? isChanged : same;
};

const isMapOrNothing = (value: Json | undefined): value is JsonObject | null | undefined =>
  value === undefined || value === null || isObject(value);
const isListOrNothing = (value: Json | undefined): value is readonly Json[] | null | undefined =>
  value === undefined || value === null || isList(value);

const nothing: ReadonlyMap<string, Json[]> = new Map();

function group(shape: ListShape, list: readonly Json[] | null | undefined): ReadonlyMap<string, Json[]> {
  if (!list?.length) return nothing;
  const out = new Map<string, Json[]>();
  for (const item of list) {
    const element = elementOf(shape, item);
    if (element === undefined) continue;
    const same = out.get(element);
    if (same) same.push(item);
    else out.set(element, [item]);
  }
  return out;
}

/** Compares two objects of one shape. Fields that the type does not have are not looked at. */
export function compare(before: JsonObject, after: JsonObject, shape: Shape, shapes: Shapes): Comparison {
  const { removed, changed } = new Comparer(shapes).compare(before, after, shape);
  return { removed: whole(removed ?? sharedEmpty), changed: whole(changed ?? sharedEmpty) };
}
