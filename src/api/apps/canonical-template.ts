/** The form in which pod templates are compared. Pure. */
import type { PodTemplateSpec } from "../generated/types.ts";
import { canonicalQuantity, isQuantity } from "../quantity.ts";

export const hashLabel = "pod-template-hash";

/** Fields in which an empty object means the same as none: maps, and structures that are always there. */
const emptyIsAbsent = new Set([
  "annotations",
  "labels",
  "limits",
  "matchLabels",
  "metadata",
  "nodeSelector",
  "overhead",
  "requests",
  "resources",
]);
const quantityMaps = new Set(["limits", "requests", "overhead"]);

/** A form in which equal templates have equal text: sorted keys, no empty lists and maps, canonical quantities. */
function canonical(value: unknown, field: string): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => canonical(item, ""));
  if (typeof value !== "object") return value;
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const quantity = quantityMaps.has(field) && isQuantity(inner);
    const text = quantity ? canonicalQuantity(inner as string) : canonical(inner, key);
    if (text !== undefined) out[key] = text;
  }
  return Object.keys(out).length === 0 && emptyIsAbsent.has(field) ? undefined : out;
}

export function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const labels = template.metadata?.labels;
  if (labels?.[hashLabel] === undefined) return template;
  const { [hashLabel]: _, ...rest } = labels;
  return { ...template, metadata: { ...template.metadata, labels: rest } };
}

/** What is compared: the hash label, empty lists and maps are gone, quantities canonical. */
export const canonicalTemplate = (template: PodTemplateSpec): PodTemplateSpec =>
  (canonical(withoutHash(template), "template") ?? {}) as PodTemplateSpec;
