/** `--overrides`: what the user wants otherwise in an object that a command makes. */
import { applyJsonPatch } from "../../../api/patch/json-patch.ts";
import { applyMergePatch } from "../../../api/patch/merge-patch.ts";
import { applyStrategicPatch } from "../../../api/patch/strategic-patch.ts";
import { schemaOf } from "../../../api/schema/lookup.ts";
import { CommandError, type Invocation } from "./command.ts";
import { type Flag, textFlag } from "./flags.ts";
import type { ManifestObject } from "./manifests.ts";
import { builtinType } from "./typed.ts";

export const overrideFlags: readonly Flag[] = [
  textFlag("override-type", "The method used to override the generated object: json, merge, or strategic.", "merge"),
  textFlag("overrides", "An inline JSON override for the generated object."),
];

/** @throws CommandError for an unknown type and for what does not apply */
export function withOverrides<T extends ManifestObject>({ flags }: Invocation, object: T): T {
  const text = flags.string("overrides");
  if (!text) return object;
  const type = flags.string("override-type") || "merge";
  if (!["json", "merge", "strategic"].includes(type)) throw new CommandError(`invalid override type: ${type}`);
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw new CommandError(type === "merge" ? "Invalid JSON Patch" : "invalid JSON document");
  }
  if (type === "json") return applyJsonPatch(object, patch);
  if (type === "merge") return applyMergePatch(object, patch);
  return applyStrategicPatch(object, patch, builtinType(object) ?? "", schemaOf);
}
