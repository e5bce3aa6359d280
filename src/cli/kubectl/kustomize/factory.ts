/** Text as resources: several documents, lists spread out, each with kind and name (api `resource/factory.go`). */
import { fail, KustomizeError } from "./failure.ts";
import type { Loader } from "./loader.ts";
import { validMetaOf } from "./metadata.ts";
import type { Node } from "./node.ts";
import { fromValue, toValue } from "./node-json.ts";
import { parseNodes } from "./parse.ts";
import { ResMap } from "./res-map.ts";
import { Resource } from "./resource.ts";
import type { Schemas } from "./schema.ts";

/** @throws KustomizeError for broken YAML and for objects without kind or name */
export function resourcesOf(text: string, schemas: Schemas): Resource[] {
  const nodes = spreadLists(parseNodes(text).filter((node) => !node.isEmpty));
  return nodes.map((node) => new Resource(node, schemas));
}

export async function resourcesFromFile(loader: Loader, path: string, schemas: Schemas): Promise<ResMap> {
  const text = await loader.text(path);
  return naming(path, () => ResMap.of(resourcesOf(text, schemas)));
}

/** Whoever fails at broken YAML names the file. */
export function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KustomizeError && error.message.includes("MalformedYAMLError"))
      throw new KustomizeError(`${error.message} in File: ${path}`);
    throw error;
  }
}

function spreadLists(nodes: readonly Node[]): Node[] {
  for (const node of nodes) validMetaOf(node);
  const queue = [...nodes];
  const out: Node[] = [];
  for (let node = queue.shift(); node; node = queue.shift()) {
    const kind = node.text("kind");
    const items = node.get("items");
    if (!kind.endsWith("List") || !items) out.push(node);
    else if (items.kind === "seq") queue.push(...items.items.flatMap(objectIn));
    else if (!items.isNull)
      fail(`expected array in ${kind}/items, but found ${items.kind === "map" ? "map[string]interface {}" : "string"}`);
  }
  return out;
}

function objectIn(item: Node): Node[] {
  const node = fromValue(toValue(item));
  if (node.isEmpty) return [];
  validMetaOf(node);
  return [node];
}
