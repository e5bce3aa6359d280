/** The Recreate strategy: all old pods go before the first new one comes. Pure. */
import type { Pod } from "../../api/generated/types.ts";
import { isTerminal } from "../pod-state.ts";
import type { Draft } from "./draft.ts";
import { replicasOf } from "./fence-posts.ts";
import { createNewReplicaSet } from "./new-replica-set.ts";
import { isInUse, totalActual, uidOf } from "./replica-sets.ts";

/** Pods by the UID of their ReplicaSet. */
export type PodsByReplicaSet = ReadonlyMap<string, readonly Pod[]>;

/** @returns whether the deployment may be complete: no old pod is left */
export function recreateStep(draft: Draft, pods: PodsByReplicaSet): boolean {
  const inUse = draft.old.filter(isInUse);
  for (const rs of inUse) draft.scale(rs, 0);
  if (inUse.length > 0 || oldPodsRun(draft, pods)) return false;
  const newReplicaSet = draft.newReplicaSet ?? createNewReplicaSet(draft);
  const replicas = replicasOf(draft.deployment);
  if (newReplicaSet.spec?.replicas !== replicas) draft.scale(newReplicaSet, replicas);
  return true;
}

/** Terminating pods still run. */
function oldPodsRun(draft: Draft, pods: PodsByReplicaSet): boolean {
  if (totalActual(draft.old) > 0) return true;
  const isNew = draft.newReplicaSet && uidOf(draft.newReplicaSet);
  return [...pods].some(([uid, its]) => uid !== isNew && its.some((pod) => !isTerminal(pod)));
}
