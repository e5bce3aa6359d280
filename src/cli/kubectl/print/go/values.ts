/**
 * Go values as templates and printers meet them. What comes from JSON has Go's decoded types: whole numbers are `int64`,
 * others `float64`, objects `map[string]interface {}`, arrays `[]interface {}`. {@link GoNumber} carries any other type.
 */

/** A number whose Go type is not that of a number from JSON: a constant, a length, a byte. */
export class GoNumber {
  readonly type: "int" | "int64" | "float64" | "uint8" | "int32";
  readonly value: number;
  constructor(type: GoNumber["type"], value: number) {
    this.type = type;
    this.value = value;
  }
}

export const goInt = (value: number): GoNumber => new GoNumber("int", value);

export type GoKind = "nil" | "bool" | "string" | "int" | "uint" | "float" | "slice" | "map";

export function kindOf(value: unknown): GoKind {
  if (value === null || value === undefined) return "nil";
  if (value instanceof GoNumber) return value.type === "float64" ? "float" : value.type === "uint8" ? "uint" : "int";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "bigint":
      return "int";
    case "number":
      return Number.isInteger(value) ? "int" : "float";
    default:
      return Array.isArray(value) ? "slice" : "map";
  }
}

/** `%T`. */
export function typeOf(value: unknown): string {
  if (value instanceof GoNumber) return value.type;
  const names = { nil: "<nil>", bool: "bool", string: "string", int: "int64", uint: "uint8", float: "float64" };
  const kind = kindOf(value);
  return kind === "slice" ? "[]interface {}" : kind === "map" ? "map[string]interface {}" : names[kind];
}

export const numberOf = (value: unknown): number => (value instanceof GoNumber ? value.value : Number(value));

/** Pairs of a map, sorted by key as Go prints and ranges over them. */
export const sortedEntries = (map: object): [string, unknown][] =>
  Object.entries(map).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** Does the value count as true in a condition? */
export function isTrue(value: unknown): boolean {
  switch (kindOf(value)) {
    case "nil":
      return false;
    case "bool":
      return value as boolean;
    case "string":
      return value !== "";
    case "slice":
      return (value as unknown[]).length > 0;
    case "map":
      return Object.keys(value as object).length > 0;
    default:
      return numberOf(value) !== 0;
  }
}
