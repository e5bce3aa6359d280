import { compareRevisions, parseRevision } from "../../api/apps/revision-number.ts";
import { imagesOf } from "../../api/apps/template-differences.ts";
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { revisionHistoryAnnotation, revisionOf } from "../deployment/annotations.ts";
import { findNewReplicaSet } from "../deployment/pod-template.ts";
import { isDeleting } from "../ownership.ts";
import { type Marks, marksOf } from "./marks.ts";

/** A ReplicaSet under the number that its Deployment's history shows. */
export interface Revision {
  readonly replicaSet: ReplicaSet;
  readonly number: bigint;
  readonly marks: Marks;
}

/** A Deployment and its revisions, seen at a moment when they agree with each other. */
export interface Rollout {
  readonly deployment: Deployment;
  /** That of the present template. */
  readonly current: Revision;
  /** All others, the newest first. */
  readonly earlier: readonly Revision[];
}

/**
 * @param replicaSets those that the Deployment owns
 * @returns undefined while there is nothing to judge: the Deployment is being deleted, or its controller has not noted
 * yet under which number the present template stands
 */
export function rolloutOf(deployment: Deployment, replicaSets: readonly ReplicaSet[]): Rollout | undefined {
  if (isDeleting(deployment)) return undefined;
  const newest = findNewReplicaSet(deployment, replicaSets);
  if (!newest) return undefined;
  const current = asRevision(newest);
  if (current.number === 0n || current.number !== revisionOf(deployment)) return undefined;
  const earlier = replicaSets
    .filter((rs) => rs !== newest && !isDeleting(rs))
    .map(asRevision)
    .sort((a, b) => compareRevisions(b.number, a.number));
  return { deployment, current, earlier };
}

const asRevision = (replicaSet: ReplicaSet): Revision => ({
  replicaSet,
  number: revisionOf(replicaSet) ?? 0n,
  marks: marksOf(replicaSet),
});

/** The number under which the template stood before it came back; undefined when it is new. */
export function formerNumber({ replicaSet }: Revision): bigint | undefined {
  const last = replicaSet.metadata?.annotations?.[revisionHistoryAnnotation]?.split(",").at(-1);
  return /^[1-9]/.test(last ?? "") ? parseRevision(last) : undefined;
}

/**
 * The revision whose failure the guard answered by going back to the present one: the newest of the others, if it was
 * undone under the number it still has, and the present one is a place to go back to.
 */
export function undoneFor({ current, earlier: [last] }: Rollout): Revision | undefined {
  const answered = last && last.number < current.number && last.marks.undone === last.number;
  return answered && current.marks.complete !== undefined ? last : undefined;
}

export const named = ({ number, replicaSet }: Revision): string =>
  `revision ${number} (${imagesOf(replicaSet.spec?.template)})`;

/** Why a revision was undone. */
export const failed = (revision: Revision): string => `${named(revision)} exceeded its progress deadline`;
