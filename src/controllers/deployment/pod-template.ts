/** When two pod templates are the same, and the hash that tells them apart in names and labels. Pure. */
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../api/generated/types.ts";
import { canonicalQuantity, isQuantity } from "../../api/quantity.ts";
import { nameAlphabet } from "../../base/random-names.ts";
import { oldestFirst } from "./replica-sets.ts";

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

const texts = new WeakMap<PodTemplateSpec, string>();

/** The template without its hash label, as text. */
function textOf(template: PodTemplateSpec): string {
  let text = texts.get(template);
  if (text === undefined) {
    text = JSON.stringify(canonicalTemplate(template));
    texts.set(template, text);
  }
  return text;
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

/** Equal by meaning, the hash label aside. */
export const sameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean => textOf(a) === textOf(b);

/** The ReplicaSet of the Deployment's present template: of several the oldest. */
export function findNewReplicaSet(deployment: Deployment, owned: readonly ReplicaSet[]): ReplicaSet | undefined {
  const template = deployment.spec?.template ?? {};
  return [...owned].sort(oldestFirst).find((rs) => sameTemplate(rs.spec?.template ?? {}, template));
}

/** 32-bit FNV-1a. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * At most ten characters, safe as a label value and in names.
 * @param collisionCount makes a hash that was taken by another template different
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const text = new TextEncoder().encode(textOf(template));
  const salt = new Uint8Array(collisionCount === undefined ? 0 : 8);
  if (collisionCount !== undefined) new DataView(salt.buffer).setUint32(0, collisionCount, true);
  const digits = String(fnv1a(Uint8Array.from([...text, ...salt])));
  return [...digits].map((digit) => nameAlphabet[digit.charCodeAt(0) % nameAlphabet.length]).join("");
}
