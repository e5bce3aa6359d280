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
  const claim = missingClaim(pod);
  if (claim !== undefined) return { message: hopeless(view.nodes.length, claim) };
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
  // Devices are looked at before preemption, and a pod that claims none is told so as well.
  return { message: `${why} no new claims to deallocate, preemption: ${result.message}` };
}

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
