/** Reading and writing an object's metadata in its node. */
import { fail } from "./failure.ts";
import { getOrAdd, isMissingOrNull, type Node, newMap, newScalar, newString, setField } from "./node.ts";

export interface Meta {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const present = (node: Node | undefined): Node | undefined => (node === undefined || node.isEmpty ? undefined : node);
const textOf = (node: Node | undefined): string => (isMissingOrNull(node) ? "" : node.value);

const mapOf = (node: Node | undefined): Record<string, string> =>
  Object.fromEntries((node?.entries ?? []).map(([key, value]) => [key.value, textOf(value)]));

/** @throws KustomizeError when there is neither a version, a kind nor metadata */
function metaOf(node: Node): Meta {
  const metadata = present(node.get("metadata"));
  const fields = ["apiVersion", "kind"].map((name) => present(node.get(name)));
  const inner = ["name", "namespace", "labels", "annotations"].map((name) => present(metadata?.get(name)));
  if (![...fields, ...inner].some(Boolean)) fail("missing Resource metadata");
  return {
    apiVersion: textOf(fields[0]),
    kind: textOf(fields[1]),
    name: inner[0]?.value ?? "",
    namespace: textOf(inner[1]),
    labels: mapOf(inner[2]),
    annotations: mapOf(inner[3]),
  };
}

const goMap = (map: Readonly<Record<string, string>>): string =>
  `map[${Object.keys(map)
    .sort()
    .map((key) => `${key}:${map[key]}`)
    .join(" ")}]`;

/** @throws KustomizeError for an object without kind, or without name if it is no list */
export function validMetaOf(node: Node): Meta {
  const meta = metaOf(node);
  const shown = () =>
    `{{${meta.apiVersion} ${meta.kind}} {{${meta.name} ${meta.namespace}} ${goMap(meta.labels)} ${goMap(meta.annotations)}}}`;
  if (meta.kind === "") fail(`missing kind in object ${shown()}`);
  if (!meta.kind.endsWith("List") && meta.name === "") fail(`missing metadata.name in object ${shown()}`);
  return meta;
}

export type MetadataMap = "labels" | "annotations";

/** Labels or annotations, the values as text. */
export function metadataMap(node: Node, field: MetadataMap): Record<string, string> {
  const metadata = present(node.get("metadata"));
  return Object.fromEntries((metadata?.get(field)?.entries ?? []).map(([key, value]) => [key.value, value.value]));
}

/** Replaces labels or annotations; none of them leaves no field. */
export function setMetadataMap(node: Node, field: MetadataMap, values: Readonly<Record<string, string>>): void {
  const metadata = getOrAdd(node, "metadata", "map");
  metadata.clear(field);
  const keys = Object.keys(values).sort();
  if (keys.length === 0) return;
  const map = newMap();
  for (const key of keys) setField(map, key, newString(values[key] as string));
  setField(metadata, field, map);
}

/** Sets one annotation. */
export function setAnnotation(node: Node, key: string, value: string): void {
  const metadata = getOrAdd(node, "metadata", "map");
  if (metadata.get("annotations")?.isEmpty) metadata.clear("annotations");
  setQuoted(getOrAdd(metadata, "annotations", "map"), key, value);
}

export function setLabel(node: Node, key: string, value: string): void {
  setQuoted(getOrAdd(getOrAdd(node, "metadata", "map"), "labels", "map"), key, value);
}

function setQuoted(map: Node, key: string, value: string): void {
  const text = newString(value);
  text.style = "single";
  setField(map, key, text);
}

/** `metadata.name` or `metadata.namespace`; an empty namespace is removed. */
export function setMetadataText(node: Node, field: "name" | "namespace", value: string): void {
  if (field === "namespace" && value === "") node.get("metadata")?.clear(field);
  else setField(getOrAdd(node, "metadata", "map"), field, newScalar(value));
}
