/** YAML as Kubernetes reads and writes it. */
import type { Document, ToStringOptions } from "yaml";
import { tooDeep } from "../../base/json-scan.ts";
import { kubernetesYaml } from "../../base/kubernetes-yaml.ts";
import { goYamlProblem } from "../../base/yaml-problems.ts";

export interface YamlProblem {
  readonly error: string;
}
export interface YamlValue {
  readonly value: unknown;
  /** One text per key that occurs twice, in go-yaml's words. */
  readonly duplicates: readonly string[];
}

/** The parser recurses: what is nested too deep for it ends in an exhausted stack. */
const isTooDeep = (message: string) => message.includes("call stack");
const depthText = `${tooDeep} of 10000`;

export async function parseYaml(text: string): Promise<YamlValue | YamlProblem> {
  const { LineCounter, isMap, isScalar, parseAllDocuments, visit } = await import("yaml");
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    ...kubernetesYaml,
    uniqueKeys: false,
    lineCounter,
  }) as Document[];
  const document = documents.find((d) => d.contents !== null);
  if (!document) return { value: null, duplicates: [] };
  const problem = document.errors[0];
  if (problem) {
    const line = problem.linePos?.[0].line;
    if (isTooDeep(problem.message)) return { error: `yaml: ${line ? `line ${line}: ` : ""}${depthText}` };
    return { error: `yaml: ${goYamlProblem(problem, text)}` };
  }
  const duplicates: string[] = [];
  try {
    visit(document, {
      Map(_, map) {
        const seen = new Set<unknown>();
        for (const { key } of map.items) {
          if (!isScalar(key) || isMap(key)) continue;
          if (seen.has(key.value)) {
            const line = lineCounter.linePos(key.range?.[0] ?? 0).line;
            duplicates.push(`line ${line}: key ${JSON.stringify(key.value)} already set in map`);
          }
          seen.add(key.value);
        }
      },
    });
    return { value: document.toJS({ maxAliasCount: 100 }), duplicates };
  } catch (error) {
    const why = (error as Error).message;
    const [, anchor] = /^Unresolved alias \(the anchor must be set before the alias\): (.*)/.exec(why) ?? [];
    return { error: `yaml: ${isTooDeep(why) ? depthText : anchor ? `unknown anchor '${anchor}' referenced` : why}` };
  }
}

const style: ToStringOptions = { lineWidth: 0, indentSeq: false };

export async function toYaml(value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(value, { version: "1.1", aliasDuplicateObjects: false, sortMapEntries: true, ...style });
}
