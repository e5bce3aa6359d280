/**
 * Path elements of FieldsV1: `f:name` a field, `k:{"name":"a"}` an item of a keyed list, `v:"x"` an item of a set,
 * `i:0` a position. The serialized form is the identity; it is canonical, as upstream writes it.
 */
import { isList, isObject, type Json, type JsonObject } from "../../api/patch/json.ts";

/** JSON the way Go writes it. */
function goJson(value: Json): string {
  const text = JSON.stringify(value);
  if (!/[<>&\u2028\u2029]/.test(text)) return text;
  return text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Elements of the names and values that were seen last: most are those of the same few types. */
class Remembered {
  readonly #known = new Map<string, string>();

  get(of: string, make: (of: string) => string): string {
    let element = this.#known.get(of);
    if (element === undefined) {
      element = make(of);
      if (of.length > longestRemembered) return element;
      if (this.#known.size >= mostRemembered) this.#known.clear();
      this.#known.set(of, element);
    }
    return element;
  }
}
const mostRemembered = 1000;
const longestRemembered = 100;

const fields = new Remembered();
const field = (name: string) => `f:${name}`;
export const fieldElement = (name: string): string => fields.get(name, field);
export const valueElement = (value: Json) => `v:${goJson(value)}`;

/** @param keys names and values of the item's key fields */
export function keyElement(keys: readonly (readonly [name: string, value: Json])[]): string {
  const [only, second] = keys;
  if (only && !second) return singleKeyElement(...only);
  const sorted = [...keys].sort(([a], [b]) => compareText(a, b));
  return `k:{${sorted.map(([name, value]) => `${goJson(name)}:${goJson(value)}`).join(",")}}`;
}

/** By the name of the key: its values are few, or do not come again. */
const keyed = new Map<string, Remembered>();

export function singleKeyElement(name: string, value: Json): string {
  if (typeof value !== "string") return `k:{${goJson(name)}:${goJson(value)}}`;
  let known = keyed.get(name);
  if (!known) {
    known = new Remembered();
    keyed.set(name, known);
  }
  return known.get(value, (text) => `k:{${goJson(name)}:${goJson(text)}}`);
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const kinds = "fkvi";
const parsed = (element: string): Json => JSON.parse(element.slice(2)) as Json;

function compareValues(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  return compareText(goJson(a), goJson(b));
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [name, value] = left[i] as [string, Json];
    const [otherName, otherValue] = right[i] as [string, Json];
    const order = compareText(name, otherName) || compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** An item with one key, whose value is a text without escapes: nearly all are. */
const plainKey = /^k:\{"([^"\\]*)":"([^"\\]*)"\}$/;

/** Upstream's order: fields by name, then keyed items, then values, then positions. */
export function compareElements(a: string, b: string): number {
  const kind = a[0] as string;
  if (kind !== b[0]) return kinds.indexOf(kind) - kinds.indexOf(b[0] as string);
  if (kind === "f") return compareText(a, b);
  const [x, y] = [plainKey.exec(a), plainKey.exec(b)];
  if (x && y && x[1] === y[1]) return compareText(x[2] as string, y[2] as string);
  try {
    const left = parsed(a);
    const right = parsed(b);
    return isObject(left) && isObject(right) ? compareKeys(left, right) : compareValues(left, right);
  } catch {
    return compareText(a, b);
  }
}

const valueText = (value: Json): string => {
  if (isList(value)) return `[${value.map(valueText).join(",")}]`;
  if (isObject(value))
    return Object.entries(value)
      .map(([key, item]) => `${key}=${valueText(item)}`)
      .join("");
  return JSON.stringify(value);
};

/** How people read it: `.name`, `[name="a"]`, `[="x"]`, `[0]`. */
export function elementText(element: string): string {
  const content = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${content}`;
    case "k": {
      const keys = Object.entries(parsed(element) as JsonObject);
      return `[${keys.map(([name, value]) => `${name}=${valueText(value)}`).join(",")}]`;
    }
    case "v":
      return `[=${valueText(parsed(element))}]`;
    default:
      return `[${content}]`;
  }
}

/** Whether it is one of the four forms. */
export function isElement(text: string): boolean {
  switch (text.slice(0, 2)) {
    case "f:":
      return true;
    case "i:":
      return /^-?\d+$/.test(text.slice(2));
    case "k:":
    case "v:":
      try {
        const value = parsed(text);
        return text[0] === "v" || isObject(value);
      } catch {
        return false;
      }
    default:
      return false;
  }
}
