/**
 * Sets of fields as they are stored: in upstream's order, frozen and with their JSON. Most of their nodes are the same
 * in thousands of objects, and those are made once.
 */
import { quoted } from "../quoted.ts";
import { emptySet, type FieldSet, isEmpty, selfFirst } from "./fields-v1.ts";

/** A node, and all below it. */
export interface Shared {
  readonly set: FieldSet;
  readonly text: string;
  /** No other set has it. One set may have several, by the order in which it was put together. */
  readonly id: number;
}

export const sharedEmpty: Shared = { set: emptySet, text: "{}", id: 0 };

/** Nodes in each generation. */
const mostNodes = 1000;
/** What has a longer JSON is made each time: it is one object's own, and would be kept for nobody. */
const longestNode = 2000;

/** By what they are made of. What was not asked for while one generation filled up is forgotten. */
let young = new Map<string, Shared>();
let old = new Map<string, Shared>();
let lastId = 0;

/** Puts a node together out of its elements, each given once. */
export class SharedNode {
  #key = "";
  readonly #elements: string[] = [];
  readonly #below: Shared[] = [];

  add(element: string, below: Shared = sharedEmpty): void {
    // The length keeps apart what elements with odd characters would join.
    this.#key += `${below.id} ${element.length} ${element}`;
    this.#elements.push(element);
    this.#below.push(below);
  }

  shared(): Shared {
    if (this.#elements.length === 0) return sharedEmpty;
    if (this.#key.length > longestNode) return this.#make();
    let found = young.get(this.#key);
    if (found) return found;
    found = old.get(this.#key) ?? this.#make();
    if (found.text.length > longestNode) return found;
    if (young.size >= mostNodes) {
      old = young;
      young = new Map();
    }
    young.set(this.#key, found);
    return found;
  }

  #make(): Shared {
    const elements = this.#elements;
    const order = elements.map((_, i) => i);
    if (order.length > 1) order.sort((i, j) => selfFirst(elements[i] as string, elements[j] as string));
    const set: { [element: string]: FieldSet } = {};
    let text = "";
    for (const i of order) {
      const element = elements[i] as string;
      const below = this.#below[i] as Shared;
      set[element] = below.set;
      text += `${text ? "," : "{"}${quoted(element)}:${below.text}`;
    }
    return { set: Object.freeze(set), text: `${text}}`, id: ++lastId };
  }
}

const texts = new WeakMap<FieldSet, string>();

/** The set of a node that is a whole set. */
export function whole({ set, text }: Shared): FieldSet {
  if (!texts.has(set)) texts.set(set, text);
  return set;
}

/** The same set as it is stored. */
export const share = (set: FieldSet): FieldSet => (texts.has(set) ? set : whole(sharedNode(set)));

/** Did {@link share} or {@link whole} give it? */
export const isShared = (set: unknown): boolean => texts.has(set as FieldSet);

/** The JSON of a set that is shared; undefined for others. */
export const textOf = (set: unknown): string | undefined => texts.get(set as FieldSet);

function sharedNode(set: FieldSet): Shared {
  if (isEmpty(set)) return sharedEmpty;
  const node = new SharedNode();
  for (const element in set) node.add(element, sharedNode(set[element] as FieldSet));
  return node.shared();
}
