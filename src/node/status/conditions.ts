import type { ContainerStatus, Pod, PodCondition } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { isRestartableInit } from "../pod-state.ts";
import type { Phase } from "./phase.ts";

/** The conditions that the agent owns, in the order it reports them; all others are left as they are. */
const ownTypes: readonly string[] = [
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
];

type Verdict = Pick<PodCondition, "status" | "reason" | "message">;
const yes: Verdict = { status: "True" };
const no = (reason?: string, message?: string): Verdict => ({
  status: "False",
  ...(reason ? { reason } : {}),
  ...(message ? { message } : {}),
});

/** Go prints a list of names as `[a b]`. */
const names = (list: readonly string[]) => `[${list.join(" ")}]`;

const problems = (unknown: readonly string[], others: readonly string[], word: string): string =>
  [
    ...(unknown.length > 0 ? [`containers with unknown status: ${names(unknown)}`] : []),
    ...(others.length > 0 ? [`containers with ${word} status: ${names(others)}`] : []),
  ].join(", ");

interface ConditionsInput {
  readonly pod: Pod;
  readonly phase: Phase;
  readonly sandboxReady: boolean;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** The conditions written last. */
  readonly previous: readonly PodCondition[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** All conditions of the pod: those of others as they are, then the agent's. */
export function conditionsOf(input: ConditionsInput): PodCondition[] {
  const { pod, previous, now } = input;
  const foreign = (pod.status?.conditions ?? []).filter((c) => !ownTypes.includes(c.type));
  const containersReady = containersReadyOf(input);
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: input.sandboxReady ? yes : no(),
    Initialized: initializedOf(input),
    Ready: containersReady.status === "True" ? gatesOf(pod, foreign) : containersReady,
    ContainersReady: containersReady,
    PodScheduled: yes,
  };
  const own = ownTypes.map((type): PodCondition => {
    const verdict = verdicts[type] ?? no();
    const before = previous.find((c) => c.type === type);
    return {
      type,
      ...(pod.metadata?.generation ? { observedGeneration: pod.metadata.generation } : {}),
      ...verdict,
      lastTransitionTime:
        before?.status === verdict.status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now),
    };
  });
  return [...foreign, ...own];
}

function containersReadyOf({ pod, phase, initStatuses, statuses }: ConditionsInput): Verdict {
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit);
  const unknown: string[] = [];
  const unready: string[] = [];
  for (const { name } of [...sidecars, ...(pod.spec?.containers ?? [])]) {
    const status = statuses.find((s) => s.name === name) ?? initStatuses.find((s) => s.name === name);
    if (!status) unknown.push(name);
    else if (!status.ready) unready.push(name);
  }
  if (phase === "Succeeded" && unknown.length === 0) return no("PodCompleted");
  if (phase === "Failed") return no("PodFailed");
  const message = problems(unknown, unready, "unready");
  return message ? no("ContainersNotReady", message) : yes;
}

function gatesOf(pod: Pod, conditions: readonly PodCondition[]): Verdict {
  const messages: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const condition = conditions.find((c) => c.type === conditionType);
    if (!condition) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (condition.status !== "True")
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
  }
  return messages.length > 0 ? no("ReadinessGatesNotReady", messages.join(", ")) : yes;
}

function initializedOf({ pod, phase, initStatuses, statuses }: ConditionsInput): Verdict {
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const container of pod.spec?.initContainers ?? []) {
    const status = initStatuses.find((s) => s.name === container.name);
    if (!status) unknown.push(container.name);
    else if (isRestartableInit(container) ? !status.started : !status.ready) incomplete.push(container.name);
  }
  if (phase === "Succeeded" && unknown.length === 0) return { status: "True", reason: "PodCompleted" };
  // Sidecars that restart later do not take the initialization back.
  if (statuses.some((s) => s.state?.running || s.state?.terminated || s.lastState?.terminated)) return yes;
  const message = problems(unknown, incomplete, "incomplete");
  return message ? no("ContainersNotInitialized", message) : yes;
}
