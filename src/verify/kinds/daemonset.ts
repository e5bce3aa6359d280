import type { DaemonSet } from "../../api/generated/types.ts";
import { scaledValue } from "../../api/int-or-string.ts";
import { daemonSets } from "../../client/kinds.ts";
import type { Strategy } from "../report.ts";
import { isByHand, isOwnedBy, noDeadline, type RolloutKind } from "./kind.ts";

/** On how many of so many nodes may a second pod run beside the first? */
export const surgeOf = ({ spec }: DaemonSet, nodes: number): number =>
  scaledValue(spec?.updateStrategy?.rollingUpdate?.maxSurge ?? 0, nodes, "up");

/** Both percentages are rounded up, as upstream; one pod at least may be missing where none is put beside. */
function strategyOf(set: DaemonSet, nodes: number): Strategy {
  const surge = surgeOf(set, nodes);
  const { maxUnavailable = 1 } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const gone = surge > 0 ? 0 : Math.max(1, scaledValue(maxUnavailable, nodes, "up"));
  return {
    type: set.spec?.updateStrategy?.type ?? "RollingUpdate",
    replicas: nodes,
    leastAvailable: isByHand(set) ? 0 : Math.max(0, nodes - gone),
    mostPods: nodes + surge,
    minReadySeconds: set.spec?.minReadySeconds ?? 0,
  };
}

export const daemonSetRollout: RolloutKind<DaemonSet> = {
  ...noDeadline,
  ref: daemonSets,
  strategyOf,
  owns: (name, pod) => isOwnedBy(pod, "DaemonSet", name),
  wanted: ({ status }) => status?.desiredNumberScheduled ?? 0,
  isComplete({ metadata, status }) {
    if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return false;
    const { desiredNumberScheduled: wanted, updatedNumberScheduled = 0, numberAvailable = 0 } = status ?? {};
    return updatedNumberScheduled === wanted && numberAvailable === wanted;
  },
  progress: ({ status }) => (status?.updatedNumberScheduled ?? 0) + (status?.numberAvailable ?? 0),
};
