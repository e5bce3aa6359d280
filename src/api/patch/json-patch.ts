/**
 * JSON patches (RFC 6902) as upstream's library (evanphx/json-patch v4) reads them. It is more lenient than the RFC: what
 * is absent from an object is null to `replace`, `copy` and `test`, a value that is left out is null, indices may count
 * from the end, and whatever stands before the first slash of a path is passed over.
 */
import { badRequest, StatusError, tooLarge } from "../../base/errors.ts";
import { copy, equal, isList, isObject, type Json, type JsonObject, jsonType, own, put } from "./json.ts";

const maxOperations = 10_000;

/**
 * The error of a patch that is well-formed but does not apply. Upstream says no more than this to its clients.
 */
export const patchDoesNotApply = () =>
  new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});

/** Lists of the document are changed in place. */
type Container = JsonObject | Json[];

interface Place {
  readonly container: Container;
  readonly key: string;
}

/** The container that a path leads to, and the last name of the path. */
function placeOf(document: JsonObject, path: Json | undefined): Place {
  if (typeof path !== "string") throw patchDoesNotApply();
  const [, ...names] = path.split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const key = names.pop();
  if (key === undefined) throw patchDoesNotApply();
  let container: Container = document;
  for (const name of names) {
    const next: Json = read({ container, key: name });
    if (!isObject(next) && !isList(next)) throw patchDoesNotApply();
    container = next as Container;
  }
  return { container, key };
}

/** @param size one more than the highest index, when indices count from 0 */
function indexOf(key: string, size: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw patchDoesNotApply();
  const index = Number(key) < 0 ? Number(key) + size : Number(key);
  if (index < 0 || index >= size) throw patchDoesNotApply();
  return index;
}

function read({ container, key }: Place): Json {
  if (isObject(container)) return own(container, key) ?? null;
  return container[indexOf(key, container.length)] ?? null;
}

function add({ container, key }: Place, value: Json): void {
  if (isObject(container)) put(container, key, value);
  else if (key === "-") container.push(value);
  else container.splice(indexOf(key, container.length + 1), 0, value);
}

function remove({ container, key }: Place): void {
  if (!isObject(container)) container.splice(indexOf(key, container.length), 1);
  else if (!Object.hasOwn(container, key)) throw patchDoesNotApply();
  else delete container[key];
}

function replace({ container, key }: Place, value: Json): void {
  if (isObject(container)) put(container, key, value);
  else container[indexOf(key, container.length)] = value;
}

/** @returns the document, which `replace` may put another in the place of */
function applied(document: JsonObject, { op, path, from, value = null }: JsonObject): JsonObject {
  switch (op) {
    case "add":
      add(placeOf(document, path), copy(value));
      return document;
    case "remove":
      remove(placeOf(document, path));
      return document;
    case "replace":
      if (path === "") {
        if (!isObject(value)) throw patchDoesNotApply();
        return copy(value);
      }
      replace(placeOf(document, path), copy(value));
      return document;
    case "move": {
      const source = placeOf(document, from);
      const moved = read(source);
      remove(source);
      add(placeOf(document, path), moved);
      return document;
    }
    case "copy":
      add(placeOf(document, path), copy(read(placeOf(document, from))));
      return document;
    case "test":
      if (!equal(path === "" ? document : read(placeOf(document, path)), value)) throw patchDoesNotApply();
      return document;
    default:
      throw patchDoesNotApply();
  }
}

/** What upstream finds out about a patch before it applies it. @throws 400 */
function checkOperation(value: Json): asserts value is JsonObject {
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
}

/**
 * Applies a JSON patch.
 * @param object is left as it is
 * @param operations the decoded body; null is a patch that does nothing
 * @returns a new object that shares nothing with its inputs
 * @throws 400 for a body that is not a patch, 413 for too many operations, 422 for a patch that does not apply
 */
export function applyJsonPatch<T extends object>(object: T, operations: unknown): T {
  let document = copy(object as unknown as JsonObject);
  if (operations === null) return document as unknown as T;
  if (!isList(operations))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(operations as Json)} into Go value of type []handlers.jsonPatchOp`,
    );
  if (operations.length > maxOperations)
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`);
  for (const operation of operations) {
    checkOperation(operation);
    document = applied(document, operation);
  }
  return document as unknown as T;
}
