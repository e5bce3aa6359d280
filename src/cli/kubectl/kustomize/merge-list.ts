/** Lists that merge item by item (kyaml `walk/associative_sequence.go`). */
import type { Merger, Sources } from "./merge.ts";
import { demandKind, isMissingOrNull, Node, newScalar, setField, setScalar } from "./node.ts";
import type { Schema } from "./schema.ts";

type Keys = readonly string[];
/** What an item has in the fields that tell items apart; empty where it has nothing. */
type Values = readonly string[];

/** The one key of items that are scalars: their own text. */
const ownText: Keys = [""];

export function mergeKeyedLists(merger: Merger, sources: Sources, dest: Node, schema: Schema): Node | undefined {
  const { keys } = schema;
  return keys.length > 0
    ? merge(merger, sources, dest, schema, valuesOf(sources, keys), keys)
    : merge(merger, sources, dest, schema, textsOf(sources), ownText);
}

function merge(
  merger: Merger,
  sources: Sources,
  dest: Node,
  schema: Schema,
  found: Values[],
  keys: Keys,
): Node | undefined {
  const list = keys.length > 1 ? withSecondaryKeys(found) : found;
  const added = new Node("seq");
  let used: readonly [Keys, Values] = [[], []];
  for (const values of list) {
    used = keysInUse(list, values, keys);
    const [usedKeys, usedValues] = used;
    const [itemKeys, itemValues] = keysInUse([usedValues], usedValues, usedKeys);
    const items = sources.map((source) => source && findItem(source, itemKeys, itemValues));
    const item = merger.merge([items[0], items[1]], schema.elements());
    if (isMissingOrNull(item) || item.isEmpty) {
      setItem(dest, undefined, usedKeys, usedValues);
      continue;
    }
    usedKeys.forEach((key, i) => {
      const value = usedValues[i] ?? "";
      if (value === "" || item.get(key)) return;
      if (key === "") setScalar(item, newScalar(value));
      else setField(item, key, newScalar(value));
    });
    setItem(added, item, usedKeys, usedValues);
  }
  return list.length > 0 ? append(added, dest, used[0]) : dest;
}

/** The patch's items first. */
const patchFirst = ([dest, patch]: Sources): Node[] => [patch, dest].filter((node) => node !== undefined);

function valuesOf(sources: Sources, keys: Keys): Values[] {
  const found = new Map<string, Values>();
  for (const { items } of patchFirst(sources)) {
    for (const item of items) {
      const values = keys.map((key) => {
        const field = item.get(key);
        return field === undefined || field.isEmpty ? "" : field.value;
      });
      const id = JSON.stringify(values);
      if (!found.has(id)) found.set(id, values);
    }
  }
  return [...found.values()];
}

const textsOf = (sources: Sources): Values[] =>
  [...new Set(patchFirst(sources).flatMap(({ items }) => items.map(({ value }) => value)))].map((text) => [text]);

/** Items that agree where both have a value are the same item: `8080` and `8080/TCP`. */
function withSecondaryKeys(list: readonly Values[]): Values[] {
  const merged = [...list];
  for (let i = 0; i < merged.length; i++) {
    // As upstream, what an item becomes counts for the later comparisons but not for its own.
    const own = merged[i] as Values;
    for (let j = 0; j < merged.length; j++) {
      const both = agree(own, merged[j] as Values);
      if (both) {
        merged[i] = both;
        merged[j] = both;
      }
    }
  }
  return merged;
}

function agree(a: Values, b: Values): Values | undefined {
  let common = false;
  const both: string[] = [];
  for (const [i, x] of a.entries()) {
    const y = b[i] as string;
    if (x === y) common = true;
    else if (x !== "" && y !== "") return undefined;
    both.push(x === "" ? y : x);
  }
  return common ? both : undefined;
}

/** The keys that any item has a value for; all of them when none has. */
function keysInUse(list: readonly Values[], values: Values, keys: Keys): readonly [Keys, Values] {
  const used = new Set(list.flatMap((one) => one.flatMap((value, i) => (value === "" ? [] : [keys[i] as string]))));
  if (used.size === 0) return [keys, values];
  return [
    keys.filter((key) => used.has(key)),
    values.filter((value, i) => value !== "" || used.has(keys[i] as string)),
  ];
}

function findItem({ kind, items }: Node, keys: Keys, values: Values): Node | undefined {
  if (kind !== "seq") return undefined;
  if (keys[0] === "") return items.find((item) => item.value === values[0]);
  if (keys.length !== values.length) return undefined;
  return items.find((item) => item.kind === "map" && keys.every((key, i) => item.get(key)?.value === values[i]));
}

/** Puts the item in the place of the one with the same values, or at the end; without an item, takes that one away. */
function setItem(list: Node, item: Node | undefined, keys: Keys, values: Values): void {
  demandKind(list, "seq");
  const content: Node[] = [];
  let matched = false;
  for (const old of list.items) {
    if (old.isNull || (old.kind === "map" && old.entries.length === 0)) continue;
    if (old.kind !== "map" && keys[0] !== "" && keys.length > 0 && (values[0] ?? "") !== "") {
      content.push(old);
      continue;
    }
    if (!has(old, keys, values)) {
      if (values.length > 0) content.push(old);
      continue;
    }
    matched = true;
    if (item) content.push(item);
  }
  list.items = content;
  if (item && !item.isNull && !matched) list.items.push(item);
}

function has(item: Node, keys: Keys, values: Values): boolean {
  let matches = false;
  for (const [i, key] of keys.entries()) {
    const value = values[i];
    if (value !== undefined) {
      if (key === "") {
        demandKind(item, "scalar");
        matches = item.value === value;
      } else {
        demandKind(item, "map");
        const field = item.get(key);
        matches = field !== undefined && (value === "" || field.value === value);
      }
    }
    if (!matches) return false;
  }
  return true;
}

/** Adds the items of one list to another, over those that are the same. */
function append(to: Node, from: Node, keys: Keys): Node {
  for (const item of from.items) {
    if ((keys[0] ?? "") === "") {
      setItem(to, item, ownText, [item.value]);
      continue;
    }
    const values: string[] = [];
    for (const key of keys) {
      demandKind(item, "map");
      const value = item.get(key);
      if (value === undefined) to.items.push(item);
      else values.push(value.value);
    }
    if (keys.length > 1) setItem(to, undefined, keys, values);
    setItem(to, item, keys, values);
  }
  return to;
}
