import { expect, test } from "vitest";
import { goSort } from "./sort.ts";

/** Numbers that look random and are always the same: [length, kinds of keys, pattern] say all of them. */
function input(length: number, keys: number, pattern: number): { key: number; id: number }[] {
  let x = (Math.imul(length, 2654435761 | 0) + keys + pattern) >>> 0;
  return Array.from({ length }, (_, id) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    const key = (x >>> 8) % keys;
    if (pattern === 1) return { key: Math.floor((Math.imul(id, key) >>> 0) / length), id };
    return { key: pattern === 2 && id % 3 !== 0 ? (length - id) % keys : key, id };
  });
}

/** FNV-1a of the order in which they came out. */
const orderOf = (sorted: readonly { id: number }[]): number =>
  sorted.reduce((hash, { id }) => Math.imul(hash ^ id, 16777619) >>> 0, 2166136261);

// What `sort.Sort` of Go 1.24 makes of them.
test.each([
  [5, 7, 0, 3716027327],
  [12, 2, 1, 1246796121],
  [13, 2, 0, 2379660309],
  [14, 2, 0, 1089852576],
  [14, 7, 1, 1924794816],
  [16, 2, 2, 489623329],
  [40, 7, 2, 186778209],
  [49, 50, 0, 3053074659],
  [50, 50, 1, 816601428],
  [51, 2, 2, 1025734610],
  [100, 7, 0, 15236331],
  [100, 100000, 2, 3226095077],
  [257, 50, 1, 2741781339],
  [400, 2, 0, 543325731],
  [400, 100000, 1, 3597525687],
  [599, 7, 2, 282199808],
  [600, 100000, 0, 716061125],
])("%i items with %i keys, pattern %i, come out as from Go", (length, keys, pattern, order) => {
  expect(orderOf(goSort(input(length, keys, pattern), (a, b) => a.key < b.key))).toBe(order);
});
