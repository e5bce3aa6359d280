/**
 * All rules of the StatefulSet controller: which pods to create, correct and delete, and what the status says. Pure.
 * Ordered sets do one thing at a time: pods come up in the order of their ordinals and go in the reverse, each only
 * when those before it are available. Parallel sets neither wait nor order.
 */
import type { ControllerRevision, Pod, StatefulSet, StatefulSetStatus } from "../../api/generated/types.ts";
import { scaledValue } from "../../api/int-or-string.ts";
import { isDeleting } from "../ownership.ts";
import { availableAt, isReady, isTerminal } from "../pod-state.ts";
import { corrected, firstOrdinal, missingPod, ordinalOf, replicasOf, revisionOf } from "./identity.ts";

export interface StatefulSetSnapshot {
  readonly set: StatefulSet;
  /** All pods that belong to it, terminating ones included. */
  readonly pods: readonly Pod[];
  /** The revision of the pods that are not yet updated. */
  readonly current: ControllerRevision;
  /** The revision of the present template. */
  readonly update: ControllerRevision;
  readonly collisionCount: number;
}

export interface StatefulSetAction {
  readonly verb: "create" | "update" | "delete";
  readonly pod: Pod;
  /** What fails in one stage keeps the next from being begun. */
  readonly stage: Stage;
}

/** First the pods that are to be there, then those that are too many, then those of old revisions. */
export type Stage = "replicas" | "condemned" | "update";

export interface StatefulSetPlan {
  readonly actions: readonly StatefulSetAction[];
  /** Absent when the stored one is right. */
  readonly status?: StatefulSetStatus;
  /** Milliseconds until a pod becomes available by the passing of time. */
  readonly requeueAfter?: number;
}

/** Is it stored? One that is yet to be created has no UID. */
const exists = (pod: Pod): boolean => pod.metadata?.uid !== undefined;
const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === "Running" && isReady(pod);

/** One plan in the making. */
class Draft {
  readonly actions: StatefulSetAction[] = [];
  /** Pods deleted for the update. */
  replaced = 0;
  readonly #set: StatefulSet;
  readonly #now: number;
  readonly ordered: boolean;

  constructor(set: StatefulSet, now: number) {
    this.#set = set;
    this.#now = now;
    this.ordered = set.spec?.podManagementPolicy !== "Parallel";
  }

  isAvailable(pod: Pod): boolean {
    return availableAt(pod, this.#set.spec?.minReadySeconds ?? 0) <= this.#now;
  }

  isUnavailable(pod: Pod): boolean {
    return isDeleting(pod) || !this.isAvailable(pod);
  }

  /** @returns whether an ordered set must wait for this pod before it looks at the next */
  replica(pod: Pod): boolean {
    if (isTerminal(pod)) {
      if (!isDeleting(pod)) this.actions.push({ verb: "delete", pod, stage: "replicas" });
      return true;
    }
    if (!exists(pod)) {
      this.actions.push({ verb: "create", pod, stage: "replicas" });
      return true;
    }
    if (this.ordered && (isDeleting(pod) || !isRunningAndReady(pod) || !this.isAvailable(pod))) return true;
    const right = corrected(this.#set, pod);
    if (right) this.actions.push({ verb: "update", pod: right, stage: "replicas" });
    return false;
  }

  /** @returns as {@link replica}; `first` is the first pod of all that is unavailable */
  condemned(pod: Pod, first: Pod | undefined): boolean {
    if (isDeleting(pod)) return true;
    const well = isRunningAndReady(pod) && this.isAvailable(pod);
    if (this.ordered && !well && pod !== first) return true;
    this.actions.push({ verb: "delete", pod, stage: "condemned" });
    return true;
  }

  /** Deletes pods of old revisions, highest ordinal first, as far as the strategy allows. */
  rollingUpdate(replicas: readonly Pod[], update: string): void {
    const { partition = 0, maxUnavailable } = this.#set.spec?.updateStrategy?.rollingUpdate ?? {};
    const targets = replicas.slice(partition).reverse();
    if (maxUnavailable === undefined) {
      for (const pod of targets) {
        if (exists(pod) && revisionOf(pod) !== update && !isDeleting(pod)) {
          this.#replace(pod);
          return;
        }
        if (this.isUnavailable(pod)) return;
      }
      return;
    }
    const most = Math.max(1, scaledValue(maxUnavailable, replicas.length, "down"));
    let budget = most - replicas.filter((pod) => this.isUnavailable(pod)).length;
    for (const pod of targets) {
      if (budget <= 0) return;
      if (!exists(pod) || revisionOf(pod) === update || isDeleting(pod)) continue;
      this.#replace(pod);
      budget--;
    }
  }

  #replace(pod: Pod): void {
    this.actions.push({ verb: "delete", pod, stage: "update" });
    this.replaced++;
  }
}

/** Walks through the pods; an ordered set stops at the first that must be waited for. */
const runAll = (pods: readonly Pod[], ordered: boolean, step: (pod: Pod) => boolean): boolean => {
  for (const pod of pods) if (step(pod) && ordered) return false;
  return true;
};

/** @param now milliseconds since the epoch */
export function plan(snapshot: StatefulSetSnapshot, now: number): StatefulSetPlan {
  const { set, pods, current, update } = snapshot;
  const draft = new Draft(set, now);
  const [start, count] = [firstOrdinal(set), replicasOf(set)];
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const replicas = Array.from(
    { length: count },
    (_, i) => byOrdinal.get(start + i) ?? missingPod(set, current, update, start + i),
  );
  const isCondemned = (ordinal: number) => ordinal >= 0 && (ordinal < start || ordinal >= start + count);
  const condemned = pods.filter((pod) => isCondemned(ordinalOf(pod))).sort((a, b) => ordinalOf(b) - ordinalOf(a));
  if (!isDeleting(set)) {
    const first = [...replicas, ...[...condemned].reverse()].find((pod) => draft.isUnavailable(pod));
    const settled =
      runAll(replicas, draft.ordered, (pod) => draft.replica(pod)) &&
      runAll(condemned, draft.ordered, (pod) => draft.condemned(pod, first));
    if (settled && set.spec?.updateStrategy?.type !== "OnDelete")
      draft.rollingUpdate(replicas, update.metadata?.name ?? "");
  }
  const status = statusOf(snapshot, draft);
  const soonest = Math.min(
    ...pods.map((pod) => availableAt(pod, set.spec?.minReadySeconds ?? 0)).filter((at) => at > now),
  );
  return {
    actions: draft.actions,
    ...(isStale(set.status, status) ? { status } : {}),
    ...(Number.isFinite(soonest) ? { requeueAfter: soonest - now } : {}),
  };
}

function statusOf(
  { set, pods, current, update, collisionCount }: StatefulSetSnapshot,
  draft: Draft,
): StatefulSetStatus {
  const [currentRevision, updateRevision] = [current.metadata?.name ?? "", update.metadata?.name ?? ""];
  const ready = pods.filter(isRunningAndReady);
  const staying = pods.filter((pod) => !isDeleting(pod));
  const status = {
    observedGeneration: set.metadata?.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => draft.isAvailable(pod)).length,
    currentReplicas: staying.filter((pod) => revisionOf(pod) === currentRevision).length,
    updatedReplicas: staying.filter((pod) => revisionOf(pod) === updateRevision).length,
    currentRevision,
    updateRevision,
    collisionCount,
  };
  const count = replicasOf(set);
  const isComplete =
    set.spec?.updateStrategy?.type === "RollingUpdate" &&
    [status.updatedReplicas, status.readyReplicas, status.replicas].every((n) => n === count);
  if (isComplete) return { ...status, currentReplicas: status.updatedReplicas, currentRevision: updateRevision };
  return { ...status, currentReplicas: Math.max(0, status.currentReplicas - draft.replaced) };
}

const counts = ["replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas"] as const;

const isStale = (stored: StatefulSetStatus | undefined, next: StatefulSetStatus): boolean =>
  (next.observedGeneration ?? 0) > (stored?.observedGeneration ?? 0) ||
  counts.some((name) => (stored?.[name] ?? 0) !== next[name]) ||
  stored?.currentRevision !== next.currentRevision ||
  stored?.updateRevision !== next.updateRevision ||
  (stored?.collisionCount ?? 0) !== next.collisionCount;
