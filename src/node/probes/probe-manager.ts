/** Keeps the probers of all running containers. */
import type { Container, Pod } from "../../api/generated/types.ts";
import type { Clock } from "../../base/clock.ts";
import type { EventRecorder } from "../../client/events.ts";
import { containerPath } from "../event-text.ts";
import { isRestartableInit, latestOf, type PodState, type ProbeResult, type ProbeResults } from "../pod-state.ts";
import type { ContainerStatus, Runtime } from "../runtime/runtime.ts";
import { containerIdText } from "../status/container-status.ts";
import { type ProbeOutcome, runProbe } from "./probe-runner.ts";
import { Prober, type ProbeType } from "./prober.ts";

export interface ProbeManager {
  /** Starts probers for containers that run and ends those of containers that do not. */
  follow(pod: Pod, state: PodState, onChange: () => void): void;
  results(containerId: string): ProbeResults;
  /** A pod that is being ended is only asked whether it is ready still. */
  onlyReadiness(podUid: string): void;
  remove(podUid: string): void;
}

interface Probed {
  readonly podUid: string;
  readonly probers: Partial<Record<ProbeType, Prober>>;
}

export interface ProbeManagerOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly events: EventRecorder;
}

export function createProbeManager({ runtime, clock, events }: ProbeManagerOptions): ProbeManager {
  const byContainer = new Map<string, Probed>();
  const byPod = new Map<string, Set<string>>();

  const results = (containerId: string): ProbeResults => {
    const probers = byContainer.get(containerId)?.probers;
    if (!probers) return {};
    return {
      ...(probers.Startup ? { startup: probers.Startup.result } : {}),
      ...(probers.Liveness ? { liveness: probers.Liveness.result } : {}),
      ...(probers.Readiness ? { readiness: probers.Readiness.result } : {}),
    };
  };

  const end = (containerId: string): void => {
    const probed = byContainer.get(containerId);
    for (const prober of Object.values(probed?.probers ?? {})) prober.stop();
    byContainer.delete(containerId);
  };

  const begin = (
    pod: Pod,
    container: Container,
    running: ContainerStatus,
    type: ProbeType,
    initial: ProbeResult,
    state: PodState,
    onChange: () => void,
  ): Prober | undefined => {
    const probe =
      type === "Startup"
        ? container.startupProbe
        : type === "Liveness"
          ? container.livenessProbe
          : container.readinessProbe;
    if (!probe) return undefined;
    const init = (pod.spec?.initContainers ?? []).includes(container);
    const target = {
      runtime,
      clock,
      container,
      containerId: running.id,
      sandboxId: running.sandboxId,
      podIP: state.sandbox?.ips[0] ?? "127.0.0.1",
    };
    return new Prober({
      type,
      probe,
      clock,
      startedAt: running.startedAt ?? clock.now(),
      initial,
      run: () => runProbe(probe, target),
      onAnswer: (outcome) => {
        const text = eventText(type, outcome);
        if (text) events.event(pod, "Warning", ...text, containerPath(container.name, init));
      },
      onChange,
    });
  };

  return {
    results,
    follow(pod, state, onChange) {
      const uid = pod.metadata?.uid ?? "";
      const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit);
      const running = new Set<string>();
      for (const container of [...sidecars, ...(pod.spec?.containers ?? [])]) {
        if (!container.startupProbe && !container.livenessProbe && !container.readinessProbe) continue;
        const status = latestOf(state, container.name);
        if (status?.state !== "running") continue;
        running.add(status.id);
        const probers: Probed["probers"] = byContainer.get(status.id)?.probers ?? {};
        byContainer.set(status.id, { podUid: uid, probers });
        const before = reportedBefore(pod, status.id);
        const start = (type: ProbeType, initial: ProbeResult) => {
          if (probers[type]) return;
          const prober = begin(pod, container, status, type, initial, state, onChange);
          if (prober) probers[type] = prober;
        };
        start("Startup", before?.started ? "success" : "unknown");
        if (container.startupProbe && probers.Startup?.result !== "success") continue;
        start("Liveness", "success");
        start("Readiness", before?.ready ? "success" : "failure");
      }
      for (const id of byPod.get(uid) ?? []) if (!running.has(id)) end(id);
      if (running.size > 0) byPod.set(uid, running);
      else byPod.delete(uid);
    },
    onlyReadiness(podUid) {
      for (const id of byPod.get(podUid) ?? []) {
        const probers = byContainer.get(id)?.probers;
        probers?.Startup?.stop();
        probers?.Liveness?.stop();
      }
    },
    remove(podUid) {
      for (const id of byPod.get(podUid) ?? []) end(id);
      byPod.delete(podUid);
    },
  };
}

/** What the pod's status says of a running container: an agent that has just started believes its predecessor. */
const reportedBefore = (pod: Pod, containerId: string) =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (s) => s.containerID === containerIdText(containerId),
  );

/** Reason and message of the event about an answer; none for a plain success. */
function eventText(type: ProbeType, { result, output }: ProbeOutcome): [string, string] | undefined {
  switch (result) {
    case "success":
      return undefined;
    case "warning":
      return ["ProbeWarning", `${type} probe warning: ${output}`];
    case "failure":
      return ["Unhealthy", `${type} probe failed: ${output}`];
    case "error":
      return ["Unhealthy", `${type} probe errored and resulted in unknown state: ${output}`];
  }
}
