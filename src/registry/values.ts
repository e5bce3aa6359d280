/** Plain JSON values: copying, comparing, freezing. */

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A deep copy that can be changed. Properties that are undefined are left out, as JSON does. */
export function clone<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clone) as T;
  if (typeof value !== "object" || value === null) return value;
  const out: JsonObject = {};
  for (const key in value) {
    const item = value[key];
    if (item === undefined) continue;
    if (key === "__proto__") Object.defineProperty(out, key, { value: clone(item), enumerable: true });
    else out[key] = typeof item === "object" && item !== null ? clone(item) : item;
  }
  return out as T;
}

/** Are two JSON values the same? The order of an object's properties does not matter; undefined ones are absent. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  return equalBut(undefined, a, b);
}

/** Are two objects the same, but for the property of this name? */
export function equalBut(name: string | undefined, a: object, b: object): boolean {
  const x = a as JsonObject;
  const y = b as JsonObject;
  for (const key in x) if (key !== name && !equal(x[key], y[key])) return false;
  for (const key in y) if (key !== name && y[key] !== undefined && x[key] === undefined) return false;
  return true;
}

/** Freezes a value that nobody else holds, all the way down. */
export function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) freezeObject(value);
  return value;
}

function freezeObject(value: object): void {
  if (Object.isFrozen(value)) return;
  Object.freeze(value);
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && item !== null) freezeObject(item);
    return;
  }
  for (const key in value) {
    const item: unknown = value[key as keyof object];
    if (typeof item === "object" && item !== null) freezeObject(item);
  }
}
