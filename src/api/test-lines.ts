import type { FieldError } from "./field.ts";

/** Field errors as an `Invalid` status shows them, for tests. */
export const lines = (errors: readonly FieldError[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);
