/** What a pod is doing, in the few words that a tile can show. */
import { isTerminal } from "../../api/core/pod-phase.ts";
import type { ContainerStatus, Pod } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";

/**
 * In the order of a pod's life:
 * - `waiting`: no node yet
 * - `starting`: its images are pulled and its containers started
 * - `failing`: a container cannot start, or ends again and again
 * - `unready`: it runs, and its readiness probe does not succeed
 * - `ready`: not for `minReadySeconds` yet
 * - `available`
 * - `stopping`, `ended`
 */
export const podPhases = [
  "waiting",
  "starting",
  "failing",
  "unready",
  "ready",
  "available",
  "stopping",
  "ended",
] as const;
export type PodPhase = (typeof podPhases)[number];

export interface PodState {
  readonly phase: PodPhase;
  /** The API's own word, when it has one: `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`. */
  readonly reason?: string;
  /** Of all its containers. */
  readonly restarts: number;
}

/** Reasons of a waiting container that are no failure. */
const usual = new Set(["ContainerCreating", "PodInitializing"]);

export const conditionOf = <C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined => conditions?.find((condition) => condition.type === type);

/** Init containers first, as they run. */
export const containerStatuses = (pod: Pod): readonly ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
];

/** Why a container is not running, when it is not as it should be. */
function troubleOf(status: ContainerStatus): string | undefined {
  const { waiting, terminated } = status.state ?? {};
  if (waiting?.reason && !usual.has(waiting.reason)) return waiting.reason;
  if (terminated && terminated.exitCode !== 0) return terminated.reason ?? "Error";
  return undefined;
}

/**
 * @param minReadySeconds of the workload
 * @param now milliseconds since the epoch
 */
export function podStateOf(pod: Pod, minReadySeconds: number, now: number): PodState {
  if (minReadySeconds > 0) return readState(pod, minReadySeconds, now);
  const known = timeless.get(pod);
  if (known) return known;
  const state = readState(pod, 0, now);
  timeless.set(pod, state);
  return state;
}

/** Where time decides nothing, a pod that has not changed is not read again: many look, and often. */
const timeless = new WeakMap<Pod, PodState>();

function readState(pod: Pod, minReadySeconds: number, now: number): PodState {
  const statuses = containerStatuses(pod);
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const { phase, conditions } = pod.status ?? {};
  if (isTerminal(phase)) return { phase: "ended", reason: pod.status?.reason, restarts };
  if (pod.metadata?.deletionTimestamp) return { phase: "stopping", restarts };
  if (!pod.spec?.nodeName) {
    const scheduled = conditionOf(conditions, "PodScheduled");
    const refused = scheduled?.status === "False" && scheduled.reason === "Unschedulable";
    return { phase: "waiting", ...(refused ? { reason: scheduled.reason } : {}), restarts };
  }
  const reason = statuses.map(troubleOf).find((trouble) => trouble !== undefined);
  if (reason) return { phase: "failing", reason, restarts };
  const ready = conditionOf(conditions, "Ready");
  if (ready?.status === "True") {
    const since = ready.lastTransitionTime ? parseTime(ready.lastTransitionTime) : now;
    const held = minReadySeconds === 0 || now - since >= minReadySeconds * 1000;
    return { phase: held ? "available" : "ready", restarts };
  }
  return { phase: phase === "Running" ? "unready" : "starting", restarts };
}

export const isReady = (pod: Pod): boolean =>
  !pod.metadata?.deletionTimestamp && conditionOf(pod.status?.conditions, "Ready")?.status === "True";
