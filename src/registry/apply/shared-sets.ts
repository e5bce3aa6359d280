/**
 * Sets of fields on their way into the store. Most parts of them are the same in thousands of objects: those are kept
 * once, in order, frozen and as JSON.
 */
import { quoted } from "../quoted.ts";
import { freeze } from "../values.ts";
import { emptySet, type FieldSet, isEmpty, ordered } from "./fields-v1.ts";

/** A set as it is stored, and its JSON. */
interface Shared {
  readonly set: FieldSet;
  readonly text: string;
}

/** Parts are looked up from this level on: what an object has of its own, its address, must not keep all else apart. */
const partLevel = 2;
/** Longer parts are worked out each time: to remember them would cost more than it saves. */
const longestPart = 4_000;
/** Parts in each generation. */
const mostParts = 500;

/** By their JSON, as they were found. What was not asked for while one generation filled up is forgotten. */
let young = new Map<string, Shared>();
let old = new Map<string, Shared>();

const texts = new WeakMap<FieldSet, string>();

/** The same set as it is stored: in upstream's order, and frozen. */
export function share(set: FieldSet): FieldSet {
  if (texts.has(set)) return set;
  const shared = level(set, 0);
  texts.set(shared.set, shared.text);
  return shared.set;
}

/** Did {@link share} make it? */
export const isShared = (set: unknown): boolean => texts.has(set as FieldSet);

/** The JSON of a set that is shared; undefined for others. */
export const textOf = (set: unknown): string | undefined => texts.get(set as FieldSet);

function level(set: FieldSet, depth: number): Shared {
  if (isEmpty(set) || depth === partLevel) return part(set);
  const out: { [element: string]: FieldSet } = {};
  let text = "";
  for (const element of ordered(set)) {
    const below = level(set[element] as FieldSet, depth + 1);
    out[element] = below.set;
    text += `${text ? "," : "{"}${quoted(element)}:${below.text}`;
  }
  return { set: Object.freeze(out), text: `${text}}` };
}

const empty: Shared = { set: emptySet, text: "{}" };

function part(set: FieldSet): Shared {
  if (isEmpty(set)) return empty;
  const found = JSON.stringify(set);
  let shared = young.get(found);
  if (shared) return shared;
  shared = old.get(found);
  if (!shared) {
    const made = freeze(inOrder(set));
    shared = { set: made, text: JSON.stringify(made) };
  }
  if (found.length <= longestPart) {
    if (young.size >= mostParts) {
      old = young;
      young = new Map();
    }
    young.set(found, shared);
  }
  return shared;
}

function inOrder(set: FieldSet): FieldSet {
  if (isEmpty(set)) return empty.set;
  const out: { [element: string]: FieldSet } = {};
  for (const element of ordered(set)) out[element] = inOrder(set[element] as FieldSet);
  return out;
}
