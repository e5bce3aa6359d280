/**
 * Field errors, as validation reports them: one cause of a 422 `Invalid` each.
 * Reasons and message shapes are upstream's (apimachinery `util/validation/field`).
 */
import type { StatusCause } from "../base/errors.ts";

export interface FieldError extends StatusCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** A path to a field: `path("spec").key("ports").index(0).key("name")` reads `spec.ports[0].name`. */
export class Path {
  readonly text: string;
  constructor(text = "") {
    this.text = text;
  }
  /** A field of a structure. */
  key(...names: string[]): Path {
    return new Path([this.text, ...names].filter(Boolean).join("."));
  }
  /** An item of a list. */
  index(i: number): Path {
    return new Path(`${this.text}[${i}]`);
  }
  /** An entry of a map: `data[name]`. */
  entry(name: string): Path {
    return new Path(`${this.text}[${name}]`);
  }
  toString(): string {
    return this.text;
  }
}

export const path = (...names: string[]) => new Path().key(...names);

/** How a value stands in a message: strings quoted, objects as JSON, as upstream. */
const show = (value: unknown): string => (value === undefined ? "null" : JSON.stringify(value));

const error = (reason: string, at: Path, message: string): FieldError => ({ reason, message, field: at.text });
const tail = (detail: string) => (detail ? `: ${detail}` : "");

export const required = (at: Path, detail = "") => error("FieldValueRequired", at, `Required value${tail(detail)}`);
export const invalidValue = (at: Path, value: unknown, detail: string) =>
  error("FieldValueInvalid", at, `Invalid value: ${show(value)}${tail(detail)}`);
export const typeInvalid = (at: Path, value: unknown, detail: string) =>
  error("FieldValueTypeInvalid", at, `Invalid value: ${show(value)}${tail(detail)}`);
export const duplicate = (at: Path, value: unknown) =>
  error("FieldValueDuplicate", at, `Duplicate value: ${show(value)}`);
export const forbiddenField = (at: Path, detail: string) =>
  error("FieldValueForbidden", at, `Forbidden${tail(detail)}`);
export const fieldNotFound = (at: Path, value: unknown) => error("FieldValueNotFound", at, `Not found: ${show(value)}`);
export const notSupported = (at: Path, value: unknown, supported: readonly string[]) =>
  error(
    "FieldValueNotSupported",
    at,
    `Unsupported value: ${show(value)}${supported.length ? `: supported values: ${supported.map((s) => JSON.stringify(s)).join(", ")}` : ""}`,
  );
export const tooLong = (at: Path, maxBytes: number) =>
  error("FieldValueTooLong", at, `Too long: may not be more than ${maxBytes} bytes`);
export const tooMany = (at: Path, actual: number, max: number) =>
  error("FieldValueTooMany", at, `Too many: ${actual}: must have at most ${max} items`);
