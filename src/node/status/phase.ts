import type { Container, ContainerStatus, Pod } from "../../api/generated/types.ts";
import { isRestartableInit, restartsAfter } from "../pod-state.ts";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

type Progress = { kind: "unknown" } | { kind: "waiting" } | { kind: "running" } | { kind: "stopped"; exitCode: number };

/** A waiting container that ran before counts as stopped: it is on its way to be restarted. */
function progressOf(status: ContainerStatus | undefined): Progress {
  if (!status) return { kind: "unknown" };
  const { state, lastState } = status;
  if (state?.running) return { kind: "running" };
  if (state?.terminated) return { kind: "stopped", exitCode: state.terminated.exitCode };
  if (state?.waiting && lastState?.terminated) return { kind: "stopped", exitCode: lastState.terminated.exitCode };
  return state?.waiting ? { kind: "waiting" } : { kind: "unknown" };
}

interface PhaseInput {
  readonly pod: Pod;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** Nothing will be started any more. */
  readonly terminal: boolean;
}

/** The pod's phase (kubelet `getPhase`). */
export function phaseOf({ pod, initStatuses, statuses, terminal }: PhaseInput): Phase {
  const find = (list: readonly ContainerStatus[], c: Container) => list.find((s) => s.name === c.name);
  const hasInitialized = statuses.some((s) => s.state?.running);
  let pendingInit = 0;
  let waiting = 0;
  let running = 0;
  let unknown = 0;

  for (const container of pod.spec?.initContainers ?? []) {
    const status = find(initStatuses, container);
    const progress = progressOf(status);
    if (isRestartableInit(container)) {
      if (progress.kind === "running") {
        running++;
        if (!status?.started && !hasInitialized) pendingInit++;
      } else if (progress.kind === "waiting") {
        waiting++;
      } else if (progress.kind === "unknown") unknown++;
    } else if (progress.kind !== "stopped") pendingInit++;
    else if (progress.exitCode !== 0 && !restartsAfter(pod, container, progress.exitCode)) return "Failed";
  }

  let stopped = 0;
  let succeeded = 0;
  let restarting = 0;
  for (const container of pod.spec?.containers ?? []) {
    const progress = progressOf(find(statuses, container));
    if (progress.kind === "running") running++;
    else if (progress.kind === "waiting") waiting++;
    else if (progress.kind === "unknown") unknown++;
    else {
      stopped++;
      if (progress.exitCode === 0) succeeded++;
      if (restartsAfter(pod, container, progress.exitCode)) restarting++;
    }
  }

  if (pendingInit > 0 || waiting > 0 || unknown > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped === 0) return "Pending";
  if (restarting > 0 && !terminal) return "Running";
  return stopped === succeeded ? "Succeeded" : "Failed";
}
