/** Manifests as a test gives them: YAML or JSON text, a file, objects. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Document, parseAllDocuments } from "yaml";
import type { KubeObject } from "../api/kind.ts";
import { documentsIn } from "../base/document-stream.ts";
import { kubernetesYaml } from "../base/kubernetes-yaml.ts";
import { lineAt } from "../base/yaml-problems.ts";

/** Text may hold several documents and Lists; a `file:` URL is read. */
export type Manifest = string | URL | object | readonly object[];

export interface ManifestObject extends KubeObject {
  apiVersion: string;
  kind: string;
  metadata: NonNullable<KubeObject["metadata"]>;
}

/** An object, and how errors call it. */
export interface ManifestItem {
  readonly where: string;
  readonly object: ManifestObject;
}

/** @throws Error that names the document, and the line or the field that is wrong */
export function readManifest(manifest: Manifest): readonly ManifestItem[] {
  if (manifest instanceof URL) {
    const path = fileURLToPath(manifest);
    return readText(readFileSync(path, "utf8"), path);
  }
  if (typeof manifest === "string") return readText(manifest, "manifest");
  if (Array.isArray(manifest)) return manifest.flatMap((object, i) => items(object, `manifest[${i}]`));
  return items(manifest, "manifest");
}

function readText(text: string, source: string): ManifestItem[] {
  const documents = [...documentsIn(text)];
  return documents.flatMap((part, i) => {
    const where = documents.length > 1 ? `${source}, document ${i + 1}` : source;
    const before = lineAt(text, part.start);
    if (part.format === "none") throw new Error(`${where}: line ${before + 1}: ${part.problem}`);
    const [document] = parseAllDocuments(part.text, kubernetesYaml) as Document[];
    if (!document) return [];
    const [problem] = document.errors;
    if (problem) {
      const line = before + (problem.linePos?.[0].line ?? 1);
      const [words = ""] = problem.message.split("\n", 1);
      throw new Error(`${where}: line ${line}: ${words.replace(/ at line \d+, column \d+:?$/, "")}`);
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value === null || value === undefined ? [] : items(value, where);
  });
}

function items(value: unknown, where: string): ManifestItem[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${where}: expected an object with apiVersion, kind and metadata, not ${JSON.stringify(value)}`);
  const object = value as Partial<ManifestObject> & { items?: unknown };
  for (const field of ["apiVersion", "kind"] as const)
    if (typeof object[field] !== "string" || object[field] === "")
      throw new Error(`${where}: ${field}: Required value`);
  if (object.kind?.endsWith("List") && Array.isArray(object.items))
    return object.items.flatMap((item, i) => items(item, `${where}: items[${i}]`));
  if (!object.metadata?.name) throw new Error(`${where} (${object.kind}): metadata.name: Required value`);
  return [{ where: `${where} (${object.kind} "${object.metadata.name}")`, object: object as ManifestObject }];
}
