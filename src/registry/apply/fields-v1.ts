/**
 * Sets of fields, as FieldsV1 writes them: a tree of path elements. An empty object below the root is a member of the
 * set; an object with children is a member too when it has the key `.`. The empty set is an empty root.
 *
 * Sets are never changed once made; operations return one of their inputs where nothing changes, so `===` tells.
 */
import { compareElements, elementText, isElement } from "./path-element.ts";

export type FieldSet = { readonly [element: string]: FieldSet };
type Building = { [element: string]: FieldSet };

export const emptySet: FieldSet = Object.freeze({});
const self = ".";

/** Own keys only, and safe for any key: a field may be called `__proto__`, its element is `f:__proto__`. */
const child = (set: FieldSet, element: string): FieldSet | undefined => set[element];

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

const isMember = (node: FieldSet): boolean => node[self] !== undefined || isEmpty(node);

/** A node below the root out of its parts; undefined when nothing is left of it. */
function node(member: boolean, children: Building): FieldSet | undefined {
  if (isEmpty(children)) return member ? emptySet : undefined;
  return member ? { [self]: emptySet, ...children } : children;
}

export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set;
  for (const element of path) at = at && child(at, element);
  return path.length > 0 && at !== undefined && isMember(at);
}

/** Is the element itself in the set? */
export function hasElement(set: FieldSet, element: string): boolean {
  const at = child(set, element);
  return at !== undefined && isMember(at);
}

/** What of the set is below the element; empty when nothing is. */
export function below(set: FieldSet, element: string): FieldSet {
  const at = child(set, element);
  if (!at) return emptySet;
  if (at[self] === undefined) return at;
  const { [self]: _, ...rest } = at;
  return rest;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b) || a === b) return a;
  let out: Building | undefined;
  for (const element in b) {
    if (element === self) continue;
    const left = child(a, element);
    const right = b[element] as FieldSet;
    if (left === undefined) {
      out ??= { ...a };
      out[element] = right;
      continue;
    }
    const joined = unionNode(left, right);
    if (joined !== left) {
      out ??= { ...a };
      out[element] = joined;
    }
  }
  return out ?? a;
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const own = withoutSelf(a);
  const children = union(own, withoutSelf(b));
  const member = isMember(a) || isMember(b);
  if (isMember(a) === member && children === own) return a;
  return node(member, { ...children }) as FieldSet;
}

function withoutSelf(a: FieldSet): FieldSet {
  if (a[self] === undefined) return a;
  const { [self]: _, ...rest } = a;
  return rest;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return emptySet;
  const out: Building = {};
  for (const element in b) {
    if (element === self) continue;
    const left = child(a, element);
    const right = b[element] as FieldSet;
    if (left === undefined) continue;
    const both = node(isMember(left) && isMember(right), { ...intersection(left, right) });
    if (both) out[element] = both;
  }
  return isEmpty(out) ? emptySet : out;
}

/** What is in `a` and not in `b`. Only members count: taking away a parent leaves its children. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let out: Building | undefined;
  for (const element in b) {
    if (element === self) continue;
    const left = child(a, element);
    if (left === undefined) continue;
    const right = b[element] as FieldSet;
    const children = difference(left, right);
    const member = isMember(left);
    const stays = member && !isMember(right);
    if (children === left && stays === member) continue;
    out ??= { ...a };
    const { [self]: _, ...rest } = children;
    const kept = node(stays, rest);
    if (kept) out[element] = kept;
    else delete out[element];
  }
  return out ?? a;
}

/** {@link difference}, and with each member of `b` everything below it goes too. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  let out: Building | undefined;
  for (const element in b) {
    if (element === self) continue;
    const left = child(a, element);
    if (left === undefined) continue;
    const right = b[element] as FieldSet;
    const rest = isMember(right) ? emptySet : recursiveDifference(left, right);
    if (rest === left && !isMember(right)) continue;
    out ??= { ...a };
    const kept = isMember(right) ? undefined : node(isMember(left), { ...withoutSelf(rest) });
    if (kept) out[element] = kept;
    else delete out[element];
  }
  return out ?? a;
}

/** Collects paths into a set. */
export class SetBuilder {
  readonly #root: MutableNode = new MutableNode();

  /** The path is copied; the empty path is not tracked. */
  add(path: readonly string[]): void {
    if (path.length === 0) return;
    let at = this.#root;
    for (const element of path) at = at.child(element);
    at.member = true;
  }

  get empty(): boolean {
    return this.#root.children.size === 0;
  }

  build(): FieldSet {
    return this.#root.children.size === 0 ? emptySet : this.#root.build();
  }
}

class MutableNode {
  member = false;
  readonly children = new Map<string, MutableNode>();

  child(element: string): MutableNode {
    let found = this.children.get(element);
    if (!found) {
      found = new MutableNode();
      this.children.set(element, found);
    }
    return found;
  }

  build(): FieldSet {
    if (this.children.size === 0) return emptySet;
    const out: Building = this.member ? { [self]: emptySet } : {};
    for (const [element, below] of this.children) out[element] = below.build();
    return out;
  }
}

/** A set of the given paths. */
export function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  const builder = new SetBuilder();
  for (const path of paths) builder.add(path);
  return builder.build();
}

/** Sets out of stored objects, which never change, that are known to be well-formed. */
const wellFormed = new WeakSet<FieldSet>();

/** Upstream's order of a node's keys, as it is stored: the node itself first. */
export const selfFirst = (a: string, b: string): number => (a === self ? -1 : b === self ? 1 : compareElements(a, b));

/** All members, upstream's way: at each level first the members, then what is below. */
export function* paths(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const elements = Object.keys(set)
    .filter((element) => element !== self)
    .sort(compareElements);
  for (const element of elements) if (isMember(set[element] as FieldSet)) yield [...prefix, element];
  for (const element of elements) yield* paths(set[element] as FieldSet, [...prefix, element]);
}

export const pathText = (path: readonly string[]): string => path.map(elementText).join("");

/** Whether a value from outside is a well-formed set. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (wellFormed.has(value as FieldSet)) return true;
  if (!isWellFormed(value)) return false;
  if (Object.isFrozen(value)) wellFormed.add(value as FieldSet);
  return true;
}

const isWellFormed = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const set = value as FieldSet;
  for (const key in set) if (!((key === self || isElement(key)) && isWellFormed(set[key]))) return false;
  return true;
};
