/**
 * Equality of values as the API sees it: an absent list or map equals an empty one, `null` equals absent.
 * Quantities are compared as written; defaulting has made them canonical.
 */

/** Fields that are maps, where `{}` says no more than absence. Other objects say something by being there. */
const mapFields = new Set([
  "labels",
  "annotations",
  "matchLabels",
  "nodeSelector",
  "limits",
  "requests",
  "capacity",
  "allocatable",
  "overhead",
  "data",
  "stringData",
  "binaryData",
]);

const isEmpty = (value: unknown, key: string): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) ? value.length === 0 : mapFields.has(key) && Object.keys(value).length === 0);

type Fields = Readonly<Record<string, unknown>>;

function equal(a: unknown, b: unknown, key: string): boolean {
  if (Object.is(a, b)) return true;
  const aEmpty = isEmpty(a, key);
  if (aEmpty || isEmpty(b, key)) return aEmpty && isEmpty(b, key);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i], ""));
  if (Array.isArray(b)) return false;
  const left = a as Fields;
  const right = b as Fields;
  for (const name in left) {
    if (!equal(left[name], Object.hasOwn(right, name) ? right[name] : undefined, name)) return false;
  }
  for (const name in right) if (!Object.hasOwn(left, name) && !isEmpty(right[name], name)) return false;
  return true;
}

export const semanticEqual = (a: unknown, b: unknown): boolean => equal(a, b, "");
