/** From the text of manifests to objects that know where their fields stand. */
import { type Document, LineCounter, parseAllDocuments } from "yaml";
import type { KubeObject } from "../../api/kind.ts";
import { documentsIn } from "../../base/document-stream.ts";
import { kubernetesYaml } from "../../base/kubernetes-yaml.ts";
import { lineAt } from "../../base/yaml-problems.ts";
import type { Located } from "../report.ts";
import { lineOf } from "./lines.ts";
import type { Problem } from "./problems.ts";

export interface Source {
  /** The file's name, as errors show it. */
  readonly name: string;
  /** YAML or JSON, with any number of documents and Lists. */
  readonly text: string;
}

export interface ManifestObject extends KubeObject {
  apiVersion: string;
  kind: string;
  metadata: NonNullable<KubeObject["metadata"]> & { name: string };
}

/** An object of a manifest, as it was written. */
export interface Item<T extends ManifestObject = ManifestObject> {
  readonly file: string;
  readonly object: T;
  /** Line of a field, from 1; without a path, of the object. */
  readonly lineOf: (path?: string) => number;
}

export interface Read {
  readonly items: readonly Item[];
  /** What cannot be read, or is there twice. */
  readonly problems: readonly Problem[];
}

export function readManifests(sources: readonly Source[]): Read {
  const problems: Problem[] = [];
  const items = sources.flatMap((source) => readSource(source, problems));
  const seen = new Map<string, Item>();
  for (const item of items) {
    const id = idOf(item.object);
    const first = seen.get(id);
    if (!first) seen.set(id, item);
    else {
      const where = `${first.file}:${first.lineOf("metadata.name")}`;
      problems.push({
        file: item.file,
        line: item.lineOf("metadata.name"),
        field: "metadata.name",
        message: `Duplicate value: ${JSON.stringify(item.object.metadata.name)}: this ${item.object.kind} is in ${where} already`,
      });
    }
  }
  return { items, problems };
}

export const locate = ({ file, object: { kind, metadata }, lineOf: at }: Item): Located => ({
  kind,
  namespace: metadata.namespace ?? "default",
  name: metadata.name,
  file,
  line: at(),
});

const idOf = ({ apiVersion, kind, metadata }: ManifestObject): string =>
  [
    apiVersion.split("/").length > 1 ? apiVersion.split("/")[0] : "",
    kind,
    metadata.namespace ?? "default",
    metadata.name,
  ].join(" ");

function readSource({ name: file, text }: Source, problems: Problem[]): Item[] {
  return [...documentsIn(text)].flatMap((part) => {
    const before = lineAt(text, part.start);
    if (part.format === "none") {
      problems.push({ file, line: before + 1, message: part.problem });
      return [];
    }
    const lines = new LineCounter();
    const lineOfOffset = (offset: number) => before + lines.linePos(offset).line;
    const [document] = parseAllDocuments(part.text, { ...kubernetesYaml, lineCounter: lines }) as Document[];
    if (!document) return [];
    const [broken] = document.errors;
    if (broken) {
      const line = lineOfOffset(broken.pos[0]);
      const [words = ""] = broken.message.split("\n", 1);
      problems.push({ file, line, message: words.replace(/ at line \d+, column \d+:?$/, "") });
      return [];
    }
    const line = (base: string, path: string) => lineOf(document, lineOfOffset, base, path);
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      problems.push({ file, line: line("", ""), message: (error as Error).message });
      return [];
    }
    if (value === null || value === undefined) return [];
    return itemsOf(value, "", file, line, problems);
  });
}

function itemsOf(
  value: unknown,
  base: string,
  file: string,
  line: (base: string, path: string) => number,
  problems: Problem[],
): Item[] {
  const complain = (field: string | undefined, message: string): [] => {
    problems.push({ file, line: line(base, field ?? ""), ...(field === undefined ? {} : { field }), message });
    return [];
  };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return complain(undefined, "expected an object with apiVersion, kind and metadata");
  const object = value as { apiVersion?: unknown; kind?: unknown; metadata?: unknown; items?: unknown };
  for (const field of ["apiVersion", "kind"] as const) {
    const text = object[field];
    if (text === undefined || text === null || text === "") return complain(field, "Required value");
    if (typeof text !== "string") return complain(field, `Invalid value: ${JSON.stringify(text)}: must be a string`);
  }
  const { kind, items } = object as { kind: string; items?: unknown };
  if (kind.endsWith("List") && Array.isArray(items))
    return items.flatMap((item, i) => itemsOf(item, `${base}${base ? "." : ""}items[${i}]`, file, line, problems));
  const metadata = object.metadata as { name?: unknown; namespace?: unknown } | null | undefined;
  if (!metadata?.name) return complain("metadata.name", "Required value");
  for (const field of ["name", "namespace"] as const)
    if (metadata[field] !== undefined && metadata[field] !== null && typeof metadata[field] !== "string")
      return complain(`metadata.${field}`, `Invalid value: ${JSON.stringify(metadata[field])}: must be a string`);
  return [{ file, object: object as ManifestObject, lineOf: (path = "") => line(base, path) }];
}
