/** A change of size, in the middle of a rollout too: every ReplicaSet grows or shrinks in proportion. Pure. */
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { desiredReplicas, maxReplicas } from "./annotations.ts";
import type { Draft } from "./draft.ts";
import { fencePosts, isRolling, replicasOf } from "./fence-posts.ts";
import {
  availableOf,
  isInUse,
  largestThenNewest,
  largestThenOldest,
  newestFirst,
  sizeOf,
  totalSize,
} from "./replica-sets.ts";

/** Was the Deployment resized since its ReplicaSets were last scaled? */
export const isScalingEvent = (draft: Draft): boolean =>
  draft.all.some((rs) => {
    const noted = isInUse(rs) ? desiredReplicas(rs) : undefined;
    return noted !== undefined && noted !== replicasOf(draft.deployment);
  });

export function scaleAll(draft: Draft): void {
  const { deployment } = draft;
  const replicas = replicasOf(deployment);
  const inUse = draft.all.filter(isInUse);
  if (inUse.length <= 1) {
    const only = inUse[0] ?? draft.newReplicaSet ?? [...draft.old].sort(newestFirst)[0];
    if (only && sizeOf(only) !== replicas) draft.scale(only, replicas);
  } else if (isSaturated(deployment, draft.newReplicaSet)) {
    for (const rs of draft.old.filter(isInUse)) draft.scale(rs, 0);
  } else if (isRolling(deployment)) scaleProportionally(draft, inUse);
}

/** Does the new ReplicaSet have all the pods that are wanted? */
const isSaturated = (deployment: Deployment, rs: ReplicaSet | undefined): boolean =>
  rs !== undefined &&
  [sizeOf(rs), desiredReplicas(rs), availableOf(rs)].every((count) => count === replicasOf(deployment));

function scaleProportionally(draft: Draft, inUse: readonly ReplicaSet[]): void {
  const { deployment } = draft;
  const replicas = replicasOf(deployment);
  const allowed = replicas > 0 ? replicas + fencePosts(deployment).surge : 0;
  const toAdd = allowed - totalSize(inUse);
  const sorted = [...inUse].sort(toAdd >= 0 ? largestThenNewest : largestThenOldest);
  let added = 0;
  const sizes = sorted.map((rs) => {
    const share = shareOf(rs, deployment, toAdd, added);
    added += share;
    return sizeOf(rs) + share;
  });
  sorted.forEach((rs, i) => {
    const leftover = i === 0 ? toAdd - added : 0;
    draft.scale(rs, Math.max(0, (sizes[i] as number) + leftover));
  });
}

/** How much of what is still to be added (or, below zero, removed) falls to this ReplicaSet. */
function shareOf(rs: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  const left = toAdd - added;
  if (left === 0) return 0;
  const fraction = fractionOf(rs, deployment);
  return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

/** The change that keeps the ReplicaSet's part of the whole as it was. */
function fractionOf(rs: ReplicaSet, deployment: Deployment): number {
  const size = sizeOf(rs);
  const replicas = replicasOf(deployment);
  if (replicas === 0) return -size;
  const before = maxReplicas(rs) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((size * (replicas + fencePosts(deployment).surge)) / before) - size;
}
