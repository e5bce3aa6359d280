/** Finds what a parsed JSONPath names, with client-go's failures. */
import { goText } from "../go/format.ts";
import { GoNumber, kindOf, numberOf, sortedEntries, typeOf } from "../go/values.ts";
import { type List, type Node, parseJsonPath } from "./parse.ts";

export class PathError extends Error {
  override readonly name = "PathError";
  /** What had been found when it went wrong: a filter that only asks whether something is there counts it. */
  readonly found: readonly unknown[];
  constructor(message: string, found: readonly unknown[]) {
    super(message);
    this.found = found;
  }
}

/**
 * A compiled template. It keeps what client-go's keeps between two uses: after a `range` the next use begins behind that
 * `range`, so several objects printed with one template come out as they do there.
 */
export class JsonPath {
  readonly #all: readonly Node[];
  readonly #allowMissing: boolean;
  /** Where the nodes to evaluate begin. */
  #first = 0;
  #beginRange = 0;
  #inRange = 0;
  #endRange = 0;
  #lastEnd = -1;

  /** @throws MalformedPath */
  constructor(template: string, allowMissing: boolean) {
    this.#all = parseJsonPath(template).nodes;
    this.#allowMissing = allowMissing;
  }

  /** What each part of the template finds. @throws PathError */
  find(data: unknown): (readonly unknown[])[] {
    const results: (readonly unknown[])[] = [];
    for (let i = this.#first; i < this.#all.length; i++) {
      const found = this.#walk([data], this.#all[i] as Node);
      if (this.#endRange > 0 && this.#endRange <= this.#inRange) {
        this.#endRange--;
        this.#lastEnd = i;
        break;
      }
      if (this.#beginRange > 0) {
        this.#beginRange--;
        this.#inRange++;
        const inner = (value: unknown) => {
          this.#first = i + 1;
          return this.find(value);
        };
        if (found.length > 0) for (const value of found) results.push(...inner(value));
        // The way to the end of the range is still to be found.
        else inner(undefined);
        this.#inRange--;
        if (this.#lastEnd > i) i = this.#lastEnd;
        continue;
      }
      results.push(found);
    }
    return results;
  }

  #walk(values: readonly unknown[], node: Node): readonly unknown[] {
    switch (node.type) {
      case "list":
        return this.#list(values, node);
      case "text":
        return [node.text];
      case "number": {
        const value = new GoNumber(node.float ? "float64" : "int", node.value);
        return values.map(() => value);
      }
      case "bool":
        return values.map(() => node.value);
      case "field":
        return this.#field(values, node.name);
      case "array":
        return values.flatMap((value) => arrayPart(values, value, node));
      case "wildcard":
        return values.flatMap(children);
      case "recursive":
        return descend(values);
      case "union":
        return node.lists.flatMap((list) => {
          try {
            return this.#list(values, list);
          } catch (error) {
            throw error instanceof PathError ? new PathError(error.message, values) : error;
          }
        });
      case "filter":
        return this.#filter(values, node);
      case "identifier":
        return this.#identifier(values, node.name);
    }
  }

  #list(values: readonly unknown[], { nodes }: List): readonly unknown[] {
    return nodes.reduce((found, node) => this.#walk(found, node), values);
  }

  #identifier(values: readonly unknown[], name: string): readonly unknown[] {
    if (name === "range") {
      this.#beginRange++;
      return values;
    }
    if (name !== "end") throw new PathError(`unrecognized identifier ${name}`, values);
    if (this.#inRange === 0) throw new PathError("not in range, nothing to end", []);
    this.#endRange++;
    return [];
  }

  #field(values: readonly unknown[], name: string): readonly unknown[] {
    if (values.length === 0) return [];
    const found = values.flatMap((value) =>
      kindOf(value) === "map" && Object.hasOwn(value as object, name) ? [(value as Record<string, unknown>)[name]] : [],
    );
    if (found.length === 0 && !this.#allowMissing) throw new PathError(`${name} is not found`, []);
    return found;
  }

  #filter(values: readonly unknown[], node: Extract<Node, { type: "filter" }>): readonly unknown[] {
    const found: unknown[] = [];
    for (const value of values) {
      if (!Array.isArray(value))
        throw new PathError(`${goText(value)} is not array or slice and cannot be filtered`, values);
      for (const item of value) {
        if (node.operator === "exists") {
          if (this.#exists(item, node.left)) found.push(item);
          continue;
        }
        const left = this.#single(item, node.left, values);
        if (left.length === 0) continue;
        const right = this.#single(item, node.right, values);
        if (right.length === 0) continue;
        if (compare(left[0], right[0], node.operator, found)) found.push(item);
      }
    }
    return found;
  }

  #exists(item: unknown, list: List): boolean {
    try {
      return this.#list([item], list).length > 0;
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
      return error.found.length > 0;
    }
  }

  #single(item: unknown, list: List, values: readonly unknown[]): readonly unknown[] {
    let found: readonly unknown[];
    try {
      found = this.#list([item], list);
    } catch (error) {
      throw error instanceof PathError ? new PathError(error.message, values) : error;
    }
    if (found.length > 1) throw new PathError("can only compare one element at a time", values);
    return found;
  }
}

const bytesOf = (text: string): GoNumber[] => [...Buffer.from(text)].map((byte) => new GoNumber("uint8", byte));

/** What is directly in a value; of a text its bytes. */
function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return bytesOf(value);
  return kindOf(value) === "map" ? sortedEntries(value as object).map(([, child]) => child) : [];
}

/** Everything with something in it, from the top down. */
function descend(values: readonly unknown[]): unknown[] {
  return values.flatMap((value) => {
    const inside = children(value);
    return inside.length === 0 ? [] : [value, ...(typeof value === "string" ? [] : descend(inside))];
  });
}

function arrayPart(input: readonly unknown[], value: unknown, node: Extract<Node, { type: "array" }>): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new PathError(`${typeOf(value)} is not array or slice`, input);
  const { length } = value;
  let from = node.from.value ?? 0;
  if (from < 0) from += length;
  let to = node.to.value ?? length;
  if (to < 0 || (to === 0 && node.to.derived)) to += length;
  if (from === to) return [];
  const outside = (index: number) =>
    new PathError(`array index out of bounds: index ${index}, length ${length}`, input);
  if (from >= length || from < 0) throw outside(from);
  if (to > length || to < 0) throw outside(to - 1);
  if (from > to) throw new PathError(`starting index ${from} is greater than ending index ${to}`, input);
  const step = node.step.value ?? 1;
  if (step <= 0) throw new PathError("step must be > 0", input);
  return value.slice(from, to).filter((_, i) => i % step === 0);
}

const comparable = new Set(["bool", "int", "uint", "float", "string"]);

function compare(left: unknown, right: unknown, operator: string, found: readonly unknown[]): boolean {
  if (!["<", ">", "==", "!=", "<=", ">="].includes(operator))
    throw new PathError(`unrecognized filter operator ${operator}`, found);
  const [a, b] = [kindOf(left), kindOf(right)];
  if (!comparable.has(a) || !comparable.has(b)) throw new PathError("invalid type for comparison", found);
  const whole = (kind: string) => kind === "int" || kind === "uint";
  if (a !== b && !(whole(a) && whole(b))) throw new PathError("incompatible types for comparison", found);
  const equality = operator === "==" || operator === "!=";
  if (a === "bool" && !equality) throw new PathError("invalid type for comparison", found);
  const order =
    a === "bool"
      ? Number(left) - Number(right)
      : a === "string"
        ? Buffer.compare(Buffer.from(left as string), Buffer.from(right as string))
        : numberOf(left) - numberOf(right);
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}
