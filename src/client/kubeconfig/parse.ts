/** The text of a kubeconfig as a value, with Go's words for what is wrong. */
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
  const { firstDocument, documentValue, YamlError } = await import("../../base/yaml-text.ts");
  try {
    const { document } = await firstDocument(text, { ...kubernetesYaml, uniqueKeys: false });
    return document && documentValue(document);
  } catch (error) {
    throw error instanceof YamlError ? fail(error.message) : error;
  }
}
