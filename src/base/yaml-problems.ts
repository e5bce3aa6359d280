/** What Go's YAML reader says where ours stumbles, and on which line. */
import type { YAMLError } from "yaml";

const scanning: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
  TAB_AS_INDENT: "found character that cannot start any token",
  MISSING_CHAR: "could not find expected ':'",
};

/** The same, of messages. */
const scanner: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing .quote/, "found unexpected end of stream"],
  [/^Plain value cannot start with/, "found character that cannot start any token"],
  [/^Invalid escape sequence/, "found unknown escape character"],
];

/** @param source the text that was read */
export function goYamlProblem({ code, linePos, message, pos }: YAMLError, source: string): string {
  const own = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
  // Lines count from 0 here, as Go counts them.
  const line = (linePos?.[0].line ?? 1) - 1;
  const bracket = /flow (?:map|seq|collection)/i.test(own) ? openBracket(source.slice(0, pos[0])) : undefined;
  if (bracket) {
    const closing = source[bracket.at] === "[" ? "]" : "}";
    const end = pos[0] >= source.trimEnd().length - 1 ? lastLine(source) : line;
    // Where an item or a value is due, that is missed before the bracket is.
    if (/[[{,:]\s*$/.test(source)) return at(end, "did not find expected node content");
    return at(bracket.line || end, `did not find expected ',' or '${closing}'`);
  }
  const scanned = scanner.find(([pattern]) => pattern.test(own))?.[1];
  if (scanned) return at(line === 0 ? 0 : line + 1, scanned);
  if (code === "BAD_INDENT") return at(mappingStart(source, line) || line, "did not find expected key");
  const words = scanning[code];
  // What the scanner finds wrong has its line counted from 1; a key on the first line is missed on the next.
  if (words === undefined || (line === 0 && code !== "MISSING_CHAR")) return at(line, words ?? own);
  return at(line === 0 ? 2 : line + 1, words);
}

const at = (line: number, words: string): string => `${line > 0 ? `line ${line}: ` : ""}${words}`;

/** Where Go's reader is at the end, which comes on a line of its own. */
const lastLine = (source: string): number => source.split("\n").length - (source.endsWith("\n") ? 1 : 0);

/** The last bracket that was opened and not closed. */
function openBracket(text: string): { readonly at: number; readonly line: number } | undefined {
  const open: number[] = [];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<=^|\s)#.*|[[\]{}]/gm)) {
    if (token === "[" || token === "{") open.push(index);
    else if (token === "]" || token === "}") open.pop();
  }
  const last = open.at(-1);
  return last === undefined ? undefined : { at: last, line: text.slice(0, last).split("\n").length - 1 };
}

/** The first line of the block mapping that the line is in, by how far lines are indented. */
function mappingStart(source: string, line: number): number {
  const lines = source.split("\n");
  const indentOf = (text: string | undefined) =>
    /^\s*(?:#|$)/.test(text ?? "") ? -1 : (/^ */.exec(text ?? "")?.[0].length ?? 0);
  const own = indentOf(lines[line]);
  let start = line;
  let indent: number | undefined;
  for (let i = line - 1; i >= 0; i--) {
    const other = indentOf(lines[i]);
    if (other < 0 || (indent === undefined && other >= own)) continue;
    indent ??= other;
    if (other < indent) break;
    if (other === indent) start = i;
  }
  return start;
}
