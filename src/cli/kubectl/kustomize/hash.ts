/** The suffix that generated config maps and secrets get, from what is in them (api `hasher`). */
import { createHash } from "node:crypto";
import { goJson } from "./go-json.ts";
import { toValue, type Value } from "./node-json.ts";
import type { ResMap } from "./res-map.ts";
import { noted, type Resource } from "./resource.ts";

export function addHashes(map: ResMap): void {
  for (const resource of map.list) {
    if (!resource.isNoted(noted.needsHash)) continue;
    const hash = hashOf(resource);
    resource.storePreviousId();
    resource.name = `${resource.name}-${hash}`;
  }
}

function hashOf({ node, kind }: Resource): string {
  const fieldValue = (field: string): Value => {
    const found = node.get(field);
    if (!found) return "";
    return found.kind === "scalar" ? found.value : toValue(found);
  };
  const isMap = (value: Value) => typeof value === "object";
  // Upstream means to take the name too, but looks for it where it never is.
  const hashed: Record<string, Value> = { kind, name: "", data: fieldValue("data") };
  const more = kind === "Secret" ? "stringData" : "binaryData";
  if (kind === "Secret") hashed.type = fieldValue("type");
  const value = fieldValue(more);
  if (isMap(value)) hashed[more] = value;
  return encode(createHash("sha256").update(goJson(hashed)).digest("hex"));
}

const letters: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/** Without vowels and what looks like them, so that no words come of it. */
const encode = (hex: string): string => hex.slice(0, 10).replace(/[013ae]/g, (char) => letters[char] as string);
