/**
 * Cuts the text of manifests into documents where kubectl does (apimachinery's `YAMLOrJSONDecoder`). Text that begins with `{` may
 * be JSON values one after the other, or YAML in flow style between lines of `---`: it is JSON until a value cannot be read
 * as such, and from there on YAML, but not when two values were JSON.
 */
import { scanJsonValue } from "./json-scan.ts";

export type DocumentText =
  | {
      readonly format: "json" | "yaml";
      readonly text: string;
      /** Where it stands in the whole text. */
      readonly start: number;
      /** Of YAML that was tried as JSON first: what is wrong with it where it is no YAML either. */
      readonly notJson?: string;
    }
  /** What follows cannot be read. */
  | { readonly format: "none"; readonly problem: string; readonly start: number };

export function* documentsIn(text: string): Generator<DocumentText, void> {
  if (/^\p{White_Space}*\{/u.test(text)) yield* mixedDocuments(text);
  else yield* yamlDocuments(text, 0);
}

function* mixedDocuments(text: string): Generator<DocumentText, void> {
  const blank = /[ \n\r\t]*/y;
  let at = 0;
  for (let values = 0; ; values++) {
    blank.lastIndex = at;
    const start = at + (blank.exec(text)?.[0].length ?? 0);
    if (start === text.length) return;
    const { end, error } = scanJsonValue(text, start);
    if (error === undefined) {
      yield { format: "json", text: text.slice(start, end), start };
      at = end;
      continue;
    }
    const cutOff = end >= text.length;
    const problem = cutOff ? "unexpected EOF" : error;
    if (values > 1) return yield { format: "none", problem, start };
    const notJson = cutOff ? problem : `json: offset ${byteLength(text.slice(0, end)) + 1}: ${error}`;
    const rest = startOfYaml(text, at);
    if (rest === undefined) return yield { format: "none", problem: notJson, start };
    return yield* yamlDocuments(text, rest, notJson);
  }
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** Behind the blanks of the line; undefined where so little is left (less than four bytes) that kubectl does not try. */
function startOfYaml(text: string, from: number): number | undefined {
  for (let at = from; byteLength(text.slice(at, at + 4)) >= 4; at++) {
    if (!/\p{White_Space}/u.test(text[at] as string)) return at;
    if (text[at] === "\n") return at + 1;
  }
  return undefined;
}

/** @param notJson why the first one is no JSON */
function* yamlDocuments(text: string, from: number, notJson?: string): Generator<DocumentText, void> {
  let [start, first] = [from, true];
  const document = (end: number): DocumentText => {
    const why = first && notJson !== undefined ? { notJson } : {};
    first = false;
    return { format: "yaml", text: text.slice(start, end), start, ...why };
  };
  for (let at = from; at < text.length; ) {
    const next = text.indexOf("\n", at) + 1 || text.length;
    const line = text.slice(at, next);
    if (line.startsWith("---")) {
      const more = line.slice(3).trim();
      if (more !== "" && !more.startsWith("#")) {
        const problem = (first ? notJson : undefined) ?? `invalid Yaml document separator: ${more}`;
        return yield { format: "none", problem, start: at };
      }
      // A separator with nothing before it is part of the document: its line counts in what is said of that.
      if (at > start) {
        yield document(at);
        start = next;
      }
    }
    at = next;
  }
  if (start < text.length) yield document(text.length);
}
