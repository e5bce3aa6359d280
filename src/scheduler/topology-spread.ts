/** `topologySpreadConstraints`: pods of a group spread evenly over the domains of a topology. Pure. */
import type { Pod, TopologySpreadConstraint } from "../api/generated/types.ts";
import { matchesLabels } from "../api/labels.ts";
import type { ClusterView } from "./cluster-state.ts";
import { matchesNodeAffinity } from "./node-affinity.ts";
import type { NodeInfo } from "./node-info.ts";
import { narrowedSelector } from "./pod-affinity.ts";
import { untoleratedTaint } from "./taints.ts";

export type SpreadVerdict = "fits" | "skewed" | "missing label";

interface Spread {
  readonly constraint: TopologySpreadConstraint;
  /** Pods of the group, by the value of the topology key; every eligible domain has an entry. */
  readonly counts: ReadonlyMap<string, number>;
  /** 1 when the pod itself is of the group. */
  readonly self: number;
}

const constraintsOf = (pod: Pod, when: "DoNotSchedule" | "ScheduleAnyway"): readonly TopologySpreadConstraint[] =>
  (pod.spec?.topologySpreadConstraints ?? []).filter((constraint) => constraint.whenUnsatisfiable === when);

function spreadOf(
  pod: Pod,
  constraint: TopologySpreadConstraint,
  all: readonly TopologySpreadConstraint[],
  view: ClusterView,
): Spread {
  const selector = narrowedSelector(pod, constraint.labelSelector, constraint.matchLabelKeys);
  const isOfGroup = (other: Pod): boolean => selector !== undefined && matchesLabels(selector, other.metadata?.labels);
  const isEligible = (info: NodeInfo): boolean =>
    all.every(({ topologyKey }) => info.label(topologyKey) !== undefined) &&
    ((constraint.nodeAffinityPolicy ?? "Honor") !== "Honor" || matchesNodeAffinity(pod, info.node)) &&
    (constraint.nodeTaintsPolicy !== "Honor" || untoleratedTaint(pod, info.node) === undefined);
  const counts = new Map<string, number>();
  for (const info of view.nodes) {
    if (!isEligible(info)) continue;
    const value = info.label(constraint.topologyKey) ?? "";
    let count = counts.get(value) ?? 0;
    for (const other of info.pods.values())
      if (
        other.metadata?.namespace === pod.metadata?.namespace &&
        other.metadata?.deletionTimestamp === undefined &&
        isOfGroup(other)
      )
        count++;
    counts.set(value, count);
  }
  return { constraint, counts, self: isOfGroup(pod) ? 1 : 0 };
}

/** Counts once; the answer is asked for each node. Absent without any that is required. */
export function spreadFilter(pod: Pod, view: ClusterView): ((info: NodeInfo) => SpreadVerdict) | undefined {
  const constraints = constraintsOf(pod, "DoNotSchedule");
  if (constraints.length === 0) return undefined;
  const spreads = constraints.map((constraint) => spreadOf(pod, constraint, constraints, view));
  const limits = spreads.map((spread) => {
    const { minDomains, maxSkew } = spread.constraint;
    const fewest =
      minDomains !== undefined && spread.counts.size < minDomains ? 0 : Math.min(...spread.counts.values());
    return { ...spread, most: fewest + maxSkew };
  });
  return (info) => {
    for (const { constraint, counts, self, most } of limits) {
      const value = info.label(constraint.topologyKey);
      if (value === undefined) return "missing label";
      if ((counts.get(value) ?? 0) + self > most) return "skewed";
    }
    return "fits";
  };
}

/** How crowded each node's domains are by the constraints that only prefer: lower is better. Absent without any. */
export function spreadScore(pod: Pod, view: ClusterView): ((info: NodeInfo) => number) | undefined {
  const constraints = constraintsOf(pod, "ScheduleAnyway");
  if (constraints.length === 0) return undefined;
  const spreads = constraints.map((constraint) => spreadOf(pod, constraint, constraints, view));
  return (info) =>
    spreads.reduce((sum, { constraint, counts }) => {
      const value = info.label(constraint.topologyKey);
      const weight = Math.log(counts.size + 2);
      return sum + (value === undefined ? Number.MAX_SAFE_INTEGER / 1e3 : (counts.get(value) ?? 0) * weight);
    }, 0);
}
