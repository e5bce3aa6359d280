/** JSON patches with the rules and messages of the library that kustomize uses (evanphx/json-patch v4). */
import { fail, KustomizeError } from "./failure.ts";
import type { Value } from "./node-json.ts";

type Doc = { [key: string]: Value };
type Container = Doc | Value[];
export type Operation = { readonly [field: string]: Value };

const isContainer = (value: Value | undefined): value is Container => typeof value === "object" && value !== null;
const copy = <T extends Value>(value: T): T => structuredClone(value);

function missing(message: string): never {
  return fail(`${message}: missing value`);
}

/** @param doc is changed */
export function applyJsonPatch(doc: Doc, operations: readonly Operation[]): Value {
  const patched = { root: doc as Container };
  for (const operation of operations) apply(patched, operation);
  return patched.root;
}

interface Patched {
  root: Container;
}

function apply(patched: Patched, operation: Operation): void {
  const kind = typeof operation.op === "string" ? operation.op : "unknown";
  const path = pathOf(operation.path);
  switch (kind) {
    case "add": {
      const [container, key] = place(patched, path, kind);
      because(`error in add for path: '${path}'`, () => add(container, key, copy(operation.value ?? null)));
      break;
    }
    case "remove": {
      const [container, key] = place(patched, path, kind);
      because(`error in remove for path: '${path}'`, () => remove(container, key));
      break;
    }
    case "replace":
      replace(patched, path, operation);
      break;
    case "move": {
      const [value, container, key] = source(patched, operation, "move");
      because(`error in move for path: '${key}'`, () => remove(container, key));
      land(patched, path, value, "move", `error in move for path: '${path}'`);
      break;
    }
    case "copy": {
      const [value] = source(patched, operation, "copy");
      land(patched, path, copy(value ?? null), "copy", "error while adding value during copy");
      break;
    }
    case "test":
      test(patched, path, operation);
      break;
    default:
      fail(`Unexpected kind: ${kind}`);
  }
}

function place(patched: Patched, path: string | undefined, verb: "add" | "remove"): [Container, string] {
  if (path === undefined) return missing(`${verb} operation failed to decode path`);
  const [container, key] = find(patched.root, path);
  return container ? [container, key] : missing(`${verb} operation does not apply: doc is missing path: "${path}"`);
}

const pathOf = (value: Value | undefined): string | undefined => (typeof value === "string" ? value : undefined);

function because(prefix: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw error instanceof KustomizeError ? new KustomizeError(`${prefix}: ${error.message}`) : error;
  }
}

function replace(patched: Patched, path: string | undefined, operation: Operation): void {
  if (path === undefined) missing("replace operation failed to decode path: operation missing path field");
  if (path === "") {
    if (isContainer(operation.value)) patched.root = copy(operation.value);
    return;
  }
  const [container, key] = find(patched.root, path);
  if (!container) missing(`replace operation does not apply: doc is missing path: ${path}`);
  try {
    get(container, key);
  } catch {
    missing(`replace operation does not apply: doc is missing key: ${path}`);
  }
  if (Array.isArray(container)) container[index(container, key)] = copy(operation.value ?? null);
  else container[key] = copy(operation.value ?? null);
}

function source(patched: Patched, operation: Operation, verb: "move" | "copy"): [Value | undefined, Container, string] {
  const from = pathOf(operation.from);
  if (from === undefined) return missing(`${verb} operation failed to decode from: operation, missing from field`);
  const [container, key] = find(patched.root, from);
  if (!container) missing(`${verb} operation does not apply: doc is missing from path: ${from}`);
  let value: Value | undefined;
  because(verb === "move" ? `error in move for path: '${key}'` : `error in copy for from: '${from}'`, () => {
    value = get(container, key);
  });
  return [value, container, key];
}

function land(patched: Patched, path: string | undefined, value: Value | undefined, verb: string, why: string): void {
  if (path === undefined) missing(`${verb} operation failed to decode path`);
  const [container, key] = find(patched.root, path);
  if (!container) missing(`${verb} operation does not apply: doc is missing destination path: ${path}`);
  because(why, () => add(container, key, value ?? null));
}

function test(patched: Patched, path: string | undefined, operation: Operation): void {
  if (path === undefined) missing("test operation failed to decode path: operation missing path field");
  const failed = () => fail(`testing value ${path} failed: test failed`);
  if (path === "") {
    if (!equal(patched.root, operation.value)) failed();
    return;
  }
  const [container, key] = find(patched.root, path);
  if (!container) missing(`test operation does not apply: is missing path: ${path}`);
  let value: Value | undefined;
  because(`error in test for path: '${path}'`, () => {
    value = get(container, key);
  });
  if (!equal(value ?? null, operation.value ?? null)) failed();
}

function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (!isContainer(a) || !isContainer(b)) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as Doc, b as Doc];
  const keys = Object.keys(x);
  return keys.length === Object.keys(y).length && keys.every((key) => Object.hasOwn(y, key) && equal(x[key], y[key]));
}

/** The container of what a pointer names, and its key there. */
function find(root: Container, path: string): [Container | undefined, string] {
  const split = path.split("/");
  if (split.length < 2) return [undefined, ""];
  let container: Container = root;
  for (const part of split.slice(1, -1)) {
    let next: Value | undefined;
    try {
      next = get(container, unescaped(part));
    } catch {
      return [undefined, ""];
    }
    if (!isContainer(next)) return [undefined, ""];
    container = next;
  }
  return [container, unescaped(split.at(-1) ?? "")];
}

const unescaped = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");

/** @throws KustomizeError for an index that is none; a key that is not there gives nothing */
function get(container: Container, key: string): Value | undefined {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  return container[index(container, key)];
}

function index(list: readonly Value[], key: string, end = list.length): number {
  if (!/^[-+]?\d+$/.test(key)) fail(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  const at = Number(key);
  if (at >= end || at < -end) fail(`Unable to access invalid index: ${at}: invalid index referenced`);
  return at < 0 ? at + end : at;
}

function add(container: Container, key: string, value: Value): void {
  if (!Array.isArray(container)) {
    container[key] = value;
    return;
  }
  if (key === "-") {
    container.push(value);
    return;
  }
  if (!/^[-+]?\d+$/.test(key))
    fail(`value was not a proper array index: '${key}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  container.splice(index(container, key, container.length + 1), 0, value);
}

function remove(container: Container, key: string): void {
  if (Array.isArray(container)) {
    container.splice(index(container, key), 1);
    return;
  }
  if (!Object.hasOwn(container, key)) missing(`Unable to remove nonexistent key: ${key}`);
  delete container[key];
}
