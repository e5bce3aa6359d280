/** When two pod templates are the same, and the hash that tells them apart in names and labels. Pure. */
import { canonicalTemplate } from "../../api/apps/canonical-template.ts";
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../api/generated/types.ts";
import { nameAlphabet } from "../../base/random-names.ts";
import { oldestFirst } from "./replica-sets.ts";

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
