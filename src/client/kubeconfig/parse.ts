/** The text of a kubeconfig as a value, with Go's words for what is wrong. */
import type { YAMLError } from "yaml";
import { scanJson } from "../../base/json-scan.ts";
import { kubernetesYaml } from "../../base/kubernetes-yaml.ts";
import { plainYaml } from "../../base/plain-yaml.ts";
import { lists } from "./schema.ts";
import { type Kubeconfig, KubeconfigError } from "./types.ts";

/** @throws KubeconfigError naming the file */
export async function parseKubeconfig(text: string, file: string): Promise<Kubeconfig> {
  const fail = (why: string) => new KubeconfigError(`error loading config file "${file}": ${why}`);
  const value = await parseText(text, fail);
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw fail(noHeader(value));
  }
  const { apiVersion = "v1", kind = "Config" } = value as Kubeconfig;
  if ((apiVersion || "v1") !== "v1" || (kind || "Config") !== "Config")
    throw fail(
      `no kind "${kind}" is registered for version "${apiVersion}" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`,
    );
  for (const [field, { named }] of Object.entries(lists)) {
    const list = (value as Record<string, unknown>)[field] ?? [];
    if (!Array.isArray(list))
      throw fail(`json: cannot unmarshal ${jsonType(list)} into Go struct field Config.${field} of type []v1.${named}`);
  }
  return value as Kubeconfig;
}

/** What Go says of a document that is no object. */
export function noHeader(value: unknown): string {
  const header = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(value)} into Go value of type ${header}`;
}

/** What Go's JSON decoder calls the type of a value. */
export const jsonType = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

async function parseText(text: string, fail: (why: string) => Error): Promise<unknown> {
  if (text.trim() === "") return undefined;
  // wherry's own kubeconfigs are JSON, which needs no library.
  if (text.trimStart().startsWith("{") && scanJson(text).error === undefined) return JSON.parse(text);
  const plain = plainYaml(text);
  if (plain !== undefined) return plain;
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { ...kubernetesYaml, prettyErrors: true });
  const [problem] = document.errors;
  if (problem) throw fail(`yaml: ${goProblem(problem)}`);
  return document.toJS();
}

/** What Go's reader says; those of its scanner count lines from one, those of its parser from zero. */
const words: Readonly<Record<string, readonly [words: string, scanner: boolean]>> = {
  BLOCK_AS_IMPLICIT_KEY: ["mapping values are not allowed in this context", true],
  TAB_AS_INDENT: ["found character that cannot start any token", true],
  BAD_SCALAR_START: ["found character that cannot start any token", true],
  BAD_INDENT: ["did not find expected key", false],
  MISSING_CHAR: ["could not find expected ':'", true],
};

function goProblem({ code, linePos, message }: YAMLError): string {
  const own = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
  const flow = /flow (?:map|seq|collection)/i.test(own);
  const [known, scanner] = flow ? ["did not find expected node content", false] : (words[code] ?? [own, true]);
  if (code === "TAB_AS_INDENT" && (linePos?.[0].line ?? 1) > 1)
    return `line ${linePos?.[0].line}: found a tab character that violates indentation`;
  const before = (linePos?.[0].line ?? 1) - 1;
  return before > 0 ? `line ${scanner ? before + 1 : before}: ${known}` : known;
}
