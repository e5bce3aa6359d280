/** Keeps `metadata.managedFields` on writes that are not applies. */
import type { ManagedFieldsEntry } from "../api/generated/types.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../api/kind.ts";
import { schemaOf } from "../api/schema/lookup.ts";
import { formatTime } from "../base/clock.ts";
import { updateManagedFields } from "./apply/managed-fields.ts";
import type { Core } from "./core.ts";
import type { Subresource, WriteOptions } from "./registry.ts";

type RecordedKind = Pick<Kind, "group" | "version" | "schemaType">;

/** Who writes, when nobody said. */
const unnamed = "unknown";

/** The fields of objects created recently, by {@link outline}: most objects of a kind have the same. */
const alike = new Map<string, NonNullable<ManagedFieldsEntry["fieldsV1"]>>();
const mostAlike = 200;
/** Longer ones are worked out each time: to remember them would cost more than it saves. */
const longestOutline = 20_000;

/**
 * All that decides which fields the writer of a new object comes to own: the names of its fields and the items of its
 * lists. Two objects with the same outline differ in the values of single fields only.
 */
function outline(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value);
  if (value === null) return "n";
  if (typeof value !== "object") return "v";
  let text = "{";
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    // The length keeps apart what a name with odd characters would join.
    if (item !== undefined) text += `${key.length} ${key}${outline(item)}`;
  }
  return `${text}}`;
}

/** For an object about to be created, with its defaults. What the kind's status rules own is nobody's yet. */
export function recordCreate<T extends KubeObject>(core: Core, kind: Kind<T>, next: T, options: WriteOptions): void {
  const { status: _, ...desired } = next as T & { status?: unknown };
  const compared = kind.status ? (desired as T) : next;
  const id = next.metadata?.managedFields ? undefined : `${kind.schemaType} ${outline(compared)}`;
  const fieldsV1 = id === undefined ? undefined : alike.get(id);
  if (fieldsV1) {
    next.metadata ??= {};
    next.metadata.managedFields = [
      {
        manager: options.fieldManager ?? unnamed,
        operation: "Update",
        apiVersion: apiVersionOf(kind),
        time: formatTime(core.clock.now()),
        fieldsType: "FieldsV1",
        fieldsV1,
      },
    ];
    return;
  }
  record(core, kind, next, undefined, compared, options);
  const fields = next.metadata?.managedFields?.[0]?.fieldsV1;
  if (id === undefined || id.length > longestOutline || !fields) return;
  if (alike.size >= mostAlike) alike.clear();
  alike.set(id, fields);
}

/** For an update, prepared and valid. @param written what the writer is to own fields of, when that is not `next` */
export function recordUpdate<T extends KubeObject>(
  core: Core,
  kind: RecordedKind,
  next: T,
  previous: T,
  options: WriteOptions & { readonly subresource?: Subresource },
  written: T = next,
): void {
  record(core, kind, next, previous, written, options);
}

function record<T extends KubeObject>(
  core: Core,
  kind: RecordedKind,
  next: T,
  live: T | undefined,
  compared: T,
  options: WriteOptions & { readonly subresource?: Subresource },
): void {
  const managedFields = updateManagedFields({
    live,
    next: compared,
    manager: options.fieldManager ?? unnamed,
    apiVersion: apiVersionOf(kind),
    ...(options.subresource ? { subresource: options.subresource } : {}),
    time: formatTime(core.clock.now()),
    typeName: kind.schemaType,
    schemaOf,
  });
  next.metadata ??= {};
  if (managedFields) next.metadata.managedFields = managedFields;
  else delete next.metadata.managedFields;
}
