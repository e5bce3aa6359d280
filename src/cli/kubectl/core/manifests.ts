/** Manifests from `-f` and `-k`: several documents and Lists in each. */
import type { YAMLError } from "yaml";
import { sortedJson } from "../print/output.ts";
import { ContentError, type Io } from "./command.ts";
import { isExact, parseJson } from "./exact-json.ts";
import type { FlagValues } from "./flags.ts";
import { type ManifestText, readGivenFiles } from "./manifest-files.ts";

export interface Manifest {
  /** Where it came from, as errors name it. */
  readonly source: string;
  readonly object: ManifestObject;
}

export interface ManifestObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name?: string;
    namespace?: string;
    generateName?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

/** What one place in the files has: a manifest, or why there is none. */
export type Parsed = Manifest | { readonly error: unknown };

/**
 * What the files of `-f` and `-k` have, in order. A document that cannot be read ends its file, not the others.
 * @throws CommandError naming a file that is not there
 */
export async function givenManifests(flags: FlagValues, io: Io): Promise<Parsed[]> {
  const validated = flags.has("validate") && !/^(?:ignore|false)$/.test(flags.string("validate"));
  const all: Parsed[] = [];
  let files: readonly ManifestText[];
  try {
    files = await readGivenFiles(flags, io);
  } catch (error) {
    if (error instanceof ContentError) return [{ error }];
    throw error;
  }
  for (const { name, text } of files) all.push(...(await parseFile(text, name, validated)));
  return all;
}

/** One document of YAML or JSON. @throws Error in the words of Go's YAML reader */
export async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, yamlOptions);
  if (document.errors.length > 0) throw new Error(`yaml: ${yamlProblem(document.errors)}`);
  return document.toJS({ reviver: inNumbers }) as unknown;
}

const yamlOptions = { version: "1.1", prettyErrors: true, uniqueKeys: false, intAsBigInt: true } as const;

/** What a number holds is one. */
const inNumbers = (_: unknown, value: unknown): unknown =>
  typeof value === "bigint" && !isExact(value) ? Number(value) : value;

/** All manifests of a text. @throws CommandError naming the source, and the line where YAML is broken */
export async function parseManifests(text: string, source: string): Promise<Manifest[]> {
  return (await parseFile(text, source, true)).map((parsed) => {
    if ("error" in parsed) throw parsed.error;
    return parsed;
  });
}

/** @param validated is what has no kind or version wrong as a file, and not only as one of its objects? */
async function parseFile(text: string, source: string, validated: boolean): Promise<Parsed[]> {
  const { values, problem } = await documentsOf(text, source);
  const all: Parsed[] = [];
  for (const value of values) {
    if (value === null || value === undefined) continue;
    const invalid = validated ? invalidity(value) : undefined;
    if (invalid !== undefined) {
      const words = `error validating data: ${invalid}; if you choose to ignore these errors, turn validation off with --validate=false`;
      return [...all, { error: new ContentError(`error validating "${source}": ${words}`) }];
    }
    all.push(...flatten(value, source));
  }
  return problem ? [...all, { error: problem }] : all;
}

/** The documents up to the first that is broken. */
async function documentsOf(
  text: string,
  source: string,
): Promise<{ readonly values: readonly unknown[]; readonly problem?: ContentError }> {
  const problem = (words: string) => new ContentError(`error parsing ${source}: ${words}`);
  if (/^\s*\{/.test(text)) {
    try {
      return { values: [parseJson(text)] };
    } catch (error) {
      return { values: [], problem: problem((error as Error).message) };
    }
  }
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text, yamlOptions);
  const values: unknown[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    if (document.errors.length > 0) {
      const words = yamlProblem(document.errors, linesBefore(text, document.errors[0]));
      return { values, problem: problem(`error converting YAML to JSON: yaml: ${words}`) };
    }
    values.push(document.toJS({ reviver: inNumbers }));
  }
  return { values };
}

/** What Go's YAML reader says where ours stumbles, and how far its line number is from ours. */
const yamlWords: Readonly<Record<string, readonly [words: string, offset: number]>> = {
  BLOCK_AS_IMPLICIT_KEY: ["mapping values are not allowed in this context", 1],
  TAB_AS_INDENT: ["found character that cannot start any token", 0],
  BAD_INDENT: ["did not find expected key", -1],
  MISSING_CHAR: ["could not find expected ':'", 0],
};

/** How many lines come before the document that an error is in: Go reads each as if it stood alone. */
function linesBefore(text: string, error: YAMLError | undefined): number {
  const before = text.split("\n", error?.linePos?.[0].line ?? 0);
  return before.findLastIndex((line) => line.startsWith("---")) + 1;
}

function yamlProblem([first, second]: readonly YAMLError[], before = 0): string {
  if (!first) return "";
  const { code, linePos, message } = first;
  const own = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
  const [known, offset] = yamlWords[code] ?? [own, 0];
  const flow = /flow (map|seq|collection)/i.exec(own);
  const words = flow ? `did not find expected ',' or '${flow[1] === "seq" ? "]" : "}"}'` : known;
  // A second mapping on the same line is where it is; one on the next line is found there.
  const sameLine = code === "BLOCK_AS_IMPLICIT_KEY" && second?.code !== "MULTILINE_IMPLICIT_KEY";
  const line = linePos && linePos[0].line - before + (sameLine ? 0 : offset);
  // Go counts from zero, and does not tell of line zero.
  return `${line && !(sameLine && line === 1) ? `line ${line}: ` : ""}${words}`;
}

/** What is wrong with what is to be an object; undefined when nothing is. */
function invalidity(value: unknown): string | undefined {
  if (typeof value !== "object" || Array.isArray(value)) return "invalid object to validate";
  const { apiVersion, kind } = value as Partial<ManifestObject>;
  const missing = [...(apiVersion ? [] : ["apiVersion not set"]), ...(kind ? [] : ["kind not set"])];
  return missing.length > 1 ? `[${missing.join(", ")}]` : missing[0];
}

/** The objects of a List one by one. */
function flatten(value: unknown, source: string): Parsed[] {
  const object = value as Partial<ManifestObject> & { items?: unknown[] };
  if (typeof value !== "object" || !object.kind) {
    const problem = `Object 'Kind' is missing in '${sortedJson(value)}'`;
    return [{ error: new ContentError(`unable to decode "${source}": ${problem}`) }];
  }
  if (object.kind.endsWith("List") && Array.isArray(object.items))
    return object.items.flatMap((item) => flatten(item, source));
  const { apiVersion = "", kind } = object;
  return [{ source, object: { ...object, apiVersion, kind, metadata: { ...object.metadata } } }];
}
