/** What differs between two versions of an object, as sets of fields. */
import { equal, isList, isObject, type Json, type JsonObject, own } from "../patch/json.ts";
import { type FieldSet, SetBuilder } from "./fields-v1.ts";
import { fieldElement } from "./path-element.ts";
import { elementOf, type Shape, type Shapes } from "./typed.ts";
import { zeroValues } from "./zero-values.ts";

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

class Comparer {
  readonly removed = new SetBuilder();
  readonly changed = new SetBuilder();
  readonly #shapes: Shapes;
  readonly #path: string[] = [];

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  compare(before: Json | undefined, after: Json | undefined, shape: Shape): void {
    // Unchanged subtrees are often the very same object.
    if (before === after) return;
    switch (shape.type) {
      case "struct":
      case "map":
        if (isMapOrNothing(before) && isMapOrNothing(after)) this.#map(before, after, shape);
        else this.#leaf(before, after);
        break;
      case "list":
        if (isListOrNothing(before) && isListOrNothing(after)) this.#list(before, after, shape);
        else this.#leaf(before, after);
        break;
      default:
        this.#leaf(before, after);
    }
  }

  #leaf(before: Json | undefined, after: Json | undefined): void {
    if (after === undefined) this.removed.add(this.#path);
    else if (before === undefined || !equal(before, after)) this.changed.add(this.#path);
  }

  #itself(before: Json | undefined, after: Json | undefined): void {
    if (before === undefined) this.changed.add(this.#path);
    else if (after === undefined) this.removed.add(this.#path);
  }

  #at(element: string, before: Json | undefined, after: Json | undefined, shape: Shape): void {
    this.#path.push(element);
    this.compare(before, after, shape);
    this.#path.pop();
  }

  #map(
    before: JsonObject | null | undefined,
    after: JsonObject | null | undefined,
    shape: Extract<Shape, { type: "struct" | "map" }>,
  ): void {
    const zeros = shape.type === "struct" ? zeroValues(shape.schema) : undefined;
    if (!zeros && isEmptyValue(before) && isEmptyValue(after)) {
      this.#leaf(before, after);
      return;
    }
    const both = (key: string) => {
      const left = before ? own(before, key) : undefined;
      const right = after ? own(after, key) : undefined;
      if (left === right) return;
      const inner = this.#shapes.at(shape, key);
      if (inner) this.#at(fieldElement(key), left, right, inner);
    };
    const zero = (key: string, value: Json) => {
      const left = before ? (own(before, key) ?? value) : undefined;
      const right = after ? (own(after, key) ?? value) : undefined;
      const inner = this.#shapes.at(shape, key);
      if (inner) this.#at(fieldElement(key), left, right, inner);
    };
    if (after) for (const key in after) if (zeros?.[key] === undefined) both(key);
    if (before)
      for (const key in before) if (zeros?.[key] === undefined && (!after || own(after, key) === undefined)) both(key);
    for (const key in zeros) zero(key, zeros[key] as Json);
    this.#itself(before, after);
  }

  #list(before: readonly Json[] | null | undefined, after: readonly Json[] | null | undefined, shape: ListShape): void {
    if (isEmptyValue(before) && isEmptyValue(after)) {
      this.#leaf(before, after);
      return;
    }
    const items = this.#shapes.items(shape);
    const left = group(shape, before);
    const right = group(shape, after);
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      const l = left.get(element) ?? [];
      const r = right.get(element) ?? [];
      if (l.length <= 1 && r.length <= 1) this.#at(element, l[0], r[0], items);
      else this.#duplicates(element, l, r, items);
    }
    this.#itself(before, after);
  }

  /** Items that share their identity are one value together; only their presence as a whole is tracked. */
  #duplicates(element: string, before: readonly Json[], after: readonly Json[], items: Shape): void {
    const path = [...this.#path, element];
    if (before.length >= 2 && after.length >= 2) {
      if (!equal(before, after)) this.changed.add(path);
    } else if (before.length >= 2) {
      if (after.length > 0) this.#at(element, undefined, after[0], items);
      else this.removed.add(path);
    } else {
      if (before.length > 0) this.#at(element, before[0], undefined, items);
      this.changed.add(path);
    }
  }
}

const isMapOrNothing = (value: Json | undefined): value is JsonObject | null | undefined =>
  value === undefined || value === null || isObject(value);
const isListOrNothing = (value: Json | undefined): value is readonly Json[] | null | undefined =>
  value === undefined || value === null || isList(value);

function group(shape: ListShape, list: readonly Json[] | null | undefined): Map<string, Json[]> {
  const out = new Map<string, Json[]>();
  for (const item of list ?? []) {
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
  const comparer = new Comparer(shapes);
  comparer.compare(before, after, shape);
  return { removed: comparer.removed.build(), changed: comparer.changed.build() };
}
