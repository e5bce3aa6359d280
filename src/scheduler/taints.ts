/** Taints and tolerations. Pure. */
import { tolerates } from "../api/core/node-fit.ts";
import type { Node, Pod, Taint } from "../api/generated/types.ts";

const isTolerated = (pod: Pod, taint: Taint): boolean =>
  (pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint));

/** The first taint that keeps the pod off the node. */
export const untoleratedTaint = (pod: Pod, node: Node): Taint | undefined =>
  node.spec?.taints?.find(
    (taint) => (taint.effect === "NoSchedule" || taint.effect === "NoExecute") && !isTolerated(pod, taint),
  );

/** How many taints would rather not have the pod. */
export const untoleratedPreferences = (pod: Pod, node: Node): number =>
  (node.spec?.taints ?? []).filter((taint) => taint.effect === "PreferNoSchedule" && !isTolerated(pod, taint)).length;

/** A cordoned node takes a pod that tolerates the taint that cordoning sets. */
export const acceptsUnschedulable = (pod: Pod, node: Node): boolean =>
  !node.spec?.unschedulable || isTolerated(pod, { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" });
