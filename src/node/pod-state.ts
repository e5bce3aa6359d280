/** What the agent knows of one pod beside its API object: the runtime's view, read afresh for every sync. */
import type { Container, ContainerRestartRule, Pod } from "../api/generated/types.ts";
import type { ContainerStatus, SandboxStatus } from "./runtime/runtime.ts";

export interface PodState {
  /** The newest sandbox. */
  readonly sandbox?: SandboxStatus;
  /** Older ones, to be removed. */
  readonly formerSandboxes: readonly SandboxStatus[];
  /** All containers of the pod that the runtime still has, of every attempt. */
  readonly containers: readonly ContainerStatus[];
}

export const emptyState: PodState = { formerSandboxes: [], containers: [] };

/** Picks a pod's part out of what the runtime lists. */
export function podStateOf(
  uid: string,
  sandboxes: readonly SandboxStatus[],
  containers: readonly ContainerStatus[],
): PodState {
  const own = sandboxes.filter((s) => s.config.uid === uid).sort((a, b) => b.config.attempt - a.config.attempt);
  if (own.length === 0) return emptyState;
  const ids = new Set(own.map((s) => s.id));
  const [sandbox, ...formerSandboxes] = own;
  return { sandbox, formerSandboxes, containers: containers.filter((c) => ids.has(c.sandboxId)) };
}

/** Attempts of one container, newest first. */
export const attemptsOf = (state: PodState, name: string): readonly ContainerStatus[] =>
  state.containers.filter((c) => c.config.name === name).sort((a, b) => b.config.attempt - a.config.attempt);

export function latestOf(state: PodState, name: string): ContainerStatus | undefined {
  let latest: ContainerStatus | undefined;
  for (const c of state.containers)
    if (c.config.name === name && (!latest || c.config.attempt > latest.config.attempt)) latest = c;
  return latest;
}

/** What probes have found, per container id. Absent: no such probe, or the container is not known to it yet. */
export interface ProbeResults {
  readonly startup?: ProbeResult;
  readonly liveness?: ProbeResult;
  readonly readiness?: ProbeResult;
}
export type ProbeResult = "unknown" | "success" | "failure";
export type ProbeLookup = (containerId: string) => ProbeResults;

/** A sidecar: an init container that keeps running beside the containers. */
export const isRestartableInit = (container: Container): boolean => container.restartPolicy === "Always";

const ruleMatches = (rule: ContainerRestartRule, exitCode: number): boolean => {
  const codes = rule.exitCodes;
  if (rule.action !== "Restart" || !codes) return false;
  const listed = (codes.values ?? []).includes(exitCode);
  return codes.operator === "In" ? listed : codes.operator === "NotIn" && !listed;
};

/** Is a container that ended with this code started again? */
export function restartsAfter(pod: Pod, container: Container, exitCode: number): boolean {
  if ((container.restartPolicyRules ?? []).some((rule) => ruleMatches(rule, exitCode))) return true;
  switch (container.restartPolicy ?? pod.spec?.restartPolicy) {
    case "Never":
      return false;
    case "OnFailure":
      return exitCode !== 0;
    default:
      return true;
  }
}

/** Is this container, which does not run, to be started (again)? */
export function wantsStart(pod: Pod, container: Container, latest: ContainerStatus | undefined): boolean {
  if (pod.metadata?.deletionTimestamp) return false;
  if (!latest) return true;
  if (latest.state === "running") return false;
  if (latest.state === "created") return true;
  return restartsAfter(pod, container, latest.exitCode ?? 0);
}

/** `name_namespace(uid)`, as the kubelet's messages name a pod. */
export const podText = (pod: Pod): string => `${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`;

/** Container annotation: what the container was made of; when the pod's container no longer matches, it is replaced. */
export const hashAnnotation = "io.kubernetes.container.hash";
export const containerHash = (container: Container): string => JSON.stringify([container.name, container.image ?? ""]);
/** Container annotation: the image as the pod named it, or as the image service named it. */
export const imageAnnotation = "wherry.dev/image";
