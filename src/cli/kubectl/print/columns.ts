/** `-o custom-columns`: a table of what paths find. */
import { CommandError } from "../core/command.ts";
import { goText } from "./go/format.ts";
import { type JsonPath, PathError } from "./jsonpath/evaluate.ts";
import { compilePath, relaxedPath } from "./jsonpath/relaxed.ts";

export interface Column {
  readonly header: string;
  /** A JSONPath in braces. */
  readonly path: string;
}

/** `NAME:.metadata.name,IMAGE:…`. @throws CommandError */
export function columnsOfSpec(spec: string): Column[] {
  return spec.split(",").map((part) => {
    const colon = part.indexOf(":");
    if (colon < 0)
      throw new CommandError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: relaxedPath(part.slice(colon + 1)) };
  });
}

/** A line of headers over a line of paths. @throws CommandError */
export function columnsOfFile(text: string): Column[] {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const missing = (what: string) =>
    new CommandError(
      `invalid template, missing ${what} line. Expected format is one line of space separated headers, one line of space separated column specs.`,
    );
  const [first, second] = lines;
  if (first === undefined) throw missing("header");
  if (second === undefined) throw missing("spec");
  const words = (line: string) => line.trim().split(/\s+/).filter(Boolean);
  const [headers, paths] = [words(first), words(second)];
  if (headers.length !== paths.length) {
    throw new CommandError(
      `number of headers (${headers.length}) and field specifications (${paths.length}) don't match`,
    );
  }
  return headers.map((header, i) => ({ header, path: relaxedPath(paths[i] ?? "") }));
}

/** Gives the cells of each object. @throws CommandError for a path that is malformed or does not fit */
export function columnCells(columns: readonly Column[]): (object: unknown) => string[] {
  let paths: readonly JsonPath[] | undefined;
  return (object) => {
    paths ??= columns.map(({ path }) => compilePath(path));
    return paths.map((path) => {
      const found = findIn(path, object);
      const texts = found.flat().map((value) => escapeTerminal(goText(value)));
      if (found.length === 0 || found[0]?.length === 0) texts.unshift("<none>");
      return texts.join(",");
    });
  };
}

function findIn(path: JsonPath, object: unknown): readonly (readonly unknown[])[] {
  try {
    return path.find(object);
  } catch (error) {
    throw error instanceof PathError ? new CommandError(error.message) : error;
  }
}

const escapeTerminal = (text: string): string => text.replaceAll("\u001b", "^[").replaceAll("\r", "\\r");
