/** Order in lists that a strategic merge patch merges: the patch's order wins, the rest keeps its place around it. */
import { StatusError } from "../../base/errors.ts";
import { goText } from "./go-text.ts";
import { isObject, type Json, type JsonObject, own } from "./json.ts";

/** A failure that upstream reports without a code of its own. */
export const patchError = (message: string) => new StatusError(500, "", message);

export const noMergeKey = (item: Json, key: string) =>
  patchError(`map: ${goText(item)} does not contain declared merge key: ${key}`);

/** Whether two items are the same one: by merge key, or by value for scalars. */
export function sameItem(a: Json, b: Json, mergeKey: string | undefined): boolean {
  if (mergeKey === undefined) return a === b;
  const left = isObject(a) ? own(a, mergeKey) : undefined;
  return left !== undefined && isObject(b) && left === own(b, mergeKey);
}

export function indexOfKey(list: readonly Json[], mergeKey: string, value: Json | undefined): number {
  return list.findIndex((item, i) => {
    if (!isObject(item)) throw patchError(`value for key ${i} is not a map.`);
    return own(item, mergeKey) === value;
  });
}

const sortBy = (items: readonly Json[], order: readonly Json[], mergeKey: string | undefined): Json[] => {
  const place = (item: Json) => {
    const at = order.findIndex((o) => sameItem(o, item, mergeKey));
    return at < 0 ? order.length : at;
  };
  return items
    .map((item) => ({ item, at: place(item) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
};

/**
 * Orders a merged list.
 * @param patchOrder items, or just their keys, in the order that the patch wants
 * @param liveOrder the list before the patch
 */
export function inOrder(
  merged: readonly Json[],
  patchOrder: readonly Json[],
  liveOrder: readonly Json[],
  mergeKey: string | undefined,
): Json[] {
  const wanted: Json[] = [];
  const others: Json[] = [];
  for (const item of merged) {
    if (mergeKey !== undefined && own(item as JsonObject, mergeKey) === undefined) throw noMergeKey(item, mergeKey);
    (patchOrder.some((o) => sameItem(o, item, mergeKey)) ? wanted : others).push(item);
  }
  const left = sortBy(others, liveOrder, mergeKey);
  const right = sortBy(wanted, patchOrder, mergeKey);
  const place = (item: Json) => liveOrder.findIndex((o) => sameItem(o, item, mergeKey));
  const out: Json[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const l = left[i];
    const r = right[j];
    if (l === undefined || (r !== undefined && !before(place(l), place(r)))) {
      out.push(r as Json);
      j++;
    } else {
      out.push(l);
      i++;
    }
  }
  return out;
}

/** Whether the first was known before the patch and stood in front of the second, known too. */
const before = (l: number, r: number) => l >= 0 && r >= 0 && l < r;
