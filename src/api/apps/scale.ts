import type { KubeObject, ScaleRules } from "../kind.ts";
import { formatSelector, selectorOf } from "../labels.ts";

interface Scaled extends KubeObject {
  spec?: { replicas?: number; selector?: Parameters<typeof selectorOf>[0] };
  status?: { replicas?: number };
}

/** `/scale` of what has `spec.replicas` and a label selector: Deployments, ReplicaSets and StatefulSets. */
export const scaleRules: ScaleRules<Scaled> = {
  replicas: ({ spec }) => spec?.replicas ?? 0,
  setReplicas({ spec }, replicas) {
    if (spec) spec.replicas = replicas;
  },
  statusReplicas: ({ status }) => status?.replicas ?? 0,
  selector: ({ spec }) => formatSelector(selectorOf(spec?.selector) ?? []),
};
