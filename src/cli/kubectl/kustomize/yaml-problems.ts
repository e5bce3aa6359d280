/** What Go's YAML reader says where ours stumbles, and on which line. */
import type { YAMLError } from "yaml";

const scanning: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
  TAB_AS_INDENT: "found character that cannot start any token",
  MISSING_CHAR: "could not find expected ':'",
};

/** @param source the text that was read */
export function goYamlProblem({ code, linePos, message, pos }: YAMLError, source: string): string {
  const own = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
  // Lines count from 0 here, as Go counts them.
  const line = (linePos?.[0].line ?? 1) - 1;
  const bracket = /flow (?:map|seq|collection)/i.test(own) ? openBracket(source.slice(0, pos[0])) : undefined;
  if (bracket) {
    const closing = source[bracket.at] === "[" ? "]" : "}";
    return at(bracket.line || line, `did not find expected ',' or '${closing}'`);
  }
  if (code === "BAD_INDENT") return at(mappingStart(source, line) || line, "did not find expected key");
  const words = scanning[code];
  // What the scanner finds wrong has its line counted from 1; a key on the first line is missed on the next.
  if (words === undefined || (line === 0 && code !== "MISSING_CHAR")) return at(line, words ?? own);
  return at(line === 0 ? 2 : line + 1, words);
}

const at = (line: number, words: string): string => `${line > 0 ? `line ${line}: ` : ""}${words}`;

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
