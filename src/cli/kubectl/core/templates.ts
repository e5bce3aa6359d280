import type { PodTemplateSpec } from "../../../api/generated/types.ts";
import { toJson } from "../print/output.ts";

/** A pod template as its Deployment wrote it: without the label that marks its ReplicaSet. */
export function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  const { "pod-template-hash": _, ...labels } = template?.metadata?.labels ?? {};
  return template && { ...template, metadata: { ...template.metadata, labels } };
}

/** Are two templates the same but for that label? */
export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  toJson(withoutHash(a)) === toJson(withoutHash(b));
