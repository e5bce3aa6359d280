/** Config maps and secrets out of `configMapGenerator` and `secretGenerator` (api `internal/generators`). */
import { isUtf8 } from "node:buffer";
import { fail } from "./failure.ts";
import { keyValues } from "./key-values.ts";
import type { GeneratorArgs, GeneratorOptions } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { setAnnotation, setLabel } from "./metadata.ts";
import { getOrAdd, Node, newMap, newScalar, newString, setField } from "./node.ts";
import { noted, Resource } from "./resource.ts";
import type { Schemas } from "./schema.ts";

/** The options of all generators fill what a generator's own leave open. */
export function withGlobalOptions(
  own: GeneratorOptions | undefined,
  global: GeneratorOptions | undefined,
): GeneratorOptions | undefined {
  if (!global) return own;
  return {
    labels: { ...global.labels, ...own?.labels },
    annotations: { ...global.annotations, ...own?.annotations },
    disableNameSuffixHash: own?.disableNameSuffixHash || global.disableNameSuffixHash || false,
    immutable: own?.immutable || global.immutable || false,
  };
}

export async function generate(
  kind: "ConfigMap" | "Secret",
  args: GeneratorArgs,
  loader: Loader,
  schemas: Schemas,
): Promise<Resource> {
  const node = newMap();
  setField(node, "apiVersion", newScalar("v1"));
  setField(node, "kind", newScalar(kind));
  if (!args.name) fail("a configmap must have a name");
  const metadata = getOrAdd(node, "metadata", "map");
  setField(metadata, "name", newString(args.name ?? ""));
  if (args.namespace) setField(metadata, "namespace", newString(args.namespace));
  if (kind === "Secret") {
    setField(node, "type", newString(args.type || "Opaque"));
    getOrAdd(node, "data", "map");
  }
  const values = await keyValues(args, loader);
  for (const key of [...values.keys()].sort()) setValue(node, kind, key, values.get(key) as Buffer);
  const { labels = {}, annotations = {}, immutable, disableNameSuffixHash } = args.options ?? {};
  for (const key of Object.keys(labels).sort()) setLabel(node, key, labels[key] as string);
  for (const key of Object.keys(annotations).sort()) setAnnotation(node, key, annotations[key] as string);
  if (immutable) setField(node, "immutable", new Node("scalar", "!!bool", "true"));
  const resource = new Resource(node, schemas);
  if (!disableNameSuffixHash) resource.note(noted.needsHash);
  const behavior = ["create", "merge", "replace"].includes(args.behavior ?? "") ? args.behavior : "unspecified";
  resource.note(noted.behavior, behavior);
  return resource;
}

function setValue(node: Node, kind: "ConfigMap" | "Secret", key: string, value: Buffer): void {
  const isText = kind === "ConfigMap" && isUtf8(value);
  const field = kind === "Secret" || isText ? "data" : "binaryData";
  setField(getOrAdd(node, field, "map"), key, newString(isText ? value.toString() : base64(value)));
}

/** In lines of 70 characters, each with its newline, once it takes more than one. */
function base64(value: Buffer): string {
  const text = value.toString("base64");
  if (text.length < 70) return text;
  return `${(text.match(/.{1,70}/g) ?? []).join("\n")}\n`;
}
