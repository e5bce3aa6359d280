import { applyPatch, type Operation, Pointer } from "rfc6902";
import { badRequest, StatusError, tooLarge } from "../../base/errors.ts";
import { copy, isList, isObject, type Json, type JsonObject, jsonType } from "./json.ts";

const maxOperations = 10_000;
const verbs = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/**
 * The error of a patch that is well-formed but does not apply. Upstream says no more than this to its clients.
 */
export const patchDoesNotApply = () =>
  new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});

/** Names that the library passes over when it follows a pointer, lest it reach a prototype. */
const unreachable = /\/(__proto__|constructor|prototype)(\/|$)/;

/** A JSON pointer: empty, or starting with a slash. */
const isPointer = (value: Json | undefined): value is string =>
  typeof value === "string" && (value === "" || value.startsWith("/")) && !unreachable.test(value);

function operation(value: Json): Operation {
  if (!isObject(value))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go value of type handlers.jsonPatchOp`,
    );
  for (const key of ["op", "path", "from"]) {
    const given = value[key];
    if (given !== undefined && given !== null && typeof given !== "string")
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${jsonType(given)} into Go struct field jsonPatchOp.${key} of type string`,
      );
  }
  const { op, path, from } = value;
  const needsFrom = op === "move" || op === "copy";
  const needsValue = op === "add" || op === "replace";
  if (typeof op !== "string" || !verbs.has(op) || !isPointer(path)) throw patchDoesNotApply();
  if ((needsFrom && !isPointer(from)) || (needsValue && value.value === undefined)) throw patchDoesNotApply();
  // A test without a value compares with null, as upstream.
  return (op === "test" ? { ...value, value: value.value ?? null } : value) as unknown as Operation;
}

/**
 * Applies a JSON patch (RFC 6902).
 * @param object is left as it is
 * @param operations the decoded body
 * @returns a new object that shares nothing with its inputs
 * @throws 400 for a body that is not a patch, 413 for too many operations, 422 for a patch that does not apply
 */
export function applyJsonPatch<T extends object>(object: T, operations: unknown): T {
  if (!isList(operations))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(operations as Json)} into Go value of type []handlers.jsonPatchOp`,
    );
  if (operations.length > maxOperations)
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`);
  const root = { document: copy(object as unknown as JsonObject) };
  for (const item of operations) {
    const op = operation(copy(item));
    const moved = { ...op, path: `/document${op.path}` } as Operation & { from?: string };
    if (moved.from !== undefined) moved.from = `/document${moved.from}`;
    // A value moved into itself would vanish.
    if (moved.op === "move" && moved.path.startsWith(`${moved.from}/`)) throw patchDoesNotApply();
    // Upstream takes an absent value for null.
    if (moved.op === "test" && moved.value === null && Pointer.fromJSON(moved.path).get(root) === undefined) continue;
    const [error] = applyPatch(root, [moved]);
    if (error) throw patchDoesNotApply();
  }
  if (!isObject(root.document)) throw patchDoesNotApply();
  return copy(root.document) as unknown as T;
}
