/** How good each of the nodes that can take a pod is for it. Pure. */
import type { Pod } from "../api/generated/types.ts";
import { type ScoredView, zoneLabel } from "./cluster-state.ts";
import { nodePreference } from "./node-affinity.ts";
import { type NodeInfo, ownerOf } from "./node-info.ts";
import { podAffinityScore } from "./pod-affinity.ts";
import { demandOf } from "./resources.ts";
import { untoleratedPreferences } from "./taints.ts";
import { spreadScore } from "./topology-spread.ts";

type Score = (info: NodeInfo) => number;

/** Stretches raw values over 0 to 100; when all are equal, no node is better. */
function normalized(values: number[], better: "high" | "low"): number[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return values.map((value) =>
    low === high ? 0 : (100 * (better === "high" ? value - low : high - value)) / (high - low),
  );
}

function freeShare(info: NodeInfo, name: string, asked: number): number {
  const allocatable = info.allocatable.get(name) ?? 0;
  if (allocatable === 0) return 0;
  const used = (info.scored.get(name) ?? 0) + asked;
  return Math.max(0, allocatable - used) / allocatable;
}

/** The emptiest node; and, as much again, the one where CPU and memory are used in equal parts. */
function allocation(pod: Pod): Score {
  const { scored } = demandOf(pod);
  const [cpuAsked, memoryAsked] = [scored.get("cpu") ?? 0, scored.get("memory") ?? 0];
  return (info) => {
    const cpu = freeShare(info, "cpu", cpuAsked);
    const memory = freeShare(info, "memory", memoryAsked);
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
  return (info) => (info.perOwner.get(owner) ?? 0) * 2 + (perZone.get(info.label(zoneLabel) ?? "") ?? 0);
}

/** For each of the nodes the sum of all scores with upstream's weights; each score is between 0 and 100. */
export function scoresFor(pod: Pod, nodes: readonly NodeInfo[], view: ScoredView): readonly number[] {
  const total = nodes.map(allocation(pod));
  const add = (weight: number, score: Score | undefined, better: "high" | "low") => {
    if (!score) return;
    const values = normalized(nodes.map(score), better);
    for (const [i, value] of values.entries()) total[i] = (total[i] ?? 0) + weight * value;
  };
  add(3, ({ node }) => untoleratedPreferences(pod, node), "low");
  add(2, ({ node }) => nodePreference(pod, node), "high");
  add(2, spreadScore(pod, view) ?? replicasApart(pod, view), "low");
  add(2, podAffinityScore(pod, view), "high");
  return total;
}
