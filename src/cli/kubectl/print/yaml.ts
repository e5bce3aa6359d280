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

function doubleQuoted(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (escapes[char]) out += escapes[char];
    else if (unprintable.test(char))
      out +=
        code < 256
          ? `\\x${code.toString(16).padStart(2, "0").toUpperCase()}`
          : `\\u${code.toString(16).padStart(4, "0").toUpperCase()}`;
    else out += char;
  }
  return `${out}"`;
}

function block(text: string, indent: string): string {
  const trailing = /\n*$/.exec(text)?.[0].length ?? 0;
  const chomp = trailing === 0 ? "-" : trailing === 1 ? "" : "+";
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const body = trailing > 0 ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => (line === "" ? "" : `${indent}${line}`));
  return `|${hint}${chomp}\n${lines.join("\n")}`;
}

function scalar(value: unknown, indent: string): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = String(value);
  if (unprintable.test(text)) return doubleQuoted(text);
  if (text.includes("\n")) return block(text, indent);
  if (readsAsOther(text)) return `"${text}"`;
  if (text.includes("\t")) return doubleQuoted(text);
  return needsQuotes.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}

const isEmpty = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : undefined;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? "{}" : undefined;
  return undefined;
};

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const empty = isEmpty(item);
      if (empty) return [`${indent}- ${empty}`];
      if (typeof item !== "object" || item === null) return [`${indent}- ${scalar(item, `${indent}  `)}`];
      const [first = "", ...rest] = lines(item, `${indent}  `);
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
    });
  }
  const object = value as Record<string, unknown>;
  return Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .flatMap((key) => {
      const item = object[key];
      const name = scalar(key, indent);
      const empty = isEmpty(item);
      if (empty) return [`${indent}${name}: ${empty}`];
      if (typeof item !== "object" || item === null) return [`${indent}${name}: ${scalar(item, `${indent}  `)}`];
      return [`${indent}${name}:`, ...lines(item, Array.isArray(item) ? indent : `${indent}  `)];
    });
}

/** One document, with its closing newline. */
export function toYaml(value: unknown): string {
  const empty = isEmpty(value);
  if (empty) return `${empty}\n`;
  if (typeof value !== "object" || value === null) return `${scalar(value, "")}\n`;
  return `${lines(value, "").join("\n")}\n`;
}
