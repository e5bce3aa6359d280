/** The rolling update: one step up or one step down at a time. Pure. */

import type { ReplicaSet } from "../../api/generated/types.ts";
import type { Draft } from "./draft.ts";
import { fencePosts, replicasOf } from "./fence-posts.ts";
import { createNewReplicaSet, newReplicaSetSize } from "./new-replica-set.ts";
import { availableOf, isInUse, oldestFirst, sizeOf, totalSize } from "./replica-sets.ts";

/** @returns whether a step was taken */
export function rollingStep(draft: Draft): boolean {
  if (!draft.newReplicaSet) createNewReplicaSet(draft);
  return scaleNew(draft) || scaleDownOld(draft);
}

function scaleNew(draft: Draft): boolean {
  const { newReplicaSet } = draft;
  if (!newReplicaSet) return false;
  const replicas = replicasOf(draft.deployment);
  const size = sizeOf(newReplicaSet);
  if (size === replicas) return false;
  const next = size > replicas ? replicas : newReplicaSetSize(draft, newReplicaSet);
  return next !== size && draft.scale(newReplicaSet, next);
}

/** Takes pods of old ReplicaSets: first such as aren't available anyway, then as many available ones as can be spared. */
function scaleDownOld(draft: Draft): boolean {
  const { deployment, newReplicaSet } = draft;
  if (!newReplicaSet || totalSize(draft.old) === 0) return false;
  const least = replicasOf(deployment) - fencePosts(deployment).unavailable;
  const pendingNew = sizeOf(newReplicaSet) - lasting(newReplicaSet);
  const budget = totalSize(draft.all) - least - pendingNew;
  if (budget <= 0) return false;
  const spare = [...draft.old, newReplicaSet].reduce((sum, rs) => sum + lasting(rs), 0) - least;
  const unhealthy = dropUnhealthy(draft, budget);
  return dropHealthy(draft, spare) || unhealthy;
}

/**
 * Available pods that are sure to stay. A status may still count pods that are already bound to go; to count on those
 * would take too many of the others. One that was written for an earlier size says nothing: pods may be going that the
 * present size would have kept.
 */
const lasting = (rs: ReplicaSet): number => (isObserved(rs) ? Math.min(sizeOf(rs), availableOf(rs)) : 0);

const isObserved = ({ metadata, status }: ReplicaSet): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);

function dropUnhealthy(draft: Draft, budget: number): boolean {
  let left = budget;
  for (const rs of [...draft.old].sort(oldestFirst)) {
    const drop = Math.min(left, sizeOf(rs) - availableOf(rs));
    if (!isInUse(rs) || drop <= 0) continue;
    draft.scale(rs, sizeOf(rs) - drop);
    left -= drop;
  }
  return left < budget;
}

function dropHealthy(draft: Draft, spare: number): boolean {
  let left = spare;
  for (const rs of [...draft.old].sort(oldestFirst)) {
    const drop = Math.min(left, sizeOf(rs));
    if (drop <= 0) continue;
    draft.scale(rs, sizeOf(rs) - drop);
    left -= drop;
  }
  return left < spare;
}
