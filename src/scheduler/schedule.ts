/** Finds the node for a pod, or says why there is none. Pure. */
import type { Pod } from "../api/generated/types.ts";
import type { ScoredView } from "./cluster-state.ts";
import { explain } from "./diagnosis.ts";
import { filterFor, type Rejection } from "./filter.ts";
import type { NodeInfo } from "./node-info.ts";
import { preempt } from "./preemption.ts";
import { scoresFor } from "./score.ts";

export type Decision =
  | { readonly node: string }
  | {
      readonly node?: undefined;
      /** As in the pod's condition and event. */
      readonly message: string;
      /** Pods of lower priority that must go so that the pod fits, and the node where that is. */
      readonly preemption?: { readonly node: string; readonly victims: readonly Pod[] };
    };

/** @param random a number in [0, 1): chooses among equally good nodes */
export function schedule(pod: Pod, view: ScoredView, random: () => number): Decision {
  const { nodes } = view;
  const { length } = nodes;
  if (length === 0) return { message: "no nodes available to schedule pods" };
  const claim = missingClaim(pod);
  if (claim !== undefined) return { message: hopeless(length, claim) };
  const filter = filterFor(pod, view);
  const feasible: NodeInfo[] = [];
  const rejections = new Map<NodeInfo, Rejection>();
  // Where not all nodes are looked at, each search begins elsewhere.
  const start = length > fewNodes ? Math.floor(random() * length) : 0;
  const wanted = enough(length);
  for (let i = 0; i < length && feasible.length < wanted; i++) {
    const info = nodes[(start + i) % length] as NodeInfo;
    const rejection = filter(info);
    if (rejection) rejections.set(info, rejection);
    else feasible.push(info);
  }
  if (feasible.length > 0) return { node: best(pod, feasible, view, random).name };
  const why = explain(
    length,
    [...rejections.values()].map(({ reasons }) => reasons),
  );
  const result = preempt(pod, view, rejections);
  if ("victims" in result) return { message: why, preemption: result };
  // Devices are looked at before preemption, and a pod that claims none is told so as well.
  return { message: `${why} no new claims to deallocate, preemption: ${result.message}` };
}

/**
 * How many nodes that can take the pod are looked for, as upstream: all of 100, half of a few hundred, 500 of 5,000. The
 * best of so many is good enough.
 */
function enough(nodes: number): number {
  if (nodes <= fewNodes) return nodes;
  const percentage = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(fewNodes, Math.floor((nodes * percentage) / 100));
}
const fewNodes = 100;

/** No node helps a pod that waits for a volume: there are no persistent volumes in this cluster. */
function missingClaim(pod: Pod): string | undefined {
  for (const { name, persistentVolumeClaim, ephemeral } of pod.spec?.volumes ?? []) {
    if (persistentVolumeClaim)
      return `persistentvolumeclaim ${JSON.stringify(persistentVolumeClaim.claimName)} not found`;
    const claim = JSON.stringify(`${pod.metadata?.name}-${name}`);
    if (ephemeral) return `waiting for ephemeral volume controller to create the persistentvolumeclaim ${claim}`;
  }
  return undefined;
}

/**
 * A pod that no node can take, for a reason of its own. That reason comes up so early that the scheduler of 1.34 finds
 * nothing noted of the pod's devices; its words end with that.
 */
const hopeless = (nodes: number, reason: string): string => `0/${nodes} nodes are available: ${reason}. not found`;

function best(pod: Pod, nodes: readonly NodeInfo[], view: ScoredView, random: () => number): NodeInfo {
  const [only] = nodes;
  if (nodes.length === 1 && only) return only;
  let top: NodeInfo[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  const scores = scoresFor(pod, nodes, view);
  nodes.forEach((info, i) => {
    const value = Math.round(scores[i] ?? 0);
    if (value > highest) [top, highest] = [[info], value];
    else if (value === highest) top.push(info);
  });
  return top[Math.floor(random() * top.length)] as NodeInfo;
}
