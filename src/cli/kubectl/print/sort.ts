/** `--sort-by`: objects in the order of one of their fields. */
import { compareQuantities, isQuantity, parseQuantity } from "../../../api/quantity.ts";
import { CommandError } from "../core/command.ts";
import { quote } from "./go/quote.ts";
import { goSort } from "./go/sort.ts";
import { kindOf, numberOf, typeOf } from "./go/values.ts";
import { PathError } from "./jsonpath/evaluate.ts";
import { compilePath, relaxedPath } from "./jsonpath/relaxed.ts";

/**
 * @param objectOf the object behind an item, which has the field
 * @throws CommandError when the path is malformed or none of several items has the field
 */
export function sortObjects<T>(items: readonly T[], field: string, objectOf: (item: T) => unknown): T[] {
  if (items.length === 0) return [];
  const path = relaxedPath(field);
  const sorted = sortBy(items, path, objectOf);
  if (!sorted) throw noSuchField(field);
  return sorted;
}

/** The same for the rows of a table. @returns undefined when they cannot be sorted */
export function sortRows<T>(rows: readonly T[], field: string, objectOf: (row: T) => unknown): T[] | undefined {
  try {
    return sortBy(rows, /^\{?[^{}]+\}?$/.test(field) ? relaxedPath(field) : field, objectOf);
  } catch (error) {
    if (error instanceof UnsortableError || !(error instanceof CommandError)) throw error;
    return undefined;
  }
}

export function noSuchField(field: string): CommandError {
  try {
    return new CommandError(`couldn't find any field with path ${quote(relaxedPath(field))} in the list of objects`);
  } catch (error) {
    return error as CommandError;
  }
}

/** A field whose values have no order. */
class UnsortableError extends CommandError {}

function sortBy<T>(items: readonly T[], path: string, objectOf: (item: T) => unknown): T[] | undefined {
  const compiled = compilePath(path);
  const keyOf = (item: T): readonly unknown[] => {
    try {
      return compiled.find(objectOf(item))[0] ?? [];
    } catch (error) {
      throw error instanceof PathError ? new CommandError(error.message) : error;
    }
  };
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  if (items.length > 0 && keyed.every(({ key }) => key.length === 0)) return undefined;
  goSort(keyed, (a, b) => {
    if (a.key.length === 0) return true;
    if (b.key.length === 0) return false;
    return isLess(a.key[0], b.key[0], path);
  });
  return keyed.map(({ item }) => item);
}

function isLess(a: unknown, b: unknown, path: string): boolean {
  const [left, right] = [kindOf(a), kindOf(b)];
  if (left === "nil" || right === "nil") return left === "nil" && right !== "nil";
  if (left === "string" && right === "string") {
    const [x, y] = [a as string, b as string];
    if (isQuantity(x) && isQuantity(y)) return compareQuantities(parseQuantity(x), parseQuantity(y)) < 0;
    return Buffer.compare(Buffer.from(x), Buffer.from(y)) < 0;
  }
  if ((left === "int" || left === "float") && left === right) return numberOf(a) < numberOf(b);
  const why = ["string", "int", "float"].includes(left)
    ? "unsortable interface: interface"
    : `unsortable type: ${typeOf(a)}`;
  throw new UnsortableError(
    `Field ${path} in *unstructured.Unstructured is an unsortable type: interface, err: ${why}`,
  );
}
