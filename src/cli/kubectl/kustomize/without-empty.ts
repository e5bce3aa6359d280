/** A configuration as upstream's types are written: what is empty is left out. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => !isEmpty(inner))
      .map(([key, inner]) => [key, withoutEmpty(inner)]),
  );
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || value === false || value === 0 || (Array.isArray(value) && value.length === 0);
