/** The rolling update of a DaemonSet: either pods go before their successors come, or after. Pure. */
import type { DaemonSet, Pod } from "../../api/generated/types.ts";
import { scaledValue } from "../../api/int-or-string.ts";
import { isDeleting } from "../ownership.ts";
import { availableAt } from "../pod-state.ts";
import { isUpdated, type NodeFit } from "./node-pods.ts";

export interface RollingSnapshot {
  readonly set: DaemonSet;
  readonly hash: string;
  /** Every node, by name. */
  readonly fit: ReadonlyMap<string, NodeFit>;
  readonly byNode: ReadonlyMap<string, readonly Pod[]>;
  readonly now: number;
}

interface Changes {
  readonly create: readonly string[];
  readonly delete: readonly Pod[];
}

const strategyOf = ({ spec }: DaemonSet) =>
  spec?.updateStrategy?.type === "RollingUpdate" ? (spec.updateStrategy.rollingUpdate ?? {}) : {};

const surgeOf = (set: DaemonSet, desired: number): number => scaledValue(strategyOf(set).maxSurge ?? 0, desired, "up");

/** May a node have two pods at times? */
export const surges = (set: DaemonSet): boolean => surgeOf(set, 1) > 0;

interface NodePods {
  readonly node: string;
  readonly fresh?: Pod;
  readonly old?: Pod;
  /** More than one of a kind: to be pruned before anything else. */
  readonly crowded: boolean;
}

/** The pods that stay, node by node, with an empty entry for every node that wants one. */
function nodePods({ set, hash, fit, byNode }: RollingSnapshot): readonly NodePods[] {
  const wanted = [...fit].filter(([, { run }]) => run).map(([name]) => name);
  return [...new Set([...wanted, ...byNode.keys()])].sort().map((node) => {
    const staying = (byNode.get(node) ?? []).filter((pod) => !isDeleting(pod));
    const fresh = staying.filter((pod) => isUpdated(set, pod, hash));
    const old = staying.filter((pod) => !isUpdated(set, pod, hash));
    return {
      node,
      ...(fresh[0] ? { fresh: fresh[0] } : {}),
      ...(old[0] ? { old: old[0] } : {}),
      crowded: fresh.length > 1 || old.length > 1,
    };
  });
}

export function rollingUpdate(snapshot: RollingSnapshot): Changes {
  const { set, fit } = snapshot;
  const desired = [...fit.values()].filter(({ run }) => run).length;
  const surge = surgeOf(set, desired);
  const unavailable = scaledValue(strategyOf(set).maxUnavailable ?? 1, desired, "up");
  if (surge > 0) return surging(snapshot, surge, desired);
  return replacing(snapshot, unavailable === 0 && desired > 0 ? 1 : unavailable);
}

/** Deletes old pods that are unavailable anyway, and as many available ones as may become so. */
function replacing(snapshot: RollingSnapshot, maxUnavailable: number): Changes {
  const { set, now } = snapshot;
  const isAvailable = (pod: Pod) => availableAt(pod, set.spec?.minReadySeconds ?? 0) <= now;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const { fresh, old, crowded } of nodePods(snapshot)) {
    if (crowded || Boolean(fresh) === Boolean(old)) unavailable++;
    else if (fresh) unavailable += isAvailable(fresh) ? 0 : 1;
    else if (old && isAvailable(old)) candidates.push(old);
    else if (old) {
      broken.push(old);
      unavailable++;
    }
  }
  return { create: [], delete: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/** Creates new pods beside old ones, and deletes an old one once the new one is available. */
function surging(snapshot: RollingSnapshot, maxSurge: number, desired: number): Changes {
  const { set, fit, now } = snapshot;
  const isAvailable = (pod: Pod) => availableAt(pod, set.spec?.minReadySeconds ?? 0) <= now;
  const doomed: Pod[] = [];
  const leaving: Pod[] = [];
  const urgent: string[] = [];
  const candidates: string[] = [];
  let [surge, available] = [0, 0];
  for (const { node, fresh, old, crowded } of nodePods(snapshot)) {
    if (crowded) {
      surge++;
      continue;
    }
    const counted = old ?? fresh;
    if (counted && isAvailable(counted)) available++;
    if (!old) continue;
    if (fresh) {
      if (isAvailable(fresh)) doomed.push(old);
      else surge++;
    } else if (!fit.get(node)?.run) (isAvailable(old) ? leaving : doomed).push(old);
    else (isAvailable(old) ? candidates : urgent).push(node);
  }
  // Pods on nodes that should have none go only when others are available in their place.
  doomed.push(...leaving.slice(0, Math.max(0, available - desired)));
  return { create: [...urgent, ...candidates.slice(0, Math.max(0, maxSurge - surge))], delete: doomed };
}
