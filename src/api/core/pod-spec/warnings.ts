import type { ObjectMeta, PodSpec } from "../../generated/types.ts";

/**
 * Texts for the `Warning` header about a pod's spec.
 * @param prefix the path of the object that holds the spec: empty, or `spec.template.`
 */
export function podWarnings(_spec: PodSpec, _metadata: ObjectMeta | undefined, _prefix: string): string[] {
  return [];
}
