import { inGoOrder } from "../print/go-order.ts";
import { goJson, sortedJson } from "../print/output.ts";
import type { ManifestObject } from "./manifests.ts";

/** Where client-side apply remembers what was applied. */
export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The object with the annotation brought up to date.
 * @param always also when it has none yet
 */
export function withLastApplied<T extends { metadata: ManifestObject["metadata"] }>(object: T, always: boolean): T {
  const { annotations } = object.metadata;
  if (!always && annotations?.[lastAppliedAnnotation] === undefined) return object;
  const text = lastAppliedText(object as unknown as ManifestObject);
  const metadata = { ...object.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } };
  return { ...object, metadata };
}

/** The object as the annotation holds it: without the annotation itself, keys sorted, a newline at the end. */
export function lastAppliedText(object: ManifestObject): string {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  return `${sortedJson({ ...object, metadata: { ...object.metadata, annotations } })}\n`;
}

/** The same for an object whose type kubectl knows: the annotation has Go's order of fields. */
export function withTypedLastApplied<T extends { metadata: ManifestObject["metadata"] }>(
  object: T,
  always: boolean,
): T {
  const { [lastAppliedAnnotation]: known, ...annotations } = object.metadata.annotations ?? {};
  if (!always && known === undefined) return object;
  const { annotations: _, ...rest } = object.metadata;
  const metadata = Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest;
  const text = `${goJson(inGoOrder({ ...object, metadata }))}\n`;
  return { ...object, metadata: { ...rest, annotations: { ...annotations, [lastAppliedAnnotation]: text } } };
}
