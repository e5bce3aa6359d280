import type { ManifestObject } from "./manifests.ts";

/** Where client-side apply remembers what was applied. */
export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sorted(object[key])]),
  );
};

/** The object as the annotation holds it: without the annotation itself, keys sorted, a newline at the end. */
export function lastAppliedText(object: ManifestObject): string {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  const text = JSON.stringify(sorted({ ...object, metadata: { ...object.metadata, annotations } }));
  return `${text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
