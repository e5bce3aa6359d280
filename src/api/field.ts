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
  private readonly parent: Path | undefined;
  private readonly last: string;
  /** @param parent what `text` follows, as it is */
  constructor(text = "", parent?: Path) {
    this.parent = parent;
    this.last = text;
  }
  /** Put together when asked for: validation makes many paths and shows few. */
  get text(): string {
    if (!this.parent) return this.last;
    const before = this.parent.text;
    return before || this.last[0] !== "." ? before + this.last : this.last.slice(1);
  }
  /** A field of a structure. */
  key(...names: string[]): Path {
    const [name] = names;
    const text = names.length === 1 ? name : names.filter(Boolean).join(".");
    return text ? new Path(`.${text}`, this) : this;
  }
  /** An item of a list. */
  index(i: number): Path {
    return new Path(`[${i}]`, this);
  }
  /** An entry of a map: `data[name]`. */
  entry(name: string): Path {
    return new Path(`[${name}]`, this);
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
