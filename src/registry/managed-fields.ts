/** Keeps `metadata.managedFields` on writes that are not applies. */
import type { ManagedFieldsEntry } from "../api/generated/types.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../api/kind.ts";
import { schemaOf } from "../api/schema/lookup.ts";
import { formatTime } from "../base/clock.ts";
import { updateManagedFields } from "./apply/managed-fields.ts";
import type { Core } from "./core.ts";
import type { Subresource, WriteOptions } from "./registry.ts";
import { freeze } from "./values.ts";

/** Who writes, when nobody said. */
const unnamed = "unknown";

/** What recent creates with generateName recorded, by what they wrote: a controller's replicas are all alike. */
const alike = new Map<string, ManagedFieldsEntry[] | undefined>();
const mostAlike = 200;

/** For an object about to be created, with its defaults. What the kind's status rules own is nobody's yet. */
export function recordCreate<T extends KubeObject>(core: Core, kind: Kind<T>, next: T, options: WriteOptions): void {
  const { status: _, ...desired } = next as T & { status?: unknown };
  const compared = kind.status ? (desired as T) : next;
  if (next.metadata?.name || !next.metadata?.generateName || next.metadata.managedFields) {
    record(core, kind, next, undefined, compared, options);
    return;
  }
  const id = `${options.fieldManager} ${JSON.stringify(compared)}`;
  if (!alike.has(id)) {
    record(core, kind, next, undefined, compared, options);
    if (alike.size >= mostAlike) alike.clear();
    alike.set(id, freeze(next.metadata.managedFields));
    return;
  }
  const entries = alike.get(id);
  const time = formatTime(core.clock.now());
  if (entries) next.metadata.managedFields = entries.map((entry) => ({ ...entry, time }));
}

/** For an update, prepared and valid. */
export function recordUpdate<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  next: T,
  previous: T,
  options: WriteOptions & { readonly subresource?: Subresource },
): void {
  record(core, kind, next, previous, next, options);
}

function record<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
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
