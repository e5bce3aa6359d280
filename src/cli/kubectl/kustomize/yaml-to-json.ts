/** YAML text as a JSON value, as sigs.k8s.io/yaml reads it: by the rules of YAML 1.1. */
import { resolvePlain } from "../print/go-scalars.ts";
import type { Node } from "./node.ts";
import type { Value } from "./node-json.ts";
import { parseOne } from "./parse.ts";

/** @throws KustomizeError for text that is no YAML */
export function yamlToJson(text: string, prefix = "yaml: "): Value {
  const node = parseOne(text, prefix);
  return node ? jsonOf(node) : null;
}

function jsonOf(node: Node): Value {
  if (node.kind === "seq") return node.items.map(jsonOf);
  if (node.kind === "map") return Object.fromEntries(node.entries.map(([key, value]) => [keyOf(key), jsonOf(value)]));
  const { tag, value, style } = node;
  if (style !== "plain" || tag === "!!str") {
    const meant = style === "plain" ? resolvePlain(value, "v2") : undefined;
    return meant && meant.tag !== "!!timestamp" ? meant.value : value;
  }
  const meant = resolvePlain(value, "v2");
  return meant.tag === "!!timestamp" ? value : meant.value;
}

function keyOf(key: Node): string {
  if (key.style !== "plain") return key.value;
  const { tag, value } = resolvePlain(key.value, "v2");
  return tag === "!!bool" || tag === "!!int" || tag === "!!float" ? String(value) : key.value;
}
