import { sortedJson } from "../print/output.ts";
import type { ManifestObject } from "./manifests.ts";

/** Where client-side apply remembers what was applied. */
export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The object as the annotation holds it: without the annotation itself, keys sorted, a newline at the end. */
export function lastAppliedText(object: ManifestObject): string {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  return `${sortedJson({ ...object, metadata: { ...object.metadata, annotations } })}\n`;
}
