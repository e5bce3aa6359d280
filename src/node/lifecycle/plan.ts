/**
 * What to do next for one pod. Pure: the same state gives the same actions, and state that is as wanted gives none.
 * Follows the kubelet's `computePodActions`: the sandbox first, then init containers one after another, then containers.
 */
import type { Container, Pod } from "../../api/generated/types.ts";
import {
  containerHash,
  hashAnnotation,
  isRestartableInit,
  latestOf,
  type PodState,
  type ProbeLookup,
  wantsStart,
} from "../pod-state.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import { type BackOff, durationText, waitUntil } from "./back-off.ts";

export type KillReason = "liveness" | "startup" | "other";

export type Action =
  /** The sandbox died: everything in it is ended and it makes room. `replaced` when a new one follows. */
  | { readonly kind: "stopSandbox"; readonly id: string; readonly replaced: boolean }
  | { readonly kind: "createSandbox"; readonly attempt: number }
  | {
      readonly kind: "killContainer";
      readonly id: string;
      readonly container: Container;
      readonly message: string;
      readonly reason: KillReason;
    }
  /** `previous` is the attempt that ended, if there was one. */
  | {
      readonly kind: "startContainer";
      readonly container: Container;
      readonly init: boolean;
      readonly previous?: ContainerStatus;
    }
  /** The container waits for its back-off: `until`, milliseconds since the epoch. */
  | {
      readonly kind: "wait";
      readonly container: Container;
      readonly until: number;
      readonly delay: string;
    };

export interface PlanInput {
  readonly pod: Pod;
  readonly state: PodState;
  readonly probes: ProbeLookup;
  /** Per container name. */
  readonly backOffs: ReadonlyMap<string, BackOff>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Plan {
  readonly actions: readonly Action[];
  /** Nothing runs and nothing will be started: the sandbox can go. */
  readonly done: boolean;
}

export function planPod(input: PlanInput): Plan {
  const { pod, state } = input;
  if (state.sandbox?.state !== "ready") return planSandbox(input);
  const init = planInit(input);
  if (init.failed) return { actions: endSandbox(state), done: true };
  if (!init.initialized) return { actions: init.actions, done: false };

  const actions: Action[] = [];
  let kept = 0;
  let starts = 0;
  for (const container of pod.spec?.containers ?? []) {
    const latest = latestOf(state, container.name);
    if (latest?.state !== "running") {
      if (!wantsStart(pod, container, latest)) continue;
      starts++;
      actions.push(startOrWait(input, container, latest, false));
      continue;
    }
    const kill = reasonToKill(input, container, latest);
    if (!kill) {
      kept++;
      continue;
    }
    const restarts = kill.restart ?? restartsAfterKill(pod, container);
    actions.push({
      kind: "killContainer",
      id: latest.id,
      container,
      message: `Container ${container.name} ${kill.what}${restarts ? ", will be restarted" : ""}`,
      reason: kill.reason,
    });
    // Once it has ended, the next look starts it again (after its back-off).
    if (restarts) starts++;
  }
  if (kept === 0 && starts === 0) {
    const killed = actions.filter((a) => a.kind === "killContainer");
    return { actions: [...killed, ...endSandbox(state)], done: true };
  }
  return { actions: [...init.actions, ...actions], done: false };
}

const endSandbox = (state: PodState): Action[] =>
  state.sandbox?.state === "ready" ? [{ kind: "stopSandbox", id: state.sandbox.id, replaced: false }] : [];

/** No usable sandbox: make one, unless the pod has already done all it will ever do. */
function planSandbox({ pod, state }: PlanInput): Plan {
  const attempt = state.sandbox ? state.sandbox.config.attempt + 1 : 0;
  const never = pod.spec?.restartPolicy === "Never";
  const ranBefore = state.containers.length > 0;
  if (attempt > 0 && never && ranBefore) return { actions: [], done: true };
  const containers = pod.spec?.containers ?? [];
  const isDone = (c: Container) => {
    const latest = latestOf(state, c.name);
    return latest?.state === "exited" && !wantsStart(pod, c, latest);
  };
  if (attempt > 0 && containers.length > 0 && containers.every(isDone)) return { actions: [], done: true };
  return {
    actions: [
      ...(state.sandbox ? [{ kind: "stopSandbox", id: state.sandbox.id, replaced: true } as const] : []),
      { kind: "createSandbox", attempt },
    ],
    done: false,
  };
}

interface InitPlan {
  readonly initialized: boolean;
  /** An init container failed and is not to be run again. */
  readonly failed: boolean;
  readonly actions: readonly Action[];
}

function planInit(input: PlanInput): InitPlan {
  const { pod, state, probes } = input;
  const sandboxId = state.sandbox?.id;
  // Containers of a former sandbox say nothing about this one.
  const current = (c: Container) => {
    const latest = latestOf(state, c.name);
    return latest?.sandboxId === sandboxId ? latest : undefined;
  };
  const initContainers = pod.spec?.initContainers ?? [];
  const everInitialized = (pod.spec?.containers ?? []).some((c) => current(c) !== undefined);
  const hasFailed = (c: Container) => {
    const latest = current(c);
    return latest?.state === "exited" && latest.exitCode !== 0 && !wantsStart(pod, c, latest);
  };
  // Looked for first: a sidecar in front that waits for its back-off must not hold up the end of the pod.
  if (!everInitialized && initContainers.some((c) => !isRestartableInit(c) && hasFailed(c)))
    return { initialized: false, failed: true, actions: [] };
  const actions: Action[] = [];
  for (const container of initContainers) {
    const latest = current(container);
    if (!isRestartableInit(container)) {
      if (everInitialized || (latest?.state === "exited" && latest.exitCode === 0)) continue;
      if (latest?.state === "running") return { initialized: false, failed: false, actions };
      return {
        initialized: false,
        failed: false,
        actions: [...actions, startOrWait(input, container, latestOf(state, container.name), true)],
      };
    }
    if (latest?.state !== "running") {
      actions.push(startOrWait(input, container, latestOf(state, container.name), true));
      if (!everInitialized) return { initialized: false, failed: false, actions };
      continue;
    }
    const kill = reasonToKill(input, container, latest);
    if (kill)
      actions.push({
        kind: "killContainer",
        id: latest.id,
        container,
        message: `Init container ${container.name} ${kill.what}`,
        reason: kill.reason,
      });
    const started = !container.startupProbe || probes(latest.id).startup === "success";
    if (!started && !everInitialized) return { initialized: false, failed: false, actions };
  }
  return { initialized: true, failed: false, actions };
}

function reasonToKill(
  { probes }: PlanInput,
  container: Container,
  running: ContainerStatus,
): { what: string; reason: KillReason; restart?: boolean } | undefined {
  const hash = running.config.annotations[hashAnnotation];
  if (hash !== undefined && hash !== containerHash(container))
    return { what: "definition changed", reason: "other", restart: true };
  const results = probes(running.id);
  if (results.liveness === "failure") return { what: "failed liveness probe", reason: "liveness" };
  if (results.startup === "failure") return { what: "failed startup probe", reason: "startup" };
  return undefined;
}

/** The exit code is not known yet, so rules over exit codes do not count. */
const restartsAfterKill = (pod: Pod, container: Container): boolean =>
  (container.restartPolicy ?? pod.spec?.restartPolicy) !== "Never";

function startOrWait(
  { backOffs, now }: PlanInput,
  container: Container,
  previous: ContainerStatus | undefined,
  init: boolean,
): Action {
  const backOff = backOffs.get(container.name);
  if (previous?.state === "exited") {
    const until = waitUntil(backOff, previous.finishedAt ?? now, now);
    if (until !== undefined && backOff) return { kind: "wait", container, until, delay: durationText(backOff.delay) };
  }
  return { kind: "startContainer", container, init, ...(previous ? { previous } : {}) };
}
