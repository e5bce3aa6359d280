import { badRequest } from "../../base/errors.ts";
import { copy, isObject, type Json, type JsonObject, jsonType, own, put } from "./json.ts";

function merge(target: Json | undefined, patch: JsonObject): JsonObject {
  const out: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete out[key];
    else put(out, key, isObject(value) ? merge(own(out, key), value) : value);
  }
  return out;
}

/**
 * Applies a merge patch (RFC 7396): null removes, objects merge, everything else replaces.
 * @param object is left as it is
 * @param patch the decoded body
 * @returns a new object that shares nothing with its inputs
 * @throws 400 when the patch is not an object
 */
export function applyMergePatch<T extends object>(object: T, patch: unknown): T {
  if (patch === null) throw badRequest("Invalid JSON Patch");
  if (!isObject(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(patch as Json)} into Go value of type map[string]interface {}`,
    );
  return copy(merge(object as unknown as JsonObject, patch)) as unknown as T;
}
