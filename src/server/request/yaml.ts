/** YAML as Kubernetes reads and writes it. */
import type { Document, LineCounter, ToStringOptions } from "yaml";
import { kubernetesYaml } from "../../base/kubernetes-yaml.ts";
import { documentValue, firstDocument, YamlError } from "../../base/yaml-text.ts";

export interface YamlProblem {
  readonly error: string;
}
export interface YamlValue {
  readonly value: unknown;
  /** One text per key that occurs twice, in go-yaml's words. */
  readonly duplicates: readonly string[];
}

export async function parseYaml(text: string): Promise<YamlValue | YamlProblem> {
  try {
    const { document, lines } = await firstDocument(text, { ...kubernetesYaml, uniqueKeys: false });
    if (!document || document.contents === null) return { value: null, duplicates: [] };
    const value = documentValue(document, { maxAliasCount: 100 });
    return { value, duplicates: await duplicatesIn(document, lines) };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return { error: error.message };
  }
}

async function duplicatesIn(document: Document, lines: LineCounter): Promise<string[]> {
  const { isScalar, visit } = await import("yaml");
  const duplicates: string[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const { line } = lines.linePos(key.range?.[0] ?? 0);
          duplicates.push(`line ${line}: key ${JSON.stringify(key.value)} already set in map`);
        }
        seen.add(key.value);
      }
    },
  });
  return duplicates;
}

const style: ToStringOptions = { lineWidth: 0, indentSeq: false };

export async function toYaml(value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(value, { version: "1.1", aliasDuplicateObjects: false, sortMapEntries: true, ...style });
}
