import type { Container, ContainerState, ContainerStatus, Pod } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import {
  attemptsOf,
  imageAnnotation,
  isRestartableInit,
  type PodState,
  type ProbeLookup,
  wantsStart,
} from "../pod-state.ts";
import type { ContainerStatus as RuntimeStatus } from "../runtime/runtime.ts";

/** Why a container could not be started: `ErrImagePull`, `CrashLoopBackOff`, … */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatusesInput {
  readonly pod: Pod;
  readonly containers: readonly Container[];
  readonly init: boolean;
  readonly state: PodState;
  readonly probes: ProbeLookup;
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** What was written last. */
  readonly previous: readonly ContainerStatus[];
}

/** Container ids carry the runtime's scheme. */
export const containerIdText = (id: string): string => `wherry://${id}`;

/** The statuses of the pod's containers, or of its init containers, in the pod's order. */
export const containerStatusesOf = (input: ContainerStatusesInput): ContainerStatus[] =>
  input.containers.map((container) => statusOf(container, input));

function statusOf(container: Container, input: ContainerStatusesInput): ContainerStatus {
  const { pod, init, state, failures } = input;
  const [latest, former] = attemptsOf(state, container.name);
  const previous = input.previous.find((s) => s.name === container.name);
  let current: ContainerState = latest ? stateOf(latest) : stateWithout(pod, previous);
  let last: ContainerState = former ? stateOf(former) : (previous?.lastState ?? {});
  if (!latest && previous?.state?.running && !last.terminated) {
    // The container was seen running and is gone: it must not count as one that never ran.
    last = {
      terminated: lost(
        "The container could not be located when the pod was deleted.  The container used to be Running",
      ),
    };
  }
  const failure = failures.get(container.name);
  const finished = init && latest?.state === "exited" && latest.exitCode === 0 && !isRestartableInit(container);
  if (failure && !finished && wantsStart(pod, container, latest)) {
    if (current.terminated) last = current;
    current = { waiting: { ...(failure.message ? { message: failure.message } : {}), reason: failure.reason } };
  }
  const lostRestart = !latest && previous?.state?.running && !pod.metadata?.deletionTimestamp ? 1 : 0;
  const { started, ready } = readinessOf(container, current, latest, input);
  return {
    ...(container.resources?.requests ? { allocatedResources: container.resources.requests } : {}),
    ...(latest ? { containerID: containerIdText(latest.id) } : {}),
    image: latest?.config.annotations[imageAnnotation] ?? container.image ?? "",
    imageID: latest?.imageRef ?? "",
    lastState: last,
    name: container.name,
    ready,
    ...(latest ? { resources: container.resources ?? {} } : {}),
    restartCount: latest ? latest.config.attempt : (previous?.restartCount ?? 0) + lostRestart,
    started,
    state: current,
    ...(container.volumeMounts ? { volumeMounts: mountsOf(container) } : {}),
  };
}

const lost = (message: string) => ({ exitCode: 137, message, reason: "ContainerStatusUnknown" });

const stateWithout = (pod: Pod, previous: ContainerStatus | undefined): ContainerState => {
  if (previous?.state?.terminated) return previous.state;
  return { waiting: { reason: pod.spec?.initContainers?.length ? "PodInitializing" : "ContainerCreating" } };
};

function stateOf(status: RuntimeStatus): ContainerState {
  if (status.state === "running") return { running: { startedAt: formatTime(status.startedAt ?? status.createdAt) } };
  if (status.state === "created") return { waiting: { reason: "ContainerCreating" } };
  return {
    terminated: {
      containerID: containerIdText(status.id),
      exitCode: status.exitCode ?? 0,
      ...(status.signal ? { signal: status.signal } : {}),
      finishedAt: formatTime(status.finishedAt ?? status.createdAt),
      ...(status.message ? { message: status.message } : {}),
      reason: status.reason ?? (status.exitCode === 0 ? "Completed" : "Error"),
      startedAt: formatTime(status.startedAt ?? status.createdAt),
    },
  };
}

function readinessOf(
  container: Container,
  current: ContainerState,
  latest: RuntimeStatus | undefined,
  { init, probes }: ContainerStatusesInput,
): { started: boolean; ready: boolean } {
  const running = current.running !== undefined && latest !== undefined;
  const results = latest ? probes(latest.id) : {};
  const started = running && (!container.startupProbe || results.startup === "success");
  if (init && !isRestartableInit(container)) return { started, ready: current.terminated?.exitCode === 0 };
  return { started, ready: started && (!container.readinessProbe || results.readiness === "success") };
}

const mountsOf = (container: Container) =>
  (container.volumeMounts ?? []).map((m) => ({
    mountPath: m.mountPath,
    name: m.name,
    ...(m.readOnly ? { readOnly: true, recursiveReadOnly: "Disabled" } : {}),
  }));
