/**
 * kubectl's JSONPath dialect (client-go `util/jsonpath`): text with `{expressions}`: fields, `['key']`, indexes, slices,
 * unions, wildcards, recursive descent, filters `?(@.a=="b")`, `{range}…{end}`, quoted text.
 */
import { CommandError } from "../core/command.ts";

type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "path"; readonly steps: readonly Step[] }
  | { readonly type: "range"; readonly steps: readonly Step[]; readonly body: readonly Node[] };

type Step =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "slice"; readonly start?: number; readonly end?: number; readonly step: number }
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "union"; readonly steps: readonly Step[] }
  | { readonly type: "wildcard" }
  | { readonly type: "descend" }
  | { readonly type: "root" }
  | { readonly type: "filter"; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined };

type Operand = { readonly path: readonly Step[] } | { readonly value: unknown };

class Malformed extends Error {}
const fail = (what: string): never => {
  throw new Malformed(what);
};

/** Evaluates a template. A field that is missing prints nothing. @throws CommandError for a malformed template */
export const jsonPath = (template: string, value: unknown): string => render(compile(template), value, value);

/** What the first expression of a template finds first; undefined when it finds nothing. */
export function firstValue(template: string, value: unknown): unknown {
  const node = compile(template).find((n) => n.type === "path");
  return node && walk(node.steps, [value], value)[0];
}

function compile(template: string): Node[] {
  // Without braces the whole text is an expression, as kubectl relaxes it.
  const text = template.includes("{")
    ? template
    : `{${template.startsWith(".") || template.startsWith("[") || template.startsWith("$") ? "" : "."}${template}}`;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof Malformed) throw new CommandError(`error parsing jsonpath ${text}, ${error.message}`);
    throw error;
  }
}

function parse(template: string): Node[] {
  const stack: Node[][] = [[]];
  const ranges: (readonly Step[])[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{", at);
    const current = stack.at(-1) as Node[];
    if (open < 0) {
      current.push({ type: "text", text: template.slice(at) });
      break;
    }
    if (open > at) current.push({ type: "text", text: template.slice(at, open) });
    const close = closing(template, open);
    const inner = template.slice(open + 1, close).trim();
    if (inner === "end") {
      const steps = ranges.pop();
      if (!steps) fail("not in range, nothing to end");
      const body = stack.pop() as Node[];
      (stack.at(-1) as Node[]).push({ type: "range", steps: steps as readonly Step[], body });
    } else if (inner.startsWith("range ")) {
      ranges.push(parsePath(inner.slice(6).trim()));
      stack.push([]);
    } else if (/^["']/.test(inner)) current.push({ type: "text", text: unquote(inner) });
    else current.push({ type: "path", steps: parsePath(inner) });
    at = close + 1;
  }
  if (ranges.length > 0) fail("unterminated range");
  return stack[0] as Node[];
}

function closing(template: string, open: number): number {
  let quote = "";
  for (let i = open + 1; i < template.length; i++) {
    const char = template[i] as string;
    if (quote) {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "}") return i;
  }
  return fail("unclosed action");
}

const unquote = (text: string): string =>
  text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ({ n: "\n", t: "\t", r: "\r" })[c] ?? c);

function parsePath(text: string): Step[] {
  const steps: Step[] = [];
  let rest = text;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const match = pattern.exec(rest) ?? undefined;
    if (match) rest = rest.slice(match[0].length);
    return match;
  };
  while (rest !== "") {
    if (take(/^\.\./)) {
      steps.push({ type: "descend" });
      if (rest !== "" && !/^[.[]/.test(rest)) rest = `.${rest}`;
      continue;
    }
    const root = take(/^[$@]/);
    if (root) {
      if (root[0] === "$") steps.push({ type: "root" });
      continue;
    }
    if (take(/^\.?\*/)) {
      steps.push({ type: "wildcard" });
      continue;
    }
    const field = take(/^\.((?:\\.|[^.[\]\s\\])+)/);
    if (field) {
      steps.push({ type: "field", name: (field[1] as string).replace(/\\(.)/g, "$1") });
      continue;
    }
    if (rest === ".") break;
    if (rest.startsWith("[")) {
      const end = closingBracket(rest);
      steps.push(parseBracket(rest.slice(1, end).trim()));
      rest = rest.slice(end + 1);
      continue;
    }
    const identifier = /^[\w-]+/.exec(rest);
    if (identifier && steps.length === 0) fail(`unrecognized identifier ${identifier[0]}`);
    fail(`unrecognized character in action: ${JSON.stringify(rest[0])}`);
  }
  return steps;
}

function closingBracket(text: string): number {
  let depth = 0;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quote) {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "[") depth++;
    else if (char === "]" && --depth === 0) return i;
  }
  return fail("unterminated array");
}

function parseBracket(inner: string): Step {
  if (inner === "*") return { type: "wildcard" };
  const filter = /^\?\((.*)\)$/s.exec(inner);
  if (filter) return parseFilter((filter[1] as string).trim());
  if (/^'[^']*'$|^"[^"]*"$/.test(inner)) return { type: "field", name: unquote(inner) };
  const slice = /^(-?\d*):(-?\d*)(?::(-?\d+))?$/.exec(inner);
  if (slice) {
    const [, start, end, step] = slice;
    return {
      type: "slice",
      ...(start ? { start: Number(start) } : {}),
      ...(end ? { end: Number(end) } : {}),
      step: step ? Number(step) : 1,
    };
  }
  if (/^-?\d+$/.test(inner)) return { type: "index", index: Number(inner) };
  if (inner.includes(",")) return { type: "union", steps: inner.split(",").map((part) => parseBracket(part.trim())) };
  return fail(`invalid array index ${inner}`);
}

function parseFilter(text: string): Step {
  const match = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text);
  if (!match) return { type: "filter", left: operand(text), operator: "exists", right: undefined };
  return {
    type: "filter",
    left: operand(match[1] as string),
    operator: match[2] as string,
    right: operand(match[3] as string),
  };
}

function operand(text: string): Operand {
  const trimmed = text.trim();
  if (/^["']/.test(trimmed)) return { value: unquote(trimmed) };
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return { value: Number(trimmed) };
  if (trimmed === "true" || trimmed === "false") return { value: trimmed === "true" };
  return { path: parsePath(trimmed) };
}

function walk(steps: readonly Step[], start: readonly unknown[], root: unknown): unknown[] {
  return steps.reduce<unknown[]>((values, step) => values.flatMap((v) => apply(step, v, root)), [...start]);
}

const children = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === "object" && value !== null ? Object.values(value) : [];

function apply(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.type) {
    case "root":
      return [root];
    case "field": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
      const found = (value as Record<string, unknown>)[step.name];
      return found === undefined ? [] : [found];
    }
    case "index": {
      if (!Array.isArray(value)) return [];
      const i = step.index < 0 ? value.length + step.index : step.index;
      if (i < 0 || i >= value.length) {
        throw new CommandError(`array index out of bounds: index ${step.index}, length ${value.length}`);
      }
      return [value[i]];
    }
    case "slice": {
      if (!Array.isArray(value)) return [];
      return value.slice(step.start, step.end).filter((_, i) => i % step.step === 0);
    }
    case "union":
      return step.steps.flatMap((s) => apply(s, value, root));
    case "wildcard":
      return children(value);
    case "descend":
      return [value, ...children(value).flatMap((child) => apply(step, child, root))];
    case "filter":
      return children(value).filter((item) => holds(step, item, root));
  }
}

function holds(step: Extract<Step, { type: "filter" }>, item: unknown, root: unknown): boolean {
  const evaluate = (o: Operand): unknown => ("value" in o ? o.value : walk(o.path, [item], root)[0]);
  const left = evaluate(step.left);
  if (!step.right) return left !== undefined;
  const right = evaluate(step.right);
  if (left === undefined) return false;
  switch (step.operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return (left as number) < (right as number);
    case "<=":
      return (left as number) <= (right as number);
    case ">":
      return (left as number) > (right as number);
    default:
      return (left as number) >= (right as number);
  }
}

const show = (value: unknown): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : value === null ? "<nil>" : String(value);

function render(nodes: readonly Node[], value: unknown, root: unknown): string {
  return nodes
    .map((node) => {
      if (node.type === "text") return node.text;
      const found = walk(node.steps, [value], root);
      if (node.type === "path") return found.map(show).join(" ");
      return found.map((item) => render(node.body, item, root)).join("");
    })
    .join("");
}
