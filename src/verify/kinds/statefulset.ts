import type { StatefulSet } from "../../api/generated/types.ts";
import { scaledValue } from "../../api/int-or-string.ts";
import { statefulSets } from "../../client/kinds.ts";
import { firstOrdinal, ordinalOf, replicasOf, revisionOf } from "../../controllers/statefulset/identity.ts";
import type { Strategy } from "../report.ts";
import { isByHand, isOwnedBy, noDeadline, type RolloutKind } from "./kind.ts";

export const isOrdered = ({ spec }: StatefulSet): boolean => spec?.podManagementPolicy !== "Parallel";

/** Pods that an update leaves as they are: those with the lowest ordinals. */
const heldBack = (set: StatefulSet): number =>
  Math.min(replicasOf(set), set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0);

function strategyOf(set: StatefulSet): Strategy {
  const replicas = replicasOf(set);
  const { maxUnavailable } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const gone = maxUnavailable === undefined ? 1 : Math.max(1, scaledValue(maxUnavailable, replicas, "down"));
  return {
    type: set.spec?.updateStrategy?.type ?? "RollingUpdate",
    replicas,
    leastAvailable: isByHand(set) ? 0 : Math.max(0, replicas - gone),
    mostPods: replicas,
    minReadySeconds: set.spec?.minReadySeconds ?? 0,
    podManagementPolicy: isOrdered(set) ? "OrderedReady" : "Parallel",
    ...(heldBack(set) > 0 ? { partition: heldBack(set) } : {}),
  };
}

export const statefulSetRollout: RolloutKind<StatefulSet> = {
  ...noDeadline,
  ref: statefulSets,
  strategyOf,
  owns: (name, pod) => isOwnedBy(pod, "StatefulSet", name),
  wanted: replicasOf,
  /** Which of the pods are updated the status does not say: held back are those with the lowest ordinals. */
  isComplete(set, pods) {
    const { status } = set;
    const replicas = replicasOf(set);
    if ((status?.observedGeneration ?? 0) < (set.metadata?.generation ?? 0)) return false;
    if (status?.replicas !== replicas || (status.availableReplicas ?? 0) !== replicas) return false;
    const first = firstOrdinal(set) + heldBack(set);
    return pods.every((pod) => ordinalOf(pod) < first || revisionOf(pod) === status.updateRevision);
  },
  progress: ({ status }) => (status?.updatedReplicas ?? 0) + (status?.availableReplicas ?? 0),
};
