/**
 * YAML as kubectl writes it (sigs.k8s.io/yaml, which is go-yaml v2): keys sorted, sequences not indented below their
 * key, strings plain unless they would read as something else, long lines folded.
 */
import { byGoKey } from "./go-key-order.ts";
import { goFloat, resolvePlain } from "./go-scalars.ts";
import { type ScalarPlace, writeScalar } from "./yaml-scalar.ts";

/** The longest key that stands before its colon on one line. */
const longestSimpleKey = 128;
/** Text that nothing can be mistaken in, but for words like `yes`. */
const simple = /^[a-zA-Z][\w./-]*$/;
/** Keys that sort letter by letter. */
const lettersOnly = /^[a-z][a-zA-Z]*$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

function scalar(value: unknown, place: ScalarPlace): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 1e20 ? String(value) : goFloat(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  const text = String(value);
  if (simple.test(text) && resolvePlain(text, "v2").tag === "!!str") return text;
  if (text.includes("\n")) return writeScalar(text, "literal", place);
  const readsAsText = resolvePlain(text, "v2").tag === "!!str" && !sexagesimal.test(text);
  return writeScalar(text, readsAsText ? "plain" : "double", place);
}

const isEmpty = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : undefined;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? "{}" : undefined;
  return undefined;
};

const isScalar = (value: unknown) => typeof value !== "object" || value === null;

/** @param indent of the block that the lines belong to */
function lines(value: unknown, indent: number): string[] {
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const empty = isEmpty(item);
      if (empty) return [`${pad}- ${empty}`];
      if (isScalar(item)) return [`${pad}- ${scalar(item, { indent: indent + 2, column: indent + 2, key: false })}`];
      const [first = "", ...rest] = lines(item, indent + 2);
      return [`${pad}- ${first.slice(indent + 2)}`, ...rest];
    });
  }
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return keys
    .sort(keys.every((key) => lettersOnly.test(key)) ? undefined : byGoKey)
    .flatMap((key) => entry(key, object[key], indent));
}

function entry(key: string, value: unknown, indent: number): string[] {
  const pad = " ".repeat(indent);
  const simple = Buffer.byteLength(key) <= longestSimpleKey && !key.includes("\n");
  const name = scalar(key, { indent: indent + 2, column: indent + (simple ? 0 : 2), key: simple });
  const head = simple ? `${pad}${name}:` : `${pad}? ${name}\n${pad}:`;
  const empty = isEmpty(value);
  if (empty) return [`${head} ${empty}`];
  const column = indent + (simple ? [...name].length + 2 : 2);
  if (isScalar(value)) return [`${head} ${scalar(value, { indent: indent + 2, column, key: false })}`];
  if (simple) return [head, ...lines(value, Array.isArray(value) ? indent : indent + 2)];
  const [first = "", ...rest] = lines(value, indent + 2);
  return [`${head} ${first.slice(indent + 2)}`, ...rest];
}

/** One document, with its closing newline. */
export function toYaml(value: unknown): string {
  const empty = isEmpty(value);
  if (empty) return `${empty}\n`;
  if (isScalar(value)) return `${scalar(value, { indent: 0, column: 0, key: false })}\n`;
  return `${lines(value, 0).join("\n")}\n`;
}

/** One item of a sequence that is not indented, with its closing newline. */
export const yamlItem = (value: unknown): string => `${lines([value], 0).join("\n")}\n`;
