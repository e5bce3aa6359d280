/** Where resources came from, for `buildMetadata`. */

import { join } from "node:path/posix";
import { newMap, newScalar, setField } from "./node.ts";
import { nodeText } from "./node-text.ts";
import { parseOne } from "./parse.ts";
import type { Resource } from "./resource.ts";

export interface Origin {
  readonly path?: string;
  readonly configuredIn?: string;
  readonly configuredBy?: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
  };
}

const originKey = "config.kubernetes.io/origin";
const transformationsKey = "alpha.config.kubernetes.io/transformations";

export const below = (origin: Origin, path: string): Origin => ({ ...origin, path: join(origin.path ?? "", path) });

/** What was configured in a kustomization file by one of its fields. */
export const byBuiltin = (origin: Origin, file: string, kind: string): Origin => ({
  configuredIn: join(origin.path ?? "", file),
  configuredBy: { apiVersion: "builtin", kind },
});

function originNode(origin: Origin) {
  const node = newMap();
  if (origin.path) setField(node, "path", newScalar(origin.path));
  if (origin.configuredIn) setField(node, "configuredIn", newScalar(origin.configuredIn));
  const by = Object.entries(origin.configuredBy ?? {}).filter(([, value]) => value);
  if (by.length > 0) {
    const inner = newMap();
    for (const [key, value] of by) setField(inner, key, newScalar(value as string));
    setField(node, "configuredBy", inner);
  }
  return node;
}

export const originText = (origin: Origin): string => nodeText(originNode(origin));

export function originOf(resource: Resource): Origin | undefined {
  const text = resource.annotations[originKey];
  const node = text === undefined ? undefined : parseOne(text);
  if (!node) return undefined;
  const by = node.get("configuredBy");
  return {
    path: node.text("path"),
    configuredIn: node.text("configuredIn"),
    ...(by ? { configuredBy: Object.fromEntries(by.entries.map(([key, value]) => [key.value, value.value])) } : {}),
  };
}

export function setOrigin(resource: Resource, origin: Origin | undefined): void {
  const { annotations } = resource;
  if (origin) annotations[originKey] = originText(origin);
  else delete annotations[originKey];
  resource.annotations = annotations;
}

/** One more transformer has gone over the resource. */
export function addTransformation(resource: Resource, origin: Origin): void {
  if (!originOf(resource)) {
    setOrigin(resource, origin);
    return;
  }
  const { annotations } = resource;
  const [first = "", ...rest] = originText(origin).trimEnd().split("\n");
  const item = [`- ${first}`, ...rest.map((line) => `  ${line}`)].join("\n");
  resource.annotations = { ...annotations, [transformationsKey]: `${annotations[transformationsKey] ?? ""}${item}\n` };
}

export function clearTransformations(resource: Resource): void {
  const { annotations } = resource;
  delete annotations[transformationsKey];
  resource.annotations = annotations;
}
