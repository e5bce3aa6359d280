/** What controllers ask about pods. Pure. */
import { isTerminal as isTerminalPhase } from "../api/core/pod-phase.ts";
import type { Pod, PodCondition } from "../api/generated/types.ts";
import { parseTime } from "../base/clock.ts";

/** Succeeded or Failed: no container will ever run again. */
export const isTerminal = (pod: Pod): boolean => isTerminalPhase(pod.status?.phase);

/** Neither terminal nor being deleted. */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && pod.metadata?.deletionTimestamp === undefined;

export const readyCondition = (pod: Pod): PodCondition | undefined =>
  pod.status?.conditions?.find((condition) => condition.type === "Ready");

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === "True";

/**
 * When the pod counts as available, in milliseconds since the epoch: ready for `minReadySeconds`.
 * Infinity when it is not ready; 0 when it is, and no time must pass.
 */
export function availableAt(pod: Pod, minReadySeconds: number): number {
  if (!isReady(pod)) return Number.POSITIVE_INFINITY;
  if (minReadySeconds === 0) return 0;
  const since = readyCondition(pod)?.lastTransitionTime;
  return since ? parseTime(since) + minReadySeconds * 1000 : Number.POSITIVE_INFINITY;
}
