/**
 * A request's JSON as upstream's typed decoding would have it: a copy in which fields that the type does not have are
 * dropped and named, nulls are absent, and values of the wrong type are refused in the decoder's words.
 */
import { decodeTyped, unknownFieldText } from "../api/schema/decode.ts";
import { DecodeError } from "../api/schema/go-values.ts";
import { schemaOf } from "../api/schema/lookup.ts";
import { clone, type JsonObject } from "./values.ts";

export interface Normalized {
  readonly object: JsonObject;
  /** `unknown field "spec.foo"`, in the order of the body. */
  readonly unknown: readonly string[];
  /** Why the body is not of the type, if it is not. */
  readonly mismatch?: DecodeError;
}

export function normalize(body: JsonObject, typeName: string): Normalized {
  if (!schemaOf(typeName)) return { object: withoutNulls(body), unknown: [] };
  try {
    const { object, unknownFields } = decodeTyped(typeName, body);
    return { object: object as JsonObject, unknown: unknownFields.map(unknownFieldText) };
  } catch (error) {
    if (error instanceof DecodeError) return { object: body, unknown: [], mismatch: error };
    throw error;
  }
}

function withoutNulls(value: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) if (item !== null) out[key] = clone(item);
  return out;
}
