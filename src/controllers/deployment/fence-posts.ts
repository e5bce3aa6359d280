/** How far a rollout may stray from the wanted number of pods. Pure. */
import type { Deployment } from "../../api/generated/types.ts";
import { scaledValue } from "../../api/int-or-string.ts";

export interface FencePosts {
  /** Pods above the wanted number. */
  readonly surge: number;
  /** Pods below it that need not be available. */
  readonly unavailable: number;
}

export const replicasOf = (deployment: Deployment): number => deployment.spec?.replicas ?? 1;

export const isRolling = (deployment: Deployment): boolean =>
  (deployment.spec?.strategy?.type ?? "RollingUpdate") === "RollingUpdate";

export const isRecreate = (deployment: Deployment): boolean => deployment.spec?.strategy?.type === "Recreate";

/** Surge is rounded up, unavailability down; a rollout that may do neither may have one pod unavailable. */
export function fencePosts(deployment: Deployment): FencePosts {
  if (!isRolling(deployment)) return { surge: 0, unavailable: 0 };
  const replicas = replicasOf(deployment);
  const { maxSurge = "25%", maxUnavailable = "25%" } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, "up");
  const unavailable = scaledValue(maxUnavailable, replicas, "down");
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { surge, unavailable: Math.min(least, replicas) };
}
