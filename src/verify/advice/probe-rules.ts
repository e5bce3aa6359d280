/** Rules about what tells Kubernetes that a container is up, and what makes it restart one. */

import { semanticEqual } from "../../api/equal.ts";
import type { Container, Deployment, Probe } from "../../api/generated/types.ts";
import { durationText } from "../../testing/durations.ts";
import { unknownProbePorts } from "../probe-port.ts";
import { assumed } from "../scenarios.ts";
import { type Finding, only, podPath, type Rule } from "./rule.ts";

/** A rule for each container, with its path. */
const eachContainer =
  (rule: (container: Container, path: string, all: readonly Container[]) => Finding[]): Rule =>
  ({ object }) => {
    const all = object.spec?.template?.spec?.containers ?? [];
    return all.flatMap((container, i) => rule(container, `${podPath}.containers[${i}]`, all));
  };

/** Ready as soon as its process runs: kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle, "Types of probe". */
const noReadinessProbe = eachContainer(({ name, readinessProbe, startupProbe }, path, all) => {
  if (readinessProbe) return [];
  const covered = all.some((other) => other.readinessProbe);
  const why = startupProbe
    ? `Once container ${name} has started it counts as ready for good: what fails later goes on getting traffic.`
    : covered
      ? `Container ${name} counts as ready as soon as its process runs; the pod relies on the probes of its other containers.`
      : `Container ${name} counts as ready as soon as its process runs, so a version that does not work replaces one that does.`;
  return [
    {
      id: "no-readiness-probe",
      severity: covered ? "hint" : startupProbe ? "warning" : "danger",
      path: `${path}.readinessProbe`,
      why,
      instead: "a readinessProbe that succeeds once the container can do its work",
    },
  ];
});

/** Seconds in which a probe gives up: `failureThreshold` times in a row. */
const patienceOf = ({ initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 }: Probe): number =>
  initialDelaySeconds + periodSeconds * (failureThreshold - 1);

const text = (seconds: number) => durationText(seconds * 1000);

/** kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes, "startup probes". */
const livenessKillsStart = eachContainer(({ name, livenessProbe, startupProbe }, path) => {
  const probe = startupProbe ?? livenessProbe;
  if (!probe || patienceOf(probe) >= assumed.slowStart) return [];
  const [field, what] = startupProbe
    ? ["startupProbe", "its startup probe"]
    : ["livenessProbe", "its liveness probe, with no startup probe before it,"];
  return [
    {
      id: "probe-kills-slow-start",
      severity: patienceOf(probe) < assumed.start ? "danger" : "warning",
      path: `${path}.${field}`,
      why: `If container ${name} needs more than ${text(patienceOf(probe))} to start, ${what} kills it again and again.`,
      instead: startupProbe
        ? "a failureThreshold that covers the slowest start"
        : "a startupProbe whose periodSeconds × failureThreshold covers the slowest start",
    },
  ];
});

const actionOf = ({ exec, httpGet, tcpSocket, grpc }: Probe) => ({ exec, httpGet, tcpSocket, grpc });

const sameProbes = eachContainer(({ name, livenessProbe, readinessProbe }, path) => {
  if (!livenessProbe || !readinessProbe || !semanticEqual(actionOf(livenessProbe), actionOf(readinessProbe))) return [];
  if (patienceOf(livenessProbe) > patienceOf(readinessProbe)) return [];
  return [
    {
      id: "liveness-equals-readiness",
      severity: "warning",
      path: `${path}.livenessProbe`,
      why: `The same question decides whether container ${name} gets traffic and whether it is killed: under load it is killed instead of spared.`,
      instead: "a liveness probe that fails later than the readiness probe, or none",
    },
  ];
});

const probePortUnknown = eachContainer((container, path) =>
  unknownProbePorts(container).map(({ field, port, path: at }) => ({
    id: "probe-port-unknown",
    severity: field === "livenessProbe" ? "warning" : "danger",
    path: `${path}.${at}`,
    why: `Container ${container.name} has no port called ${port}: ${field === "livenessProbe" ? "this probe never restarts it" : "the probe never succeeds, and no rollout finishes"}.`,
    instead: "the name or the number of one of its ports",
  })),
);

/** Seconds until a pod that starts as slowly as its probes allow is available, at the soonest and at the latest. */
function startUp(containers: readonly Container[], minReadySeconds: number): { soonest: number; latest: number } {
  const times = containers.map(({ startupProbe, readinessProbe }) => {
    const ready = readinessProbe
      ? (readinessProbe.initialDelaySeconds ?? 0) +
        ((readinessProbe.successThreshold ?? 1) - 1) * (readinessProbe.periodSeconds ?? 10)
      : 0;
    const slowest = startupProbe ? patienceOf(startupProbe) + (startupProbe.periodSeconds ?? 10) : 0;
    return { soonest: Math.max(ready, startupProbe?.initialDelaySeconds ?? 0), latest: Math.max(ready, slowest) };
  });
  return {
    soonest: Math.max(0, ...times.map(({ soonest }) => soonest)) + minReadySeconds,
    latest: Math.max(0, ...times.map(({ latest }) => latest)) + minReadySeconds,
  };
}

/** The deadline's clock starts anew with every pod that becomes available, so one pod's start-up is what must fit. */
const deadlineTooShort: Rule<Deployment> = ({ object }) => {
  const { progressDeadlineSeconds = 600, minReadySeconds = 0, template } = object.spec ?? {};
  const { soonest, latest } = startUp(template?.spec?.containers ?? [], minReadySeconds);
  if (latest < progressDeadlineSeconds) return [];
  const never = soonest >= progressDeadlineSeconds;
  return [
    {
      id: "deadline-too-short",
      severity: never ? "danger" : "warning",
      path: "spec.progressDeadlineSeconds",
      why: never
        ? `No pod can be available before ${text(soonest)}, and after ${text(progressDeadlineSeconds)} without progress the rollout counts as failed.`
        : `The probes give a pod up to ${text(latest)} to become available, and after ${text(progressDeadlineSeconds)} without progress the rollout counts as failed.`,
      instead: `progressDeadlineSeconds: ${Math.ceil((latest * 1.5) / 60) * 60}`,
    },
  ];
};

export const probeRules: readonly Rule[] = [
  noReadinessProbe,
  probePortUnknown,
  livenessKillsStart,
  sameProbes,
  ...only("Deployment", [deadlineTooShort]),
];
