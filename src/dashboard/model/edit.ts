/** Objects and templates as people edit and compare them. Pure. */
import type { PodTemplateSpec } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { revisionAnnotation } from "./rollout.ts";

/** Without what the server alone writes. `resourceVersion` stays: it says which version was edited. */
export function editable<T extends KubeObject>(object: T): T {
  const { status: _, ...rest } = object as T & { status?: unknown };
  const { managedFields: __, ...metadata } = object.metadata ?? {};
  const { apiVersion, kind, ...others } = rest as unknown as T;
  return { apiVersion, kind, ...others, metadata } as T;
}

/** What is compared before and after a write: without what changes with every write. */
export function comparable<T extends KubeObject>(object: T): T {
  const { resourceVersion: _, generation: __, ...metadata } = editable(object).metadata ?? {};
  return { ...editable(object), metadata };
}

/** A pod template as its workload wrote it: without the label that marks its ReplicaSet. */
export function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { "pod-template-hash": _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Annotations that stay with a Deployment whatever revision it goes back to (kubectl `rollback.go`). */
const own = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

type Annotations = Readonly<Record<string, string>>;

/** The annotations of a Deployment that goes back to a ReplicaSet, as `kubectl rollout undo` writes them. */
export const rolledBackAnnotations = (deployment: Annotations = {}, set: Annotations = {}): Annotations => ({
  ...Object.fromEntries(Object.entries(deployment).filter(([key]) => own.has(key))),
  ...Object.fromEntries(Object.entries(set).filter(([key]) => !own.has(key))),
});
