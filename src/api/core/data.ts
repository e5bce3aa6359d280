/** Rules of data that ConfigMap and Secret share. Texts are upstream's. */
import { semanticEqual } from "../equal.ts";
import { type FieldError, forbiddenField, path } from "../field.ts";

/** Most bytes of data that one object may hold. */
export const bytesMax = 1024 * 1024;

/** How many bytes base64 text stands for. */
export const decodedLength = (text: string): number => Buffer.byteLength(text, "base64");

/** What an object that is marked immutable may not change. */
export function validateImmutable<T extends { immutable?: boolean }>(
  next: T,
  previous: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!previous.immutable) return [];
  const text = "field is immutable when `immutable` is set";
  return [
    ...(next.immutable ? [] : [forbiddenField(path("immutable"), text)]),
    ...fields
      .filter((name) => !semanticEqual(next[name] ?? {}, previous[name] ?? {}))
      .map((name) => forbiddenField(path(name), text)),
  ];
}
