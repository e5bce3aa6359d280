/** `--sort-by`: objects in the order of one of their fields. */
import { compareQuantities, isQuantity, parseQuantity } from "../../../api/quantity.ts";
import { CommandError } from "../core/command.ts";
import { firstValue } from "./jsonpath.ts";

/**
 * @param objectOf the object behind an item, which has the field
 * @returns undefined when no item has it
 */
export function sortByField<T>(items: readonly T[], field: string, objectOf: (item: T) => unknown): T[] | undefined {
  const keyed = items.map((item) => ({ item, key: firstValue(field, objectOf(item)) }));
  if (items.length > 0 && keyed.every(({ key }) => key === undefined)) return undefined;
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

export const noSuchField = (field: string): CommandError =>
  new CommandError(`couldn't find any field with path "${relaxed(field)}" in the list of objects`);

/** The expression in braces, as kubectl writes it. */
const relaxed = (field: string): string =>
  field.includes("{") ? field : `{${/^[.[$]/.test(field) ? "" : "."}${field}}`;

/** What lacks the field comes first. */
function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [String(a), String(b)];
  if (isQuantity(left) && isQuantity(right)) return compareQuantities(parseQuantity(left), parseQuantity(right));
  return left < right ? -1 : left > right ? 1 : 0;
}
