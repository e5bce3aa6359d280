/** The counts of a Deployment's status, and whether a status differs from the stored one. Pure. */
import type { DeploymentStatus } from "../../api/generated/types.ts";
import { type Conditions, newCondition, withCondition } from "./conditions.ts";
import type { Draft } from "./draft.ts";
import { fencePosts, replicasOf } from "./fence-posts.ts";
import { totalActual, totalAvailable, totalSize } from "./replica-sets.ts";

/** Zero counts are left out, as in upstream's JSON. */
export function countsOf(draft: Draft): DeploymentStatus {
  const { deployment, newReplicaSet, all } = draft;
  const available = totalAvailable(all);
  const counts = {
    observedGeneration: deployment.metadata?.generation ?? 0,
    replicas: totalActual(all),
    updatedReplicas: newReplicaSet ? totalActual([newReplicaSet]) : 0,
    readyReplicas: all.reduce((sum, rs) => sum + (rs.status?.readyReplicas ?? 0), 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
  };
  const status: DeploymentStatus = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
  const collisionCount = deployment.status?.collisionCount;
  return collisionCount === undefined ? status : { ...status, collisionCount };
}

export function withAvailability(draft: Draft, conditions: Conditions, now: number): Conditions {
  const { deployment } = draft;
  const least = replicasOf(deployment) - fencePosts(deployment).unavailable;
  const next =
    totalAvailable(draft.all) >= least
      ? newCondition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
      : newCondition(
          "Available",
          "False",
          "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability.",
          now,
        );
  return withCondition(conditions, next);
}

const counts = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "collisionCount",
] as const;

export function sameStatus(a: DeploymentStatus | undefined, b: DeploymentStatus): boolean {
  return (
    counts.every((count) => (a?.[count] ?? 0) === (b[count] ?? 0)) &&
    sameConditions(a?.conditions ?? [], b.conditions ?? [])
  );
}

const conditionFields = ["type", "status", "reason", "message", "lastUpdateTime", "lastTransitionTime"] as const;

const sameConditions = (a: Conditions, b: Conditions): boolean =>
  a.length === b.length && a.every((condition, i) => conditionFields.every((f) => condition[f] === b[i]?.[f]));
