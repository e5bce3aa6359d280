/** All rules of the ReplicaSet controller: how many pods to create, which to delete, and what the status says. Pure. */
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { isDeleting } from "../ownership.ts";
import { availableAt, isReady } from "../pod-state.ts";
import { chooseForDeletion } from "./deletion-ranking.ts";

/** The most creates or deletes of one sync. */
const burst = 500;

export interface ReplicaSetSnapshot {
  readonly replicaSet: ReplicaSet;
  /** Active pods that belong to it. */
  readonly pods: readonly Pod[];
  /** Active pods of all ReplicaSets with the same controller, its own included. Read only when pods must die. */
  readonly related: () => readonly Pod[];
  /** False while earlier creates and deletes are not seen in the cache. */
  readonly expectationsSatisfied: boolean;
}

export type ReplicaSetPlan =
  | { readonly action: "none" }
  | { readonly action: "create"; readonly count: number }
  | { readonly action: "delete"; readonly pods: readonly Pod[] };

/** @param now milliseconds since the epoch */
export function plan(snapshot: ReplicaSetSnapshot, now: number): ReplicaSetPlan {
  const { replicaSet, pods } = snapshot;
  if (!snapshot.expectationsSatisfied || isDeleting(replicaSet)) return { action: "none" };
  const surplus = pods.length - wanted(replicaSet);
  if (surplus < 0) return { action: "create", count: Math.min(-surplus, burst) };
  if (surplus > 0) {
    const doomed = chooseForDeletion(pods, snapshot.related(), Math.min(surplus, burst), now);
    return { action: "delete", pods: doomed };
  }
  return { action: "none" };
}

const wanted = (replicaSet: ReplicaSet): number => replicaSet.spec?.replicas ?? 1;

export interface StatusPlan {
  /** The new status; undefined when the stored one is right. */
  readonly status?: ReplicaSetStatus;
  /** Milliseconds until the next pod becomes available by the passing of time. */
  readonly requeueAfter?: number;
}

/**
 * @param failure what went wrong when pods were created or deleted
 * @param now milliseconds since the epoch
 */
export function planStatus(
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  failure: string | undefined,
  now: number,
): StatusPlan {
  const labels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  let [fullyLabeled, ready, available] = [0, 0, 0];
  let next = Number.POSITIVE_INFINITY;
  for (const pod of pods) {
    if (labels.every(([key, value]) => pod.metadata?.labels?.[key] === value)) fullyLabeled++;
    if (!isReady(pod)) continue;
    ready++;
    const at = availableAt(pod, minReadySeconds);
    if (at <= now) available++;
    else next = Math.min(next, at);
  }
  const conditions = conditionsOf(replicaSet, pods.length, failure, now);
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    ...(fullyLabeled ? { fullyLabeledReplicas: fullyLabeled } : {}),
    ...(ready ? { readyReplicas: ready } : {}),
    ...(available ? { availableReplicas: available } : {}),
    observedGeneration: replicaSet.metadata?.generation ?? 0,
    ...(conditions.length ? { conditions: [...conditions] } : {}),
  };
  return {
    ...(sameStatus(replicaSet.status, status) ? {} : { status }),
    ...(Number.isFinite(next) ? { requeueAfter: next - now } : {}),
  };
}

/** ReplicaFailure is set once and removed when the next attempt succeeds. */
function conditionsOf(
  replicaSet: ReplicaSet,
  active: number,
  failure: string | undefined,
  now: number,
): readonly ReplicaSetCondition[] {
  const current = replicaSet.status?.conditions ?? [];
  const failed = current.some((condition) => condition.type === "ReplicaFailure");
  if (failure === undefined)
    return failed ? current.filter((condition) => condition.type !== "ReplicaFailure") : current;
  if (failed) return current;
  const reason = active < wanted(replicaSet) ? "FailedCreate" : "FailedDelete";
  const lastTransitionTime = formatTime(now);
  return [...current, { type: "ReplicaFailure", status: "True", lastTransitionTime, reason, message: failure }];
}

function sameStatus(a: ReplicaSetStatus | undefined, b: ReplicaSetStatus): boolean {
  return (
    a !== undefined &&
    a.replicas === b.replicas &&
    (a.fullyLabeledReplicas ?? 0) === (b.fullyLabeledReplicas ?? 0) &&
    (a.readyReplicas ?? 0) === (b.readyReplicas ?? 0) &&
    (a.availableReplicas ?? 0) === (b.availableReplicas ?? 0) &&
    (a.observedGeneration ?? 0) === b.observedGeneration &&
    JSON.stringify(a.conditions ?? []) === JSON.stringify(b.conditions ?? [])
  );
}
