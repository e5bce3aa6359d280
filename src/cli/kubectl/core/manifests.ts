/** Manifests from `-f` and `-k`: several documents and Lists in each. */
import type { YAMLError } from "yaml";
import { CommandError, ContentError, type Io } from "./command.ts";
import type { FlagValues } from "./flags.ts";
import { readGivenFiles } from "./manifest-files.ts";

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

/** The manifests that `-f` and `-k` name. @throws CommandError naming the file, and the line where YAML is broken */
export async function givenManifests(flags: FlagValues, io: Io): Promise<Manifest[]> {
  const all: Manifest[] = [];
  for (const { name, text } of await readGivenFiles(flags, io)) all.push(...(await parseManifests(text, name)));
  return all;
}

/** One document of YAML or JSON. @throws Error in the words of Go's YAML reader */
export async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { version: "1.1", prettyErrors: true, uniqueKeys: false });
  if (document.errors.length > 0) throw new Error(`yaml: ${yamlProblem(document.errors)}`);
  return document.toJS() as unknown;
}

/** @throws CommandError as {@link readManifests} */
export async function parseManifests(text: string, source: string): Promise<Manifest[]> {
  let values: unknown[];
  if (/^\s*\{/.test(text)) {
    try {
      values = [JSON.parse(text)];
    } catch (error) {
      throw new ContentError(`error parsing ${source}: ${(error as Error).message}`);
    }
  } else {
    const { parseAllDocuments } = await import("yaml");
    const documents = parseAllDocuments(text, { version: "1.1", prettyErrors: true, uniqueKeys: false });
    values = (Array.isArray(documents) ? documents : []).map((document) => {
      if (document.errors.length > 0)
        throw new ContentError(
          `error parsing ${source}: error converting YAML to JSON: yaml: ${yamlProblem(document.errors)}`,
        );
      return document.toJS() as unknown;
    });
  }
  return values.filter((v) => v !== null && v !== undefined).flatMap((value) => flatten(value, source));
}

/** What Go's YAML reader says where ours stumbles, and how far its line number is from ours. */
const yamlWords: Readonly<Record<string, readonly [words: string, offset: number]>> = {
  BLOCK_AS_IMPLICIT_KEY: ["mapping values are not allowed in this context", 1],
  TAB_AS_INDENT: ["found character that cannot start any token", 0],
  BAD_INDENT: ["did not find expected key", -1],
  MISSING_CHAR: ["could not find expected ':'", 0],
};

function yamlProblem([first, second]: readonly YAMLError[]): string {
  if (!first) return "";
  const { code, linePos, message } = first;
  const own = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
  const [known, offset] = yamlWords[code] ?? [own, 0];
  const flow = /flow (map|seq|collection)/i.exec(own);
  const words = flow ? `did not find expected ',' or '${flow[1] === "seq" ? "]" : "}"}'` : known;
  // A second mapping on the same line is where it is; one on the next line is found there.
  const sameLine = code === "BLOCK_AS_IMPLICIT_KEY" && second?.code !== "MULTILINE_IMPLICIT_KEY";
  const line = linePos && linePos[0].line + (sameLine ? 0 : offset);
  // Go counts from zero, and does not tell of line zero.
  return `${line && !(sameLine && line === 1) ? `line ${line}: ` : ""}${words}`;
}

function flatten(value: unknown, source: string): Manifest[] {
  const object = value as Partial<ManifestObject> & { items?: unknown[] };
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new CommandError(`error validating "${source}": error validating data: invalid object to validate`);
  }
  const missing = [...(object.apiVersion ? [] : ["apiVersion not set"]), ...(object.kind ? [] : ["kind not set"])];
  if (missing.length > 0) {
    const what = missing.length === 1 ? missing[0] : `[${missing.join(", ")}]`;
    throw new CommandError(
      `error validating "${source}": error validating data: ${what}; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  }
  if (object.kind?.endsWith("List") && Array.isArray(object.items))
    return object.items.flatMap((item) => flatten(item, source));
  return [{ source, object: { ...object, metadata: { ...object.metadata } } as ManifestObject }];
}
