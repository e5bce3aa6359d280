/**
 * The short codes in which the generated schema writes field types: `string`, `int32`, `ref:<full name>`, `[]<code>`,
 * `{}<code>`, …
 * A `~` before a scalar says that Go leaves a zero value out.
 */
import type { FieldSchema } from "./schema.ts";

const scalars: Readonly<Record<string, FieldSchema>> = {
  any: { type: "any" },
  bool: { type: "boolean" },
  byte: { type: "string", format: "byte" },
  "date-time": { type: "string", format: "date-time" },
  double: { type: "number", format: "double" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  "int-or-string": { type: "string", format: "int-or-string" },
  "micro-time": { type: "string", format: "micro-time" },
  quantity: { type: "string", format: "quantity" },
  string: { type: "string" },
};

/** @throws when the code is none: the generated schema and this file disagree */
export const fieldOfCode = (code: string): FieldSchema => {
  const scalar = scalars[code.startsWith("~") ? code.slice(1) : code];
  if (scalar) return scalar;
  if (code.startsWith("[]")) return { type: "array", items: fieldOfCode(code.slice(2)) };
  if (code.startsWith("{}")) return { type: "map", values: fieldOfCode(code.slice(2)) };
  if (code.startsWith("any:")) return { type: "any" };
  if (code.startsWith("ref:")) return { type: "ref", ref: code.slice(4) };
  throw new Error(`unknown schema code ${code}`);
};
