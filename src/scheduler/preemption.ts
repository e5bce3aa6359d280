/** Which pods of lower priority must go so that a pod fits. Pure. */
import type { Pod } from "../api/generated/types.ts";
import { parseTime } from "../base/clock.ts";
import type { ClusterView } from "./cluster-state.ts";
import { explain } from "./diagnosis.ts";
import { filterFor, type Rejection } from "./filter.ts";
import { NodeInfo } from "./node-info.ts";

export type Preemption = { readonly node: string; readonly victims: readonly Pod[] } | { readonly message: string };

const priorityOf = (pod: Pod): number => pod.spec?.priority ?? 0;
const startOf = (pod: Pod): number => parseTime(pod.status?.startTime ?? "") || Number.POSITIVE_INFINITY;

const isGoing = (pod: Pod): boolean => pod.metadata?.deletionTimestamp !== undefined;

/** The more important first: higher priority, then longer running. */
const byImportance = (a: Pod, b: Pod): number => priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);

/**
 * On each node that could fit the pod if others went, the fewest and least important pods that must go; of these nodes
 * the one where the least is lost.
 */
export function preempt(pod: Pod, view: ClusterView, rejections: ReadonlyMap<NodeInfo, Rejection>): Preemption {
  if (pod.spec?.preemptionPolicy === "Never") return { message: "not eligible due to preemptionPolicy=Never." };
  const nominated = view.nodes.find((info) => info.name === pod.status?.nominatedNodeName);
  if (nominated && [...nominated.pods.values()].some((other) => isGoing(other) && priorityOf(other) < priorityOf(pod)))
    return { message: "not eligible due to a terminating pod on the nominated node." };
  const candidates: { node: string; victims: readonly Pod[] }[] = [];
  const reasons: (readonly string[])[] = [];
  for (const info of view.nodes) {
    if (!rejections.get(info)?.resolvable) {
      reasons.push(["Preemption is not helpful for scheduling"]);
      continue;
    }
    const found = victimsOn(info, pod, view);
    if (Array.isArray(found)) candidates.push({ node: info.name, victims: found });
    else reasons.push((found as Rejection).reasons);
  }
  const [cheapest] = candidates.sort((a, b) => compareLosses(a.victims, b.victims));
  return cheapest ?? { message: explain(view.nodes.length, reasons) };
}

function victimsOn(info: NodeInfo, pod: Pod, view: ClusterView): readonly Pod[] | Rejection {
  const lower = [...info.pods.values()].filter((other) => priorityOf(other) < priorityOf(pod)).sort(byImportance);
  if (lower.length === 0) return { reasons: ["No preemption victims found for incoming pod"], resolvable: false };
  /** The node's answer if only those stayed. */
  const answer = (staying: ReadonlySet<Pod>): Rejection | undefined => {
    const without = new NodeInfo(info.node);
    for (const other of info.pods.values()) if (staying.has(other)) without.add(other);
    const nodes = view.nodes.map((each) => (each === info ? without : each));
    const loners = [...view.loners].filter((loner) => loner.info !== info || staying.has(loner.pod));
    return filterFor(pod, { namespaceLabels: view.namespaceLabels, nodes, loners })(without);
  };
  const staying = new Set([...info.pods.values()].filter((other) => !lower.includes(other)));
  const rejection = answer(staying);
  if (rejection) return rejection;
  for (const other of lower) {
    staying.add(other);
    if (answer(staying)) staying.delete(other);
  }
  return lower.filter((other) => !staying.has(other));
}

/** Lowest highest priority, then lowest sum of priorities, then fewest. */
function compareLosses(a: readonly Pod[], b: readonly Pod[]): number {
  const highest = (pods: readonly Pod[]) => Math.max(...pods.map(priorityOf));
  const sum = (pods: readonly Pod[]) => pods.reduce((total, pod) => total + priorityOf(pod), 0);
  return highest(a) - highest(b) || sum(a) - sum(b) || a.length - b.length;
}
