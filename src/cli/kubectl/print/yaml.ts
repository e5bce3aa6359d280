/**
 * YAML as kubectl writes it (sigs.k8s.io/yaml, which is go-yaml v2): keys sorted, sequences not indented below their
 * key, strings plain unless they would read as something else.
 */

const ambiguous =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|\.nan|\.NaN|\.NAN|[-+]?\.inf|[-+]?\.Inf|[-+]?\.INF|<<|=)$/;
const numeric =
  /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9][0-9_]*|(?:[0-9][0-9_]*)?\.?[0-9_]*(?:[eE][-+]?[0-9]+)?)$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const timestamp = /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt \t])/;
/** Could not stand plain: an indicator in front, or something that ends a plain scalar. */
const needsQuotes = /^[\s]|[\s]$|^[-?:](?:\s|$)|^[,[\]{}#&*!|>'"%@`]|: |:$| #|^---|^\.\.\./;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f\u2028\u2029\ufeff]/;

const readsAsOther = (text: string): boolean =>
  text === "" ||
  ambiguous.test(text) ||
  (numeric.test(text) && /\d/.test(text)) ||
  sexagesimal.test(text) ||
  timestamp.test(text);

const escapes: Record<string, string> = { "\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\" };

/** Where lines are broken: at the first blank behind this column. */
const bestWidth = 80;

/**
 * Breaks text at blanks once it is too wide.
 * @param column where it starts
 * @param breaks may it break at the blank at this place?
 */
function folded(text: string, column: number, indent: string, breaks: (at: number) => boolean): string {
  let out = "";
  let at = column;
  let afterBlank = false;
  const chars = [...text];
  chars.forEach((char, i) => {
    if (char === " " && !afterBlank && at > bestWidth && breaks(i)) {
      out += `\n${indent}`;
      at = indent.length;
    } else {
      out += char;
      at++;
    }
    afterBlank = char === " ";
  });
  return out;
}

function doubleQuoted(text: string, column: number, indent: string): string {
  let out = '"';
  let at = column + 1;
  let afterBlank = false;
  const chars = [...text];
  chars.forEach((char, i) => {
    if (char === " " && !afterBlank && at > bestWidth && i > 0 && i < chars.length - 1) {
      const mark = chars[i + 1] === " " ? "\\" : "";
      out += `\n${indent}${mark}`;
      at = indent.length + mark.length;
    } else {
      const written = escapedChar(char);
      out += written;
      at += written.length;
    }
    afterBlank = char === " ";
  });
  return `${out}"`;
}

function escapedChar(char: string): string {
  if (escapes[char]) return escapes[char];
  if (!unprintable.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  const hex = (width: number) => code.toString(16).padStart(width, "0").toUpperCase();
  return code < 256 ? `\\x${hex(2)}` : `\\u${hex(4)}`;
}

function block(text: string, indent: string): string {
  const trailing = /\n*$/.exec(text)?.[0].length ?? 0;
  const chomp = trailing === 0 ? "-" : trailing === 1 ? "" : "+";
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const body = trailing > 0 ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => (line === "" ? "" : `${indent}${line}`));
  return `|${hint}${chomp}\n${lines.join("\n")}`;
}

/** @param indent of what follows on further lines @param column where the text starts */
function scalar(value: unknown, indent: string, column: number): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  const text = String(value);
  if (unprintable.test(text) || text.includes("\t")) return doubleQuoted(text, column, indent);
  if (text.includes("\n")) return / \n| $/.test(text) ? doubleQuoted(text, column, indent) : block(text, indent);
  if (readsAsOther(text)) return `"${text}"`;
  const chars = [...text];
  const single = (i: number) => chars[i + 1] !== " ";
  if (!needsQuotes.test(text)) return folded(text, column, indent, single);
  const last = chars.length - 1;
  // A quote within is written twice, and both count.
  return folded(
    `'${text.replaceAll("'", "''")}'`,
    column,
    indent,
    (i) => i > 1 && i <= last && text !== "" && single(i - 1),
  );
}

/** As Go's encoder writes a float; whole numbers in full. */
const numberText = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(value).replace(/e([+-])(\d)$/, "e$10$2");

const isEmpty = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : undefined;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? "{}" : undefined;
  return undefined;
};

/** Keys in the order of go-yaml: numbers in them by value, letters behind everything else. */
function naturally(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < x.length && i < y.length; i++) {
    const [p, q] = [x[i] as string, y[i] as string];
    if (p === q) continue;
    const [pLetter, qLetter] = [isLetter(p), isLetter(q)];
    if (pLetter && qLetter) return p < q ? -1 : 1;
    if (pLetter || qLetter) return qLetter ? -1 : 1;
    let leading = 0;
    if (p === "0" || q === "0") {
      for (let j = i - 1; j >= 0 && isDigit(x[j]); j--) {
        if (x[j] !== "0") {
          leading = 1;
          break;
        }
      }
    }
    const [m, n] = [numberFrom(x, i, leading), numberFrom(y, i, leading)];
    if (m.value !== n.value) return m.value - n.value;
    if (m.end !== n.end) return m.end - n.end;
    return p < q ? -1 : 1;
  }
  return x.length - y.length;
}

const isLetter = (char: string): boolean => /^\p{L}$/u.test(char);
const isDigit = (char: string | undefined): boolean => char !== undefined && /^\p{Nd}$/u.test(char);

function numberFrom(chars: readonly string[], start: number, leading: number): { value: number; end: number } {
  let value = leading;
  let end = start;
  for (; isDigit(chars[end]); end++) value = value * 10 + Number(chars[end]);
  return { value, end };
}

const simpleKeys = /^[a-z][a-zA-Z]*$/;
const inOrder = (keys: string[]): string[] =>
  keys.every((key) => simpleKeys.test(key)) ? keys.sort() : keys.sort(naturally);

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const empty = isEmpty(item);
      if (empty) return [`${indent}- ${empty}`];
      if (typeof item !== "object" || item === null)
        return [`${indent}- ${scalar(item, `${indent}  `, indent.length + 2)}`];
      const [first = "", ...rest] = lines(item, `${indent}  `);
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
    });
  }
  const object = value as Record<string, unknown>;
  return inOrder(Object.keys(object).filter((key) => object[key] !== undefined)).flatMap((key) => {
    const item = object[key];
    const name = scalar(key, indent, Number.NEGATIVE_INFINITY);
    const empty = isEmpty(item);
    if (empty) return [`${indent}${name}: ${empty}`];
    if (typeof item !== "object" || item === null)
      return [`${indent}${name}: ${scalar(item, `${indent}  `, indent.length + [...name].length + 2)}`];
    return [`${indent}${name}:`, ...lines(item, Array.isArray(item) ? indent : `${indent}  `)];
  });
}

/** One document, with its closing newline. */
export function toYaml(value: unknown): string {
  const empty = isEmpty(value);
  if (empty) return `${empty}\n`;
  if (typeof value !== "object" || value === null) return `${scalar(value, "", 0)}\n`;
  return `${lines(value, "").join("\n")}\n`;
}

/** One item of a sequence that is not indented, with its closing newline. */
export const yamlItem = (value: unknown): string => `${lines([value], "").join("\n")}\n`;
