/**
 * A YAML tree as kustomize works on it (kyaml's RNode over go-yaml v3's Node): scalars keep their text, tag and quotes,
 * because a merge key is compared as text and a value that was quoted stays a string.
 */
import { resolvePlain } from "../print/go-scalars.ts";
import type { ScalarStyle } from "../print/yaml-scalar.ts";
import { fail } from "./failure.ts";
import { nodeText } from "./node-text.ts";

/** `none` is a node that was made but never filled. */
export type NodeKind = "none" | "scalar" | "map" | "seq";

const kindNames: Readonly<Record<NodeKind, string>> = {
  none: "",
  scalar: "ScalarNode",
  map: "MappingNode",
  seq: "SequenceNode",
};

export class Node {
  kind: NodeKind;
  tag: string;
  /** The text of a scalar, without its quotes. */
  value: string;
  style: ScalarStyle;
  /** The fields of a map, in order. */
  entries: [key: Node, value: Node][] = [];
  /** The items of a sequence. */
  items: Node[] = [];
  /** A null that a merge leaves in place. */
  keep = false;

  constructor(kind: NodeKind, tag = "", value = "", style: ScalarStyle = "plain") {
    this.kind = kind;
    this.tag = tag;
    this.value = value;
    this.style = style;
  }

  copy(): Node {
    const copy = new Node(this.kind, this.tag, this.value, this.style);
    copy.entries = this.entries.map(([key, value]) => [key.copy(), value.copy()]);
    copy.items = this.items.map((item) => item.copy());
    copy.keep = this.keep;
    return copy;
  }

  /** Becomes what the other is; whoever holds this node sees it. */
  become(other: Node): void {
    const { kind, tag, value, style, entries, items } = other;
    Object.assign(this, { kind, tag, value, style, entries, items });
  }

  get isNull(): boolean {
    return this.tag === "!!null";
  }

  /** Null, or nothing in it. */
  get isEmpty(): boolean {
    if (this.isNull || this.kind === "none") return true;
    return (this.kind === "map" && this.entries.length === 0) || (this.kind === "seq" && this.items.length === 0);
  }

  get isString(): boolean {
    return this.kind === "scalar" && (this.tag === "!!str" || this.tag === "");
  }

  /** The value of a field; undefined when this is no map or has no such field. */
  get(field: string): Node | undefined {
    return this.entries.find(([key]) => key.value === field)?.[1];
  }

  /** The text of a field, or nothing. */
  text(field: string): string {
    return this.get(field)?.value ?? "";
  }

  fields(): string[] {
    return this.entries.map(([key]) => key.value);
  }

  clear(field: string): void {
    const at = this.entries.findIndex(([key]) => key.value === field);
    if (at >= 0) this.entries.splice(at, 1);
  }
}

export const isMissingOrNull = (node: Node | undefined): node is undefined => node === undefined || node.isNull;

export const newMap = (): Node => new Node("map");

/** A scalar whose type its text decides. */
export const newScalar = (text: string): Node => new Node("scalar", "", text);

export const newString = (text: string): Node =>
  new Node("scalar", "!!str", text, text.includes("\n") ? "literal" : "plain");

/** @throws KustomizeError unless the node is of the kind, or null */
export function demandKind(node: Node | undefined, kind: NodeKind): void {
  if (isMissingOrNull(node) || node.kind === kind) return;
  fail(
    `wrong node kind: expected ${kindNames[kind]} but got ${kindNames[node.kind]}: node contents:\n${nodeText(node)}`,
  );
}

/** Would YAML 1.1 read the text as something else than a string? */
const readsAsOther = (text: string): boolean => {
  if (text === "" || text.includes("\n")) return false;
  return resolvePlain(text, "v2").tag !== "!!str";
};

/** Quotes for a string that would read as something else, as kyaml's FieldSetter adds them. */
const quoteIfNeeded = (value: Node) => {
  if (value.isString && value.style === "plain" && readsAsOther(value.value)) value.style = "double";
};

/** Replaces the text of a scalar; how it was quoted stays. */
export function setScalar(node: Node, value: Node): void {
  quoteIfNeeded(value);
  demandKind(node, "scalar");
  if (value.isNull) return;
  value.style = node.style;
  node.become(value);
}

/** Sets, adds or, without a value, removes a field. */
export function setField(node: Node, field: string, value: Node | undefined, keyStyle: ScalarStyle = "plain"): void {
  if (value) quoteIfNeeded(value);
  demandKind(node, "map");
  if (value === undefined || (value.isNull && !value.keep)) {
    node.clear(field);
    return;
  }
  const old = node.get(field);
  if (old) {
    value.style = old.style;
    old.become(value);
  } else node.entries.push([new Node("scalar", "", field, keyStyle), value]);
}

/** A field, made if it is not there. A null one counts as there. */
export function getOrAdd(node: Node, field: string, kind: NodeKind): Node {
  demandKind(node, "map");
  const old = node.get(field);
  if (old) return old;
  const made = new Node(kind);
  setField(node, field, made);
  return node.get(field) ?? made;
}
