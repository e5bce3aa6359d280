/** What Go's YAML reader says where ours stumbles, and on which line. */
import type { YAMLError } from "yaml";

const startsNoToken = "found character that cannot start any token";
const noKey = "did not find expected key";

/** What is found before anything is made of the tokens, of messages. */
const scanner: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing .quote/, "found unexpected end of stream"],
  [/^Plain value cannot start with/, startsNoToken],
  [/^Invalid escape sequence/, "found unknown escape character"],
];

/** go-yaml 2 (the API server, kubectl, kubeconfigs) names the line where it fails, 3 (kustomize) the one where what fails begins. */
type Reader = 2 | 3;

/**
 * @param problems all of a document
 * @param source the text that was read
 */
export function goYamlProblem(
  problems: readonly [YAMLError, ...YAMLError[]],
  source: string,
  reader: Reader = 2,
): string {
  const [{ code, linePos, message, pos }] = problems;
  const own = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
  // Lines count from 0 here, as Go counts them.
  const line = (linePos?.[0].line ?? 1) - 1;
  const [start] = pos;
  const keyProblem = () => at((reader === 3 && mappingStart(source, line)) || line, noKey);
  if (/flow (?:map|seq|collection)/i.test(own)) return flowProblem(source, start, line, reader);
  const scanned = scanner.find(([pattern]) => pattern.test(own))?.[1];
  if (scanned) return atScanned(line, scanned);
  const long = problems.find((problem) => problem.code === "MULTILINE_IMPLICIT_KEY");
  if (long && (code === "MULTILINE_IMPLICIT_KEY" || code === "BLOCK_AS_IMPLICIT_KEY"))
    return longKey(source, long.pos, reader);
  switch (code) {
    case "BLOCK_AS_IMPLICIT_KEY":
      return atScanned(line, noMapping);
    case "TAB_AS_INDENT":
      return atScanned(
        line,
        isInText(source, start) ? "found a tab character that violates indentation" : startsNoToken,
      );
    case "BAD_INDENT":
      return keyProblem();
    case "MISSING_CHAR":
      return /^Sequence item without/.test(own) ? keyProblem() : colonMissing(source, line, reader);
    default:
      if (!/ at node end$/.test(own)) return at(line, own);
      return /^(?:[^\S\n]*(?:#.*)?\n)*- /.test(source) ? at(line, "did not find expected '-' indicator") : keyProblem();
  }
}

function flowProblem(source: string, start: number, line: number, reader: Reader): string {
  const bracket = openBracket(source.slice(0, start));
  const closing = bracket && source[bracket.at] === "[" ? "]" : "}";
  const end = start >= source.trimEnd().length - 1 && source[start] !== "," ? lastLine(source) : line;
  const begin = bracket?.line ?? 0;
  // Where an item or a value is due, that is missed before the bracket is.
  const due = source[start] === "," ? /[[{,]\s*$/.test(source.slice(0, start)) : /[[{,:]\s*$/.test(source);
  if (due) return at(end, "did not find expected node content");
  return at(reader === 2 ? end || begin : begin || end, `did not find expected ',' or '${closing}'`);
}

const noMapping = "mapping values are not allowed in this context";

/** Text over several lines with a colon behind it: what the scanner misses depends on whether a key had to be there. */
function longKey(source: string, [start, end]: YAMLError["pos"], reader: Reader): string {
  const line = lineAt(source, start);
  const required = start > 0 && /(?:^|\n)[^\S\n]*$/.test(source.slice(0, start));
  if (!required) return atScanned(lineAt(source, end), noMapping);
  return /^-\s/.test(source.slice(start)) ? at(line, noKey) : colonMissing(source, line, reader);
}

/** That a key has no colon is seen when the next token comes. */
function colonMissing(source: string, line: number, reader: Reader): string {
  const more = source.split("\n").findIndex((text, i) => i > line && !/^\s*(?:#|$)/.test(text));
  const seen = more < 0 ? lastLine(source) : more;
  return atScanned(reader === 3 && line > 0 ? line : seen, "could not find expected ':'");
}

/** The line of an offset, counted from 0. */
export const lineAt = (source: string, offset: number): number => source.slice(0, offset).split("\n").length - 1;

/** Is the line a further one of a text without quotes? */
const isInText = (source: string, offset: number): boolean =>
  /[^\s:-][^\S\n]*\n\s*$/.test(source.slice(0, offset)) && !/[|>][-+]?\s*$/.test(source.slice(0, offset));

/** What the scanner finds has its line counted from 1, but for the first line. */
const atScanned = (line: number, words: string): string => at(line === 0 ? 0 : line + 1, words);
const at = (line: number, words: string): string => `${line > 0 ? `line ${line}: ` : ""}${words}`;

/** Where Go's reader is at the end, which comes on a line of its own. */
const lastLine = (source: string): number => source.split("\n").length - (source.endsWith("\n") ? 1 : 0);

/** Quoted text, comments, and brackets. */
const flowTokens = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<=^|\s)#.*|[[\]{}]/gm;

/** Where a text ends that is one value in brackets; undefined for another, and where the value is a key. */
export function closingBracket(text: string): number | undefined {
  if (!/^(?:[^\S\n]*(?:(?:#|---)[^\n]*)?\n)*(?:---)?[^\S\n]*[[{]/.test(text)) return undefined;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(flowTokens)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    else continue;
    if (depth === 0) return /^\s*:/.test(text.slice(index + 1)) ? undefined : index + 1;
  }
  return undefined;
}

/** The last bracket that was opened and not closed. */
function openBracket(text: string): { readonly at: number; readonly line: number } | undefined {
  const open: number[] = [];
  for (const { 0: token, index } of text.matchAll(flowTokens)) {
    if (token === "[" || token === "{") open.push(index);
    else if (token === "]" || token === "}") open.pop();
  }
  const last = open.at(-1);
  return last === undefined ? undefined : { at: last, line: lineAt(text, last) };
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
