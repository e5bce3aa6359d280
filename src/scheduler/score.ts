/** How good each of the nodes that can take a pod is for it. Pure. */
import type { Pod } from "../api/generated/types.ts";
import { type ScoredView, zoneLabel } from "./cluster-state.ts";
import { hasNodePreferences, nodePreference } from "./node-affinity.ts";
import { type NodeInfo, ownerOf } from "./node-info.ts";
import { podAffinityScore } from "./pod-affinity.ts";
import { demandOf } from "./resources.ts";
import { untoleratedPreferences } from "./taints.ts";
import { spreadScore } from "./topology-spread.ts";

type Score = (info: NodeInfo) => number;

/** Adds raw values, stretched over 0 to 100 and weighted; when all are equal, no node is better. */
function addNormalized(total: Float64Array, values: readonly number[], weight: number, better: "high" | "low"): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) return;
  values.forEach((value, i) => {
    const normalized = (100 * (better === "high" ? value - low : high - value)) / (high - low);
    total[i] = (total[i] ?? 0) + weight * normalized;
  });
}

const freeShare = ({ allocatable, used }: NodeInfo["cpu"], asked: number): number =>
  allocatable === 0 ? 0 : Math.max(0, allocatable - used - asked) / allocatable;

/** The emptiest node; and, as much again, the one where CPU and memory are used in equal parts. */
function allocation(pod: Pod): Score {
  const { scored } = demandOf(pod);
  return (info) => {
    const cpu = freeShare(info.cpu, scored.cpu);
    const memory = freeShare(info.memory, scored.memory);
    return 50 * (cpu + memory) + 100 * (1 - Math.abs(cpu - memory) / 2);
  };
}

/** Replicas of one owner apart: on different nodes, and more weakly in different zones. Absent without an owner. */
function replicasApart(pod: Pod, view: ScoredView): Score | undefined {
  const owner = ownerOf(pod);
  if (!owner) return undefined;
  const perZone = new Map<string, number>();
  for (const info of view.zoned) {
    const zone = info.label(zoneLabel) ?? "";
    perZone.set(zone, (perZone.get(zone) ?? 0) + (info.perOwner.get(owner) ?? 0));
  }
  if (perZone.size === 0) return (info) => info.perOwner.get(owner) ?? 0;
  return (info) => (info.perOwner.get(owner) ?? 0) * 2 + (perZone.get(info.label(zoneLabel) ?? "") ?? 0);
}

/** For each of the nodes the sum of all scores with upstream's weights; each score is between 0 and 100. */
export function scoresFor(pod: Pod, nodes: readonly NodeInfo[], view: ScoredView): Float64Array {
  const total = Float64Array.from(nodes.map(allocation(pod)));
  const add = (weight: number, score: Score | undefined, better: "high" | "low") => {
    if (score) addNormalized(total, nodes.map(score), weight, better);
  };
  add(3, ({ isOpen, node }) => (isOpen ? 0 : untoleratedPreferences(pod, node)), "low");
  add(2, hasNodePreferences(pod) ? ({ node }) => nodePreference(pod, node) : undefined, "high");
  add(2, spreadScore(pod, view) ?? replicasApart(pod, view), "low");
  add(2, podAffinityScore(pod, view), "high");
  return total;
}
