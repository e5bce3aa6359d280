/** Finds the node for a pod, or says why there is none. Pure. */
import type { Pod } from "../api/generated/types.ts";
import type { ClusterView } from "./cluster-state.ts";
import { explain } from "./diagnosis.ts";
import { filterFor, type Rejection } from "./filter.ts";
import type { NodeInfo } from "./node-info.ts";
import { preempt } from "./preemption.ts";
import { scoreFor } from "./score.ts";

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
export function schedule(pod: Pod, view: ClusterView, random: () => number): Decision {
  if (view.nodes.length === 0) return { message: "no nodes available to schedule pods" };
  const filter = filterFor(pod, view);
  const feasible: NodeInfo[] = [];
  const rejections = new Map<NodeInfo, Rejection>();
  for (const info of view.nodes) {
    const rejection = filter(info);
    if (rejection) rejections.set(info, rejection);
    else feasible.push(info);
  }
  if (feasible.length > 0) return { node: best(pod, feasible, view, random).name };
  const why = explain(
    view.nodes.length,
    [...rejections.values()].map(({ reasons }) => reasons),
  );
  const result = preempt(pod, view, rejections);
  if ("victims" in result) return { message: why, preemption: result };
  return { message: `${why} preemption: ${result.message}` };
}

function best(pod: Pod, nodes: readonly NodeInfo[], view: ClusterView, random: () => number): NodeInfo {
  const [only] = nodes;
  if (nodes.length === 1 && only) return only;
  const score = scoreFor(pod, nodes, view);
  let top: NodeInfo[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (const info of nodes) {
    const value = Math.round(score(info));
    if (value > highest) [top, highest] = [[info], value];
    else if (value === highest) top.push(info);
  }
  return top[Math.floor(random() * top.length)] as NodeInfo;
}
