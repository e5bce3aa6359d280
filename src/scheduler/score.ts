/** How good each of the nodes that can take a pod is for it. Pure. */
import type { Pod } from "../api/generated/types.ts";
import type { ClusterView } from "./cluster-state.ts";
import { nodePreference } from "./node-affinity.ts";
import { type NodeInfo, ownerOf } from "./node-info.ts";
import { podAffinityScore } from "./pod-affinity.ts";
import { demandOf } from "./resources.ts";
import { untoleratedPreferences } from "./taints.ts";
import { spreadScore } from "./topology-spread.ts";

/** Between 0 and 100. */
type Score = (info: NodeInfo) => number;

const zoneLabel = "topology.kubernetes.io/zone";

/** Stretches raw values over 0 to 100; when all are equal, no node is better. */
function normalized(nodes: readonly NodeInfo[], raw: Score, better: "high" | "low"): Score {
  const values = nodes.map(raw);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return () => 0;
  return (info) => (100 * (better === "high" ? raw(info) - low : high - raw(info))) / (high - low);
}

function freeShare(pod: Pod, info: NodeInfo, name: string): number {
  const allocatable = info.allocatable.get(name) ?? 0;
  if (allocatable === 0) return 0;
  const used = (info.scored.get(name) ?? 0) + (demandOf(pod).scored.get(name) ?? 0);
  return Math.max(0, allocatable - used) / allocatable;
}

/** The emptiest node. */
const leastAllocated =
  (pod: Pod): Score =>
  (info) =>
    50 * (freeShare(pod, info, "cpu") + freeShare(pod, info, "memory"));

/** The node where CPU and memory are used in equal parts. */
const balanced =
  (pod: Pod): Score =>
  (info) =>
    100 * (1 - Math.abs(freeShare(pod, info, "cpu") - freeShare(pod, info, "memory")) / 2);

/** Replicas of one owner apart: on different nodes, and more weakly in different zones. */
function replicasApart(pod: Pod, nodes: readonly NodeInfo[], view: ClusterView): Score {
  const owner = ownerOf(pod);
  if (!owner) return () => 0;
  const perZone = new Map<string, number>();
  for (const info of view.nodes) {
    const zone = info.label(zoneLabel);
    if (zone !== undefined) perZone.set(zone, (perZone.get(zone) ?? 0) + (info.perOwner.get(owner) ?? 0));
  }
  const raw: Score = (info) => (info.perOwner.get(owner) ?? 0) * 2 + (perZone.get(info.label(zoneLabel) ?? "") ?? 0);
  return normalized(nodes, raw, "low");
}

/** The sum of all scores with upstream's weights. */
export function scoreFor(pod: Pod, nodes: readonly NodeInfo[], view: ClusterView): Score {
  const spread = spreadScore(pod, view);
  const affinity = podAffinityScore(pod, view);
  const parts: readonly (readonly [number, Score])[] = [
    [3, normalized(nodes, ({ node }) => untoleratedPreferences(pod, node), "low")],
    [2, normalized(nodes, ({ node }) => nodePreference(pod, node), "high")],
    [1, leastAllocated(pod)],
    [1, balanced(pod)],
    [2, spread ? normalized(nodes, spread, "low") : replicasApart(pod, nodes, view)],
    ...(affinity ? [[2, normalized(nodes, affinity, "high")] as const] : []),
  ];
  return (info) => parts.reduce((sum, [weight, score]) => sum + weight * score(info), 0);
}
