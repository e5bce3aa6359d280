/** Label selectors: their text form, the `LabelSelector` object, and matching. Texts of errors are upstream's. */
import { badRequest } from "../base/errors.ts";
import type { LabelSelector } from "./generated/types.ts";
import { checkLabelValue, checkQualifiedName } from "./names.ts";

export type Labels = Readonly<Record<string, string>>;
type SelectorOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<";

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, without duplicates. Empty for `exists` and `!`. */
  readonly values: readonly string[];
}

/** All requirements must hold; none matches everything. Sorted by key. */
export type Selector = readonly Requirement[];

type Token = { readonly type: "identifier" | "symbol" | "keyword" | "end" | "error"; readonly text: string };

const symbols = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const isSpecial = (c: string) => "=!(),><".includes(c);
const isSpace = (c: string) => " \t\r\n".includes(c);

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charAt(at))) at += 1;
    if (at >= text.length) return [...tokens, { type: "end", text: "" }];
    const start = at;
    if (isSpecial(text.charAt(at))) {
      const two = text.slice(at, at + 2);
      const symbol = symbols.has(two) ? two : text.charAt(at);
      at += symbol.length;
      tokens.push({ type: "symbol", text: symbol });
      continue;
    }
    while (at < text.length && !isSpecial(text.charAt(at)) && !isSpace(text.charAt(at))) at += 1;
    const word = text.slice(start, at);
    tokens.push({ type: word === "in" || word === "notin" ? "keyword" : "identifier", text: word });
  }
}

const sorted = (values: readonly string[]) => [...new Set(values)].sort();
const byKey = (a: Requirement, b: Requirement) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
const fail = (text: string): never => {
  throw badRequest(text);
};
const failRequirement = (text: string): never => fail(`unable to parse requirement: ${text}`);
const invalidText = (at: string, value: string, errors: readonly string[]) =>
  `${at}: Invalid value: ${JSON.stringify(value)}: ${errors.join("; ")}`;
const binaryOperators = "in, notin, =, ==, !=, gt, lt";

class Parser {
  readonly tokens: Token[];
  at = 0;
  constructor(text: string) {
    this.tokens = scan(text);
  }
  peek(): Token {
    return this.tokens[this.at] ?? { type: "end", text: "" };
  }
  next(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }
  /** `in` and `notin` are plain words everywhere but in the place of an operator. */
  isWord(token: Token): boolean {
    return token.type === "identifier" || token.type === "keyword";
  }

  selector(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const first = this.peek();
      if (first.type === "end") return requirements;
      if (!this.isWord(first) && first.text !== "!")
        fail(`found '${first.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.requirement());
      const then = this.next();
      if (then.type === "end") return requirements;
      if (then.text !== ",") fail(`found '${then.text}', expected: ',' or 'end of string'`);
      const after = this.peek();
      if (!this.isWord(after) && after.text !== "!") fail(`found '${after.text}', expected: identifier after ','`);
    }
  }

  requirement(): Requirement {
    const negated = this.peek().text === "!" && this.peek().type === "symbol";
    if (negated) this.next();
    const word = this.next();
    if (!this.isWord(word)) failRequirement(`found '${word.text}', expected: identifier`);
    const key = word.text;
    const keyErrors = checkQualifiedName(key);
    if (keyErrors.length > 0) failRequirement(invalidText("<nil>", key, keyErrors));
    if (negated) return { key, operator: "!", values: [] };
    const after = this.peek();
    if (after.type === "end" || after.text === ",") return { key, operator: "exists", values: [] };
    const operator = this.operator();
    const values = sorted(operator === "in" || operator === "notin" ? this.values() : [this.exactValue()]);
    values.forEach((value, i) => {
      if ((operator === ">" || operator === "<") && !/^[-+]?[0-9]+$/.test(value))
        failRequirement(invalidText(`values[${i}]`, value, ["for 'Gt', 'Lt' operators, the value must be an integer"]));
      const errors = checkLabelValue(value);
      if (errors.length > 0) failRequirement(invalidText(`values[${i}][${key}]`, value, errors));
    });
    return { key, operator, values };
  }

  operator(): SelectorOperator {
    const token = this.next();
    switch (token.text) {
      case "in":
      case "notin":
      case "=":
      case "==":
      case "!=":
      case ">":
      case "<":
        return token.text;
      default:
        return failRequirement(`found '${token.text}', expected: ${binaryOperators}`);
    }
  }

  exactValue(): string {
    const token = this.peek();
    if (token.type === "end" || token.text === ",") return "";
    this.next();
    return this.isWord(token) ? token.text : failRequirement(`found '${token.text}', expected: identifier`);
  }

  /** `(a, b)`. An empty place between commas is the empty value. */
  values(): string[] {
    const open = this.next();
    if (open.text !== "(") failRequirement(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    let pending = "";
    for (;;) {
      const token = this.next();
      if (this.isWord(token)) {
        pending = token.text;
        const after = this.peek();
        if (after.text !== "," && after.text !== ")") failRequirement(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.text === ",") {
        values.push(pending);
        pending = "";
      } else if (token.text === ")") {
        return [...values, pending];
      } else {
        const wanted = values.length === 0 ? "',', ')' or identifier" : "',', or identifier";
        failRequirement(`found '${token.text}', expected: ${wanted}`);
      }
    }
  }
}

/** Parses the text form, as in `?labelSelector=`. @throws 400 BadRequest */
export const parseLabelSelector = (text: string): Selector => new Parser(text).selector().sort(byKey);

const isInteger = (text: string | undefined): text is string => text !== undefined && /^[-+]?[0-9]+$/.test(text);

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case ">":
    case "<": {
      const bound = values[0];
      if (!isInteger(value) || !isInteger(bound)) return false;
      return operator === ">" ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
    }
  }
}

export const matchesLabels = (selector: Selector, labels: Labels | undefined): boolean =>
  selector.every((requirement) => holds(requirement, labels ?? {}));

/** A selector for exactly these labels, as `Service.spec.selector` is. */
export const selectorOfSet = (labels: Labels | undefined): Selector =>
  Object.entries(labels ?? {})
    .map(([key, value]): Requirement => ({ key, operator: "=", values: [value] }))
    .sort(byKey);

const objectOperators: ReadonlyMap<string, SelectorOperator> = new Map([
  ["In", "in"],
  ["NotIn", "notin"],
  ["Exists", "exists"],
  ["DoesNotExist", "!"],
]);

/**
 * The selector that a `LabelSelector` stands for. An empty object selects everything; an absent one nothing, for which
 * this answers undefined.
 * @throws RangeError for an unknown operator
 */
export function selectorOf(selector: LabelSelector | undefined): Selector | undefined {
  if (!selector) return undefined;
  const expressions = (selector.matchExpressions ?? []).map((e): Requirement => {
    const operator = objectOperators.get(e.operator);
    if (!operator) throw new RangeError(`"${e.operator}" is not a valid label selector operator`);
    return { key: e.key, operator, values: sorted(e.values ?? []) };
  });
  return [...selectorOfSet(selector.matchLabels), ...expressions].sort(byKey);
}

/** Does the `LabelSelector` select these labels? An absent selector selects nothing. */
export const selects = (selector: LabelSelector | undefined, labels: Labels | undefined): boolean => {
  const parsed = selectorOf(selector);
  return parsed !== undefined && matchesLabels(parsed, labels);
};

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${values.join(",")})`;
    default:
      return `${key}${operator}${values.join(",")}`;
  }
}

/** The text form; {@link parseLabelSelector} reads it back. Empty for a selector of everything. */
export const formatSelector = (selector: Selector): string => selector.map(formatRequirement).join(",");

/** The text form of a `LabelSelector`, or `<none>`, as tables show it. */
export const showLabelSelector = (selector: LabelSelector | undefined): string =>
  formatSelector(selectorOf(selector) ?? []) || "<none>";
