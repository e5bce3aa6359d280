/** Manifests from `-f` and `-k`: several documents and Lists in each. */
import { type Json, jsonType } from "../../../api/patch/json.ts";
import { documentsIn } from "../../../base/document-stream.ts";
import { kubernetesYaml } from "../../../base/kubernetes-yaml.ts";
import { documentValue, firstDocument, YamlError } from "../../../base/yaml-text.ts";
import { sortedJson } from "../print/output.ts";
import { ContentError, type Io } from "./command.ts";
import { isExact, parseJson } from "./exact-json.ts";
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

/** What one place in the files has: a manifest, or why there is none. */
export type Parsed = Manifest | { readonly error: unknown };

/**
 * What the files of `-f` and `-k` have, in order. A document that cannot be read ends its file, not the others.
 * @throws CommandError naming a file that is not there
 */
export async function givenManifests(flags: FlagValues, io: Io): Promise<Parsed[]> {
  const validated = flags.has("validate") && !/^(?:ignore|false)$/.test(flags.string("validate"));
  const all: Parsed[] = [];
  for (const file of await readGivenFiles(flags, io))
    all.push(...("error" in file ? [file] : await parseFile(file.text, file.name, validated)));
  return all;
}

/** One document of YAML or JSON. @throws YamlError */
export async function parseYaml(text: string): Promise<unknown> {
  const { document } = await firstDocument(text, yamlOptions);
  return document && documentValue(document, { reviver: inNumbers });
}

const yamlOptions = { ...kubernetesYaml, uniqueKeys: false, intAsBigInt: true };

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
  const { contents, problem } = await documentsOf(text, source);
  const all: Parsed[] = [];
  for (const { value, shown } of contents) {
    if (value === null || value === undefined) continue;
    const invalid = validated ? invalidity(value) : undefined;
    if (invalid !== undefined) {
      const words = `error validating data: ${invalid}; if you choose to ignore these errors, turn validation off with --validate=false`;
      return [...all, { error: new ContentError(`error validating "${source}": ${words}`) }];
    }
    all.push(...flatten(value, shown, source));
  }
  return problem ? [...all, { error: problem }] : all;
}

interface Content {
  readonly value: unknown;
  /** As errors show it. */
  readonly shown: () => string;
}

/** The documents up to the first that is broken. */
async function documentsOf(
  text: string,
  source: string,
): Promise<{ readonly contents: readonly Content[]; readonly problem?: ContentError }> {
  const contents: Content[] = [];
  const broken = (words: string) => ({ contents, problem: new ContentError(`error parsing ${source}: ${words}`) });
  for (const document of documentsIn(text)) {
    if (document.format === "none") return broken(document.problem);
    if (document.format === "json") {
      contents.push({ value: parseJson(document.text), shown: () => document.text });
      continue;
    }
    try {
      const value = await parseYaml(document.text);
      contents.push({ value, shown: () => sortedJson(value) });
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      return broken(document.notJson ?? `error converting YAML to JSON: ${error.message}`);
    }
  }
  return { contents };
}

/** What is wrong with what is to be an object; undefined when nothing is. */
function invalidity(value: unknown): string | undefined {
  if (typeof value !== "object" || Array.isArray(value)) return "invalid object to validate";
  const { apiVersion, kind } = value as Partial<ManifestObject>;
  const missing = [...(apiVersion ? [] : ["apiVersion not set"]), ...(kind ? [] : ["kind not set"])];
  return missing.length > 1 ? `[${missing.join(", ")}]` : missing[0];
}

/** The objects of a List one by one. */
function flatten(value: unknown, shown: () => string, source: string): Parsed[] {
  const unreadable = (why: string) => [{ error: new ContentError(`unable to decode "${source}": ${why}`) }];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return unreadable(`json: cannot unmarshal ${jsonType(value as Json)} into Go value of type unstructured.detector`);
  const object = value as Partial<ManifestObject> & { items?: unknown[] };
  if (!object.kind) return unreadable(`Object 'Kind' is missing in '${shown()}'`);
  if (object.kind.endsWith("List") && Array.isArray(object.items))
    return object.items.flatMap((item) => flatten(item, () => sortedJson(item), source));
  const { apiVersion = "", kind } = object;
  return [{ source, object: { ...object, apiVersion, kind, metadata: { ...object.metadata } } }];
}
