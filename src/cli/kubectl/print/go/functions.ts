/** The functions that Go templates can call (`text/template`), with kubectl's `exists` and `base64decode`. */
import { goText, sprint, sprintf, sprintln } from "./format.ts";
import { isPrint } from "./quote.ts";
import { GoNumber, goInt, isTrue, kindOf, numberOf, typeOf } from "./values.ts";

/** What a function complains of; the template says which one it was. */
export class CallError extends Error {
  override readonly name = "CallError";
}

const fail = (message: string): never => {
  throw new CallError(message);
};

export interface TemplateFunction {
  readonly parameters: readonly ("any" | "string")[];
  /** The type of any number of further ones. */
  readonly rest?: "any";
  /** @param args nil is undefined @throws CallError */
  call(args: unknown[]): { readonly value: unknown; readonly boxed: boolean };
}

const define = (
  parameters: TemplateFunction["parameters"],
  variadic: boolean,
  call: (...args: unknown[]) => unknown,
): TemplateFunction => ({
  parameters,
  ...(variadic ? { rest: "any" } : {}),
  call: (args) => ({ value: call(...args), boxed: false }),
});

const noValue = (kind: string): never => fail(`reflect: call of reflect.Value.${kind} on zero Value`);

function indexArgument(index: unknown, most: number): number {
  const kind = kindOf(index);
  if (kind === "nil") fail("cannot index slice/array with nil");
  if (kind !== "int" && kind !== "uint") fail(`cannot index slice/array with type ${typeOf(index)}`);
  const at = numberOf(index);
  if (at < 0 || at > most) fail(`index out of range: ${at}`);
  return at;
}

function index(item: unknown, ...indexes: unknown[]): unknown {
  if (kindOf(item) === "nil") fail("index of untyped nil");
  return indexes.reduce((value: unknown, at: unknown) => {
    switch (kindOf(value)) {
      case "nil":
        return fail("index of nil pointer");
      case "slice": {
        const list = value as unknown[];
        const i = indexArgument(at, list.length);
        return i < list.length ? list[i] : fail("reflect: slice index out of range");
      }
      case "string": {
        const bytes = Buffer.from(value as string);
        const i = indexArgument(at, bytes.length);
        return i < bytes.length
          ? new GoNumber("uint8", bytes[i] as number)
          : fail("reflect: string index out of range");
      }
      case "map":
        if (kindOf(at) === "nil") fail("value is nil; should be of type string");
        if (kindOf(at) !== "string") fail(`value has type ${typeOf(at)}; should be string`);
        return Object.hasOwn(value as object, at as string)
          ? (value as Record<string, unknown>)[at as string]
          : undefined;
      default:
        return fail(`can't index item of type ${typeOf(value)}`);
    }
  }, item);
}

function slice(item: unknown, ...indexes: unknown[]): unknown {
  const kind = kindOf(item);
  if (kind === "nil") fail("slice of untyped nil");
  if (indexes.length > 3) fail(`too many slice indexes: ${indexes.length}`);
  if (kind === "string" && indexes.length === 3) fail("cannot 3-index slice a string");
  if (kind !== "string" && kind !== "slice") fail(`can't slice item of type ${typeOf(item)}`);
  const whole = kind === "string" ? Buffer.from(item as string) : (item as unknown[]);
  const at = [0, whole.length, whole.length];
  indexes.forEach((index, i) => {
    at[i] = indexArgument(index, whole.length);
  });
  const [from = 0, to = 0, most = 0] = at;
  if (from > to) fail(`invalid slice index: ${from} > ${to}`);
  if (indexes.length === 3 && to > most) fail(`invalid slice index: ${to} > ${most}`);
  const part = whole.slice(from, to);
  return Buffer.isBuffer(part) ? part.toString() : part;
}

function length(item: unknown): unknown {
  switch (kindOf(item)) {
    case "string":
      return goInt(Buffer.byteLength(item as string));
    case "slice":
      return goInt((item as unknown[]).length);
    case "map":
      return goInt(Object.keys(item as object).length);
    case "nil":
      return noValue("Type");
    default:
      return fail(`len of type ${typeOf(item)}`);
  }
}

const badComparison = "incompatible types for comparison";
const basic = new Set(["bool", "int", "uint", "float", "string"]);
const isWhole = (kind: string): boolean => kind === "int" || kind === "uint";

function equal(first: unknown, ...others: unknown[]): boolean {
  if (others.length === 0) fail("missing argument for comparison");
  const a = kindOf(first);
  for (const other of others) {
    const b = kindOf(other);
    if (basic.has(a) && basic.has(b)) {
      if (a !== b && !(isWhole(a) && isWhole(b))) fail(badComparison);
      if (a === "bool" || a === "string" ? first === other : numberOf(first) === numberOf(other)) return true;
    } else if (basic.has(a) || basic.has(b)) {
      if (a !== "nil" && b !== "nil") fail(badComparison);
    } else if (a !== b && a !== "nil" && b !== "nil") {
      fail(`non-comparable types ${goText(first)}: ${typeOf(first)}, ${typeOf(other)}: ${goText(other)}`);
    } else if (a === "nil" || b === "nil") {
      if (a === b) return true;
    } else fail(`non-comparable type ${goText(other)}: ${typeOf(other)}`);
  }
  return false;
}

function less(first: unknown, second: unknown): boolean {
  const [a, b] = [kindOf(first), kindOf(second)];
  if (!basic.has(a) || !basic.has(b)) fail("invalid type for comparison");
  if (a !== b && !(isWhole(a) && isWhole(b))) fail(badComparison);
  if (a === "bool") fail("invalid type for comparison");
  if (a === "string") return Buffer.compare(Buffer.from(first as string), Buffer.from(second as string)) < 0;
  return numberOf(first) < numberOf(second);
}

const lessOrEqual = (a: unknown, b: unknown): boolean => less(a, b) || equal(a, b);

/** Arguments as text: a string as it is, several as `print` would. */
const textOf = (args: readonly unknown[]): string =>
  sprint(args.map((arg) => (kindOf(arg) === "nil" ? "<no value>" : arg)));

const htmlEscapes: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function jsEscape(char: string): string {
  const named: Readonly<Record<string, string>> = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "<": "\\u003C",
    ">": "\\u003E",
    "&": "\\u0026",
    "=": "\\u003D",
  };
  if (named[char]) return named[char];
  const code = char.codePointAt(0) ?? 0;
  return code < 32 || (code >= 127 && !isPrint(char)) ? `\\u${code.toString(16).toUpperCase().padStart(4, "0")}` : char;
}

function queryEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function exists(item: unknown, ...indexes: unknown[]): boolean {
  if (indexes.length === 0 && item === undefined) return true;
  let value = item;
  for (const at of indexes) {
    const kind = kindOf(value);
    if (kind === "slice" || kind === "string") {
      const list = kind === "string" ? [...Buffer.from(value as string)] : (value as unknown[]);
      if (!isWhole(kindOf(at)) || numberOf(at) < 0 || numberOf(at) >= list.length) return false;
      value = list[numberOf(at)];
    } else if (kind === "map") {
      const key = kindOf(at) === "nil" ? "" : at;
      if (typeof key !== "string") return false;
      value = (value as Record<string, unknown>)[key];
    } else return false;
  }
  return kindOf(value) !== "nil";
}

function base64decode(text: string): string {
  const clean = text.replace(/[\r\n]/g, "");
  const bad = /[^A-Za-z0-9+/=]|=(?!=?$)/.exec(text.replace(/[\r\n]/g, "\r"));
  if (bad && bad[0] !== "\r") fail(`base64 decode failed: illegal base64 data at input byte ${bad.index}`);
  const body = clean.replace(/=+$/, "");
  if (clean.length % 4 !== 0 || body.length % 4 === 1)
    fail(`base64 decode failed: illegal base64 data at input byte ${Math.floor(text.length / 4) * 4}`);
  return Buffer.from(clean, "base64").toString();
}

export const builtins: Readonly<Record<string, TemplateFunction>> = {
  // The execution does these: two stop at the argument that decides, and there is nothing that could be called.
  and: define(["any"], true, () => undefined),
  or: define(["any"], true, () => undefined),
  call: define(["any"], true, () => undefined),
  html: define([], true, (...args) => textOf(args).replace(/["'&<>\0]/g, (c) => htmlEscapes[c] as string)),
  js: define([], true, (...args) => [...textOf(args)].map(jsEscape).join("")),
  urlquery: define([], true, (...args) => queryEscape(textOf(args))),
  index: define(["any"], true, index),
  slice: define(["any"], true, slice),
  len: define(["any"], false, length),
  not: define(["any"], false, (arg) => !isTrue(arg)),
  print: define([], true, (...args) => sprint(args)),
  printf: define(["string"], true, (format, ...args) => sprintf(format as string, args)),
  println: define([], true, (...args) => sprintln(args)),
  eq: define(["any"], true, equal),
  ne: define(["any", "any"], false, (a, b) => !equal(a, b)),
  lt: define(["any", "any"], false, less),
  le: define(["any", "any"], false, lessOrEqual),
  gt: define(["any", "any"], false, (a, b) => !lessOrEqual(a, b)),
  ge: define(["any", "any"], false, (a, b) => !less(a, b)),
};

/** What kubectl adds for `-o go-template`. */
export const kubectlFunctions: Readonly<Record<string, TemplateFunction>> = {
  exists: define(["any"], true, exists),
  base64decode: define(["string"], false, (text) => base64decode(text as string)),
};
