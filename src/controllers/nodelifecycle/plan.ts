/**
 * What a node's silence means (upstream's `controller/nodelifecycle`). Pure: the node's conditions, the taints that
 * follow from them, and when to look again.
 */
import type { Node, NodeCondition, NodeStatus, Taint } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";

export interface GracePeriods {
  /** Milliseconds without a sign of life after which a node counts as gone. */
  readonly monitor: number;
  /** The same for a node that has never reported its status. */
  readonly startup: number;
}

export const defaultGracePeriods: GracePeriods = { monitor: 40_000, startup: 60_000 };

export interface Snapshot {
  readonly node: Node;
  /** When the node last gave a sign of life, by our own clock. */
  readonly seenAt: number;
  /** Is there no ready node but this one? When none is ready at all, the fault is likely ours: nothing is evicted. */
  readonly othersAllDown: boolean;
}

export interface Plan {
  /** To be written to the status subresource. */
  readonly status?: NodeStatus;
  /** To be written to the spec. */
  readonly taints?: readonly Taint[];
  /** As it will be. */
  readonly ready: "True" | "False" | "Unknown" | undefined;
  /** Milliseconds after which silence would mean that the node is gone; absent when that is known already. */
  readonly checkAfter?: number;
}

/** Written as Unknown when the node is silent. NetworkUnavailable is not the node agent's. */
const heartbeats = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

export const conditionOf = (node: Node, type: string): NodeCondition | undefined =>
  node.status?.conditions?.find((condition) => condition.type === type);

export const isNodeReady = (node: Node): boolean => conditionOf(node, "Ready")?.status === "True";

export function plan({ node, seenAt, othersAllDown }: Snapshot, grace: GracePeriods, now: number): Plan {
  const deadline = seenAt + (conditionOf(node, "Ready") ? grace.monitor : grace.startup);
  const silent = now >= deadline;
  const status = silent ? silentStatus(node, now) : undefined;
  const after = status ? { ...node, status } : node;
  const ready = conditionOf(after, "Ready")?.status as Plan["ready"];
  const taints = taintsFor(after, othersAllDown, now);
  return {
    ready,
    ...(status ? { status } : {}),
    ...(taints ? { taints } : {}),
    ...(silent ? {} : { checkAfter: deadline - now }),
  };
}

/** Undefined when it is known already that nothing is known. */
function silentStatus(node: Node, now: number): NodeStatus | undefined {
  if (conditionOf(node, "Ready")?.status === "Unknown") return undefined;
  const conditions = [...(node.status?.conditions ?? [])];
  for (const type of heartbeats) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const before = conditions[at];
    if (!before)
      conditions.push({
        type,
        status: "Unknown",
        lastHeartbeatTime: node.metadata?.creationTimestamp ?? formatTime(now),
        lastTransitionTime: formatTime(now),
        reason: "NodeStatusNeverUpdated",
        message: "Kubelet never posted node status.",
      });
    else if (before.status !== "Unknown")
      conditions[at] = {
        ...before,
        status: "Unknown",
        lastTransitionTime: formatTime(now),
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
      };
  }
  return { ...node.status, conditions };
}

const notReady = "node.kubernetes.io/not-ready";
const unreachable = "node.kubernetes.io/unreachable";
const pressure: readonly (readonly [type: string, key: string])[] = [
  ["MemoryPressure", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "node.kubernetes.io/network-unavailable"],
];
const unschedulable = "node.kubernetes.io/unschedulable";

const idOf = (taint: Pick<Taint, "key" | "effect">) => `${taint.key}:${taint.effect}`;
const ours = new Set([
  ...[notReady, unreachable, unschedulable, ...pressure.map(([, key]) => key)].map((key) => `${key}:NoSchedule`),
  ...[notReady, unreachable].map((key) => `${key}:NoExecute`),
]);

/** The node's taints with ours as its conditions want them; undefined when they are so already. */
function taintsFor(node: Node, othersAllDown: boolean, now: number): Taint[] | undefined {
  const ready = conditionOf(node, "Ready")?.status;
  const wanted: Pick<Taint, "key" | "effect">[] = [];
  const health = ready === "False" ? notReady : ready === "Unknown" ? unreachable : undefined;
  if (health) {
    wanted.push({ key: health, effect: "NoSchedule" });
    if (!othersAllDown) wanted.push({ key: health, effect: "NoExecute" });
  }
  for (const [type, key] of pressure)
    if (conditionOf(node, type)?.status === "True") wanted.push({ key, effect: "NoSchedule" });
  if (node.spec?.unschedulable) wanted.push({ key: unschedulable, effect: "NoSchedule" });

  const before = node.spec?.taints ?? [];
  // Admission taints new nodes until they have reported; without a report there is nothing to say against it.
  const judged = (taint: Taint) => ours.has(idOf(taint)) && (ready !== undefined || taint.key !== notReady);
  const kept = before.filter((taint) => !judged(taint) || wanted.some((w) => idOf(w) === idOf(taint)));
  const added = wanted.filter((w) => !before.some((taint) => idOf(taint) === idOf(w)));
  if (added.length === 0 && kept.length === before.length) return undefined;
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: formatTime(now) }))];
}
