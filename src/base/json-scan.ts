/**
 * Checks JSON text the way Go's decoder does: the same words for a syntax error, and the paths of fields that occur
 * twice, which JSON.parse hides.
 */
export interface JsonScan {
  /** In Go's words; undefined when the text is well-formed. */
  readonly error?: string;
  /** Paths such as `spec.template.metadata.labels.app` or `spec.ports[0].name`. */
  readonly duplicates: readonly string[];
}

class SyntaxProblem extends Error {}

const escapes: Readonly<Record<string, string>> = {
  "'": "\\'",
  '"': '"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
/** As Go quotes a character: it sees bytes, and takes each for a character of its own. */
const quoteChar = (c: string): string => {
  const code = firstByte(c.codePointAt(0) ?? 0);
  const byte = String.fromCharCode(code);
  const hex = code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, "0")}` : byte;
  return `'${escapes[byte] ?? hex}'`;
};
/** Of a character in UTF-8. */
const firstByte = (code: number): number => {
  if (code < 0x80) return code;
  if (code < 0x800) return 0xc0 | (code >> 6);
  return code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
};
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };
const maxDepth = 10_000;
/** The error of a text that is nested deeper than a decoder goes. */
export const tooDeep = "exceeded max depth";

/** Told of each field, in the order of the text; `again` when its object has had it before. */
type OnField = (path: string, again: boolean) => void;

/** A text that is one value, and blanks around it. */
export function scanJson(text: string, onField?: OnField): JsonScan {
  const { duplicates, end, error } = scanJsonValue(text, 0, onField);
  if (error !== undefined) return { error, duplicates };
  const rest = /[^ \n\r\t]/gu;
  rest.lastIndex = end;
  const [next] = rest.exec(text) ?? [];
  return next === undefined ? { duplicates } : { error: `${unexpected(next)} after top-level value`, duplicates };
}

export interface JsonValueScan extends JsonScan {
  /** Behind the value, or where it goes wrong: at the end of a text that has too little. */
  readonly end: number;
}

const unexpected = (c: string): string => `invalid character ${quoteChar(c)}`;

/** The value that begins in a text behind the blanks at `from`, whatever follows it. */
export function scanJsonValue(text: string, from = 0, onField?: OnField): JsonValueScan {
  const duplicates: string[] = [];
  const path: string[] = [];
  let at = from;

  const fail = (context: string): never => {
    if (at >= text.length) throw new SyntaxProblem("unexpected end of JSON input");
    throw new SyntaxProblem(`${unexpected(String.fromCodePoint(text.codePointAt(at) ?? 0))} ${context}`);
  };
  const blank = () => {
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      at++;
    }
  };

  /** Passes over a string and returns its raw text, without quotes. */
  const string = (): string => {
    const start = ++at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 34) return text.slice(start, at++);
      if (c === 92) {
        at++;
        const escaped = text[at];
        if (escaped === "u") {
          for (let i = 0; i < 4; i++) {
            at++;
            if (!/[0-9a-fA-F]/.test(text[at] ?? "")) fail("in \\u hexadecimal character escape");
          }
        } else if (escaped === undefined || !'"\\/bfnrt'.includes(escaped)) fail("in string escape code");
        at++;
      } else if (c >= 32) at++;
      else fail("in string literal"); // also at the end, where c is NaN
    }
  };

  const numeric = () => {
    number.lastIndex = at;
    const match = number.exec(text);
    if (!match) {
      at++;
      return fail("in numeric literal");
    }
    at += match[0].length;
    const next = text[at];
    if (next === ".") {
      at++;
      fail("after decimal point in numeric literal");
    } else if (next === "e" || next === "E") {
      at++;
      if (text[at] === "+" || text[at] === "-") at++;
      fail("in exponent of numeric literal");
    }
  };

  const object = () => {
    at++;
    const seen = new Set<string>();
    blank();
    if (text[at] === "}") {
      at++;
      return;
    }
    for (;;) {
      blank();
      if (text[at] !== '"') fail("looking for beginning of object key string");
      const raw = string();
      const key = raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
      path.push(`.${key}`);
      const again = seen.has(key);
      if (again || onField) {
        const where = path.join("").replace(/^\./, "");
        if (again) duplicates.push(where);
        onField?.(where, again);
      }
      seen.add(key);
      blank();
      if (text[at] !== ":") fail("after object key");
      at++;
      value();
      path.pop();
      blank();
      if (text[at] === "}") break;
      if (text[at] !== ",") fail("after object key:value pair");
      at++;
    }
    at++;
  };

  const array = () => {
    at++;
    blank();
    if (text[at] === "]") {
      at++;
      return;
    }
    for (let i = 0; ; i++) {
      path.push(`[${i}]`);
      value();
      path.pop();
      blank();
      if (text[at] === "]") break;
      if (text[at] !== ",") fail("after array element");
      at++;
    }
    at++;
  };

  const value = () => {
    blank();
    const c = text[at];
    if (path.length > maxDepth) throw new SyntaxProblem(tooDeep);
    if (c === '"') string();
    else if (c === "{") object();
    else if (c === "[") array();
    else if (c === "-" || (c !== undefined && c >= "0" && c <= "9")) numeric();
    else if (c !== undefined && literals[c]) {
      const word = literals[c];
      for (let i = 0; i < word.length; i++, at++) {
        if (text[at] !== word[i]) fail(`in literal ${word} (expecting ${quoteChar(word[i] as string)})`);
      }
    } else fail("looking for beginning of value");
  };

  try {
    value();
    return { duplicates, end: at };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { error: error.message, duplicates, end: at };
    if (error instanceof RangeError) return { error: tooDeep, duplicates, end: at };
    throw error;
  }
}

/** Pairs of surrogates, which stay, or one without its other half. Escaped backslashes are passed over. */
const surrogates = /\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})/g;

/** The value of a text that {@link scanJson} found well-formed. Half a surrogate pair becomes U+FFFD, as in Go. */
export const parseJson = (text: string): unknown =>
  JSON.parse(text.includes("\\u") ? text.replace(surrogates, (found, lone) => (lone ? "\\ufffd" : found)) : text);
