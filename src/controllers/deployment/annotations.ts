/** What a Deployment and its ReplicaSets tell each other through annotations: revisions and sizes. Pure. */

import { highestOf, parseRevision, revisionAfter } from "../../api/apps/revision-number.ts";
import type { Deployment, ObjectMeta, ReplicaSet } from "../../api/generated/types.ts";
import { fencePosts, replicasOf } from "./fence-posts.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history";
const desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas";
const maxReplicasAnnotation = "deployment.kubernetes.io/max-replicas";
export const rollbackToAnnotation = "deprecated.deployment.rollback.to";

/** Annotations that stay where they are. */
const notCopied = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  rollbackToAnnotation,
]);
const longestHistory = 2000;

type Annotations = Readonly<Record<string, string>>;
interface Annotated {
  metadata?: ObjectMeta;
}

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^[+-]?[0-9]+$/.test(text) ? Number(text) : undefined;

/** 0 without the annotation; undefined when it is no number. */
export function revisionOf(object: Annotated): bigint | undefined {
  const text = object.metadata?.annotations?.[revisionAnnotation];
  return text === undefined ? 0n : parseRevision(text);
}

/** The revision that a new template gets, after those of these ReplicaSets. */
export const nextRevision = (all: readonly ReplicaSet[]): bigint =>
  revisionAfter(highestOf(all.map((rs) => revisionOf(rs) ?? 0n)));

/** The second-highest revision: where an undo goes. 0 when there is none. */
export function previousRevision(all: readonly ReplicaSet[]): bigint {
  let [highest, second] = [0n, 0n];
  for (const rs of all) {
    const revision = revisionOf(rs) ?? -1n;
    if (revision >= highest) [highest, second] = [revision, highest];
    else if (revision > second) second = revision;
  }
  return second;
}

export const desiredReplicas = (rs: ReplicaSet): number | undefined =>
  integer(rs.metadata?.annotations?.[desiredReplicasAnnotation]);
export const maxReplicas = (rs: ReplicaSet): number | undefined =>
  integer(rs.metadata?.annotations?.[maxReplicasAnnotation]);

/** What an annotation set has of its own, beside what the controller keeps there. */
export const copiedAnnotations = (annotations: Annotations | undefined): Annotations =>
  Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !notCopied.has(key)));
export const keptAnnotations = (annotations: Annotations | undefined): Annotations =>
  Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => notCopied.has(key)));

/** The annotations by which a later change of the Deployment's size is recognized. */
export const sizeAnnotations = (deployment: Deployment): Annotations => ({
  [desiredReplicasAnnotation]: String(replicasOf(deployment)),
  [maxReplicasAnnotation]: String(replicasOf(deployment) + fencePosts(deployment).surge),
});

/**
 * Annotations of the new ReplicaSet: the Deployment's own, and a revision that never goes down. Those of a ReplicaSet
 * whose revision is no number are left alone.
 */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  current: Annotations | undefined,
  revision: bigint,
): Annotations {
  const text = current?.[revisionAnnotation];
  const previous = text ? parseRevision(text) : 0n;
  if (previous === undefined) return current ?? {};
  const next = { ...current, ...copiedAnnotations(deployment.metadata?.annotations) };
  if (previous >= revision) return next;
  next[revisionAnnotation] = String(revision);
  if (text !== undefined) {
    const history = appendToHistory(current?.[revisionHistoryAnnotation], text);
    if (history !== undefined) next[revisionHistoryAnnotation] = history;
  }
  return next;
}

/** Drops the oldest revisions until the list fits; undefined when it cannot. */
function appendToHistory(history: string | undefined, revision: string): string | undefined {
  if (!history) return revision;
  const revisions = history.split(",");
  let length = history.length + revision.length + 1;
  let start = 0;
  while (length > longestHistory && start < revisions.length) length -= (revisions[start++]?.length ?? 0) + 1;
  return length <= longestHistory ? [...revisions.slice(start), revision].join(",") : undefined;
}

const sameAnnotations = (a: Annotations | undefined, b: Annotations | undefined): boolean => {
  const [entriesA, entriesB] = [Object.entries(a ?? {}), Object.entries(b ?? {})];
  return entriesA.length === entriesB.length && entriesA.every(([key, value]) => b?.[key] === value);
};

export const withAnnotations = <T extends Annotated>(object: T, annotations: Annotations): T =>
  sameAnnotations(object.metadata?.annotations, annotations)
    ? object
    : { ...object, metadata: { ...object.metadata, annotations: { ...annotations } } };
