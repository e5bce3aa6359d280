import { isTerminal } from "../../api/core/pod-phase.ts";
import type { ContainerStatus, Pod, PodStatus } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import type { Refusal } from "../admission.ts";
import type { PodState, ProbeLookup } from "../pod-state.ts";
import { conditionsOf } from "./conditions.ts";
import { containerStatusesOf, type StartFailure } from "./container-status.ts";
import { type Phase, phaseOf } from "./phase.ts";

export interface PodStatusInput {
  readonly pod: Pod;
  readonly state: PodState;
  readonly probes: ProbeLookup;
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** The agent's last status, or the API's when the agent has just started. */
  readonly previous: PodStatus;
  /** Nothing will be started any more. */
  readonly terminal: boolean;
  /** Why the agent itself ended the pod, if it did. */
  readonly verdict?: { readonly reason: string; readonly message: string };
  readonly hostIPs: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The pod's status as the agent reports it. Pure. */
export function podStatusOf(input: PodStatusInput): PodStatus {
  const { pod, state, probes, failures, previous, now, verdict, hostIPs } = input;
  const spec = pod.spec ?? { containers: [] };
  const statusesOf = (init: boolean): ContainerStatus[] =>
    containerStatusesOf({
      pod,
      containers: (init ? spec.initContainers : spec.containers) ?? [],
      init,
      state,
      probes,
      failures,
      previous: (init ? previous.initContainerStatuses : previous.containerStatuses) ?? [],
    });
  const statuses = statusesOf(false);
  const initStatuses = statusesOf(true);

  // A phase that ended never becomes another.
  const ended = [previous.phase, pod.status?.phase].find(isTerminal);
  const phase: Phase =
    ended ?? (verdict ? "Failed" : phaseOf({ pod, initStatuses, statuses, terminal: input.terminal }));
  const sandboxReady = state.sandbox?.state === "ready";
  const ips = podIPsOf(input, sandboxReady);
  const kept = phase === previous.phase ? previous : undefined;
  const reason = verdict?.reason ?? kept?.reason;
  const message = verdict?.message ?? kept?.message;
  return {
    ...(pod.metadata?.generation ? { observedGeneration: pod.metadata.generation } : {}),
    phase,
    conditions: conditionsOf({
      pod,
      phase,
      sandboxReady,
      initStatuses,
      statuses,
      previous: previous.conditions ?? [],
      now,
    }),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    ...(pod.status?.nominatedNodeName ? { nominatedNodeName: pod.status.nominatedNodeName } : {}),
    ...(hostIPs[0] ? { hostIP: hostIPs[0], hostIPs: hostIPs.map((ip) => ({ ip })) } : {}),
    ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: previous.startTime ?? pod.status?.startTime ?? formatTime(now),
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: statuses,
    ...(pod.status?.qosClass ? { qosClass: pod.status.qosClass } : {}),
    ...(pod.status?.ephemeralContainerStatuses
      ? { ephemeralContainerStatuses: pod.status.ephemeralContainerStatuses }
      : {}),
    ...(pod.status?.resize ? { resize: pod.status.resize } : {}),
    ...(pod.status?.resourceClaimStatuses ? { resourceClaimStatuses: pod.status.resourceClaimStatuses } : {}),
  };
}

/** The status of a pod that was not admitted: nothing of it was ever on the node (kubelet `rejectPod`). */
export const refusedStatusOf = (pod: Pod, previous: PodStatus, refusal: Refusal, now: number): PodStatus => ({
  ...(pod.metadata?.generation ? { observedGeneration: pod.metadata.generation } : {}),
  phase: "Failed",
  ...(pod.status?.conditions ? { conditions: pod.status.conditions } : {}),
  message: `Pod was rejected: ${refusal.message}`,
  reason: refusal.reason,
  startTime: previous.startTime ?? pod.status?.startTime ?? formatTime(now),
  ...(pod.status?.qosClass ? { qosClass: pod.status.qosClass } : {}),
});

function podIPsOf({ pod, state, previous, hostIPs }: PodStatusInput, sandboxReady: boolean): readonly string[] {
  if (pod.spec?.hostNetwork) return sandboxReady ? hostIPs : [];
  if (state.sandbox?.ips.length) return state.sandbox.ips;
  // A stopped sandbox has given its address back, but the pod keeps showing the one it had.
  return (previous.podIPs ?? []).map((p) => p.ip ?? "").filter(Boolean);
}

/**
 * The status with which a pod's object is deleted: everything ended, whatever was known before
 * (kubelet status manager, `TerminatePod`).
 */
export function finalStatusOf(status: PodStatus): PodStatus {
  const ended = (s: ContainerStatus): ContainerStatus =>
    s.state?.terminated
      ? s
      : {
          ...s,
          ready: false,
          started: false,
          state: {
            terminated: {
              exitCode: 137,
              message: "The container could not be located when the pod was terminated",
              reason: "ContainerStatusUnknown",
            },
          },
        };
  const ran = (s: ContainerStatus) => s.state?.waiting === undefined || s.lastState?.terminated !== undefined;
  const inits = status.initContainerStatuses ?? [];
  const initialized =
    inits.length === 0 ||
    (status.containerStatuses ?? []).some(ran) ||
    inits[inits.length - 1]?.state?.terminated?.exitCode === 0;
  const lastRan = Math.max(0, inits.findLastIndex(ran));
  return {
    ...status,
    phase: isTerminal(status.phase) ? status.phase : "Failed",
    ...(inits.length > 0 ? { initContainerStatuses: inits.map((s, i) => (i <= lastRan ? ended(s) : s)) } : {}),
    containerStatuses: (status.containerStatuses ?? []).map((s) => (initialized ? ended(s) : s)),
  };
}
