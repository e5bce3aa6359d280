/** A kind that nothing is known of: its fields as they are, their names made readable. */
import type { LiveObject } from "../core/find-objects.ts";
import { goText } from "../print/go/format.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { DescriptionWriter } from "./writer.ts";

/** Shown before the rest, or not at all. */
const skipped = new Set([
  ".metadata.name",
  ".metadata.namespace",
  ".metadata.labels",
  ".metadata.annotations",
  ".metadata.managedFields",
]);

export const describeGeneric: Describer<LiveObject> = async (object, context) => {
  const { metadata, kind } = object;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace ?? ""}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  writeFields(w, 0, object, "");
  await writeEvents(w, { metadata, kind }, context);
  return w.text();
};

function writeFields(w: DescriptionWriter, level: number, content: object, path: string): void {
  for (const [field, value] of Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = `${path}.${field}`;
    if (skipped.has(at)) continue;
    const label = labelOf(field);
    if (Array.isArray(value)) {
      w.write(level, `${label}:\n`);
      for (const item of value) {
        if (typeof item === "object" && item !== null && !Array.isArray(item)) writeFields(w, level + 1, item, at);
        else w.write(level + 1, `${goText(item)}\n`);
      }
    } else if (typeof value === "object" && value !== null) {
      w.write(level, `${label}:\n`);
      writeFields(w, level + 1, value, at);
    } else w.write(level, `${label}:\t${goText(value)}\n`);
  }
}

const acronyms = new Set(["API", "URL", "UID", "OSB", "GUID"]);

/** `firstTimestamp` → `First Timestamp`, `apiVersion` → `API Version`. */
function labelOf(field: string): string {
  if (!/^[\p{L}-]+$/u.test(field)) return field;
  const words = field.match(/\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|-+/gu) ?? [field];
  return words
    .map((word) => {
      const upper = word.toUpperCase();
      return acronyms.has(upper) ? upper : word.charAt(0).toUpperCase() + word.slice(1);
    })
    .join(" ");
}
