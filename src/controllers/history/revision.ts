/** ControllerRevisions: how they are named, and which are no longer needed. Pure. */
import type { ControllerRevision } from "../../api/generated/types.ts";
import { nameAlphabet } from "../../base/random-names.ts";

export const revisionHashLabel = "controller-revision-hash";

/** 32-bit FNV-1. */
function fnv1(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}

const escapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** The hash in the name of a StatefulSet's revision: the same as upstream's for the same template. */
export function revisionHash(patch: object, collisionCount: number): string {
  const text = JSON.stringify(patch).replace(/[<>&\u2028\u2029]/g, (c) => escapes[c] ?? c);
  const digits = String(fnv1(new TextEncoder().encode(`${text}${collisionCount}`)));
  return [...digits].map((digit) => nameAlphabet[digit.charCodeAt(0) % nameAlphabet.length]).join("");
}

/** A long owner's name is cut so that the whole fits into 253 characters. */
export const revisionName = (owner: string, hash: string): string => `${owner.slice(0, 223)}-${hash}`;

/** Oldest first; of equal numbers the earlier created, then by name. */
export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  const created = (revision: ControllerRevision) => revision.metadata?.creationTimestamp ?? "";
  const name = (revision: ControllerRevision) => revision.metadata?.name ?? "";
  return (
    a.revision - b.revision ||
    created(a).localeCompare(created(b)) ||
    (name(a) < name(b) ? -1 : Number(name(a) > name(b)))
  );
}

/**
 * The revisions to delete, oldest first, so that at most `limit` remain of those that nothing uses.
 * @param limit negative: keep all
 */
export function surplus(unused: readonly ControllerRevision[], limit: number): readonly ControllerRevision[] {
  if (limit < 0) return [];
  return [...unused].sort(byRevision).slice(0, Math.max(0, unused.length - limit));
}
