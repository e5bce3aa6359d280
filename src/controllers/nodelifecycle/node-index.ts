import type { Pod } from "../../api/generated/types.ts";

/** The index over the names of the nodes that pods are assigned to. */
export const nodeIndex = "node";
export const byNode = (pod: Pod): readonly string[] => (pod.spec?.nodeName ? [pod.spec.nodeName] : []);
