/** The entries of `metadata.managedFields`: reading, writing, and the bookkeeping of updates. */

import type { ManagedFieldsEntry } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { isManagedFieldsReset } from "../../api/metadata.ts";
import { equal, type Json, type JsonObject } from "../../api/patch/json.ts";
import type { SchemaLookup } from "../../api/schema/schema.ts";
import { parseTime } from "../../base/clock.ts";
import { quoted } from "../quoted.ts";
import { type Comparison, compare } from "./compare.ts";
import { difference, emptySet, type FieldSet, intersection, isEmpty, isFieldSet, setOf, union } from "./fields-v1.ts";
import { compareText, fieldElement } from "./path-element.ts";
import { isShared, share } from "./shared-sets.ts";
import { shapes } from "./typed.ts";

/** What one manager owns. */
export interface Managed {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** As it is written, for as long as nothing of it changes. */
  readonly entry?: ManagedFieldsEntry | undefined;
}

/** Managers by identity, see {@link identity}. */
export type Managers = Map<string, Managed>;

/** An applier is the same whatever version it uses; an updater is not. */
export const identity = (m: Pick<Managed, "manager" | "operation" | "apiVersion" | "subresource">): string =>
  `[${quoted(m.manager)},"${m.operation}",${m.operation === "Apply" ? '""' : quoted(m.apiVersion)},${quoted(m.subresource)}]`;

/** Fields that nobody owns. */
const untracked = setOf(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["f:metadata", fieldElement(name)]),
);

export const tracked = (fields: FieldSet): FieldSet => difference(fields, untracked);

const isWellFormed = (fields: unknown): fields is FieldSet => isShared(fields) || isFieldSet(fields);

/** @returns undefined when an entry is malformed */
export function readManagers(entries: readonly ManagedFieldsEntry[]): Managers | undefined {
  const out: Managers = new Map();
  for (const entry of entries) {
    const fields: unknown = entry.fieldsV1 ?? emptySet;
    const operation = entry.operation;
    if (operation !== "Apply" && operation !== "Update") return undefined;
    if (!entry.apiVersion || entry.fieldsType !== "FieldsV1" || !isWellFormed(fields)) return undefined;
    const managed: Managed = {
      manager: entry.manager ?? "",
      operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? "",
      time: entry.time,
      fields,
      entry,
    };
    out.set(identity(managed), managed);
  }
  return out;
}

const seconds = (time: string | undefined) => (time === undefined ? 0 : Math.floor(parseTime(time) / 1000));

/** In upstream's order: appliers first, then by time, manager, version and subresource. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] {
  const ordered = [...managers.values()].sort(
    (a, b) =>
      compareText(a.operation, b.operation) ||
      (a.time === b.time ? 0 : seconds(a.time) - seconds(b.time)) ||
      compareText(a.manager, b.manager) ||
      compareText(a.apiVersion, b.apiVersion) ||
      compareText(a.subresource, b.subresource),
  );
  return ordered.map(writeEntry);
}

function writeEntry(m: Managed): ManagedFieldsEntry {
  if (m.entry?.fieldsV1 === m.fields && m.entry.time === m.time && m.entry.apiVersion === m.apiVersion) return m.entry;
  const entry: ManagedFieldsEntry = {};
  if (m.manager) entry.manager = m.manager;
  entry.operation = m.operation;
  entry.apiVersion = m.apiVersion;
  if (m.time) entry.time = m.time;
  entry.fieldsType = "FieldsV1";
  entry.fieldsV1 = share(m.fields);
  if (m.subresource) entry.subresource = m.subresource;
  return entry;
}

/** Takes what changed or went away from everyone; managers that own nothing more are dropped. Mutates. */
export function disown(managers: Managers, { changed, removed }: Comparison, except?: string): void {
  for (const [id, m] of managers) {
    const fields = id === except ? m.fields : difference(difference(m.fields, changed), removed);
    if (isEmpty(fields)) managers.delete(id);
    else if (fields !== m.fields) managers.set(id, { ...m, fields });
  }
}

const maxUpdaters = 10;
const ancient = "ancient-changes";

/** Joins the oldest updaters of each version into one entry, so that there are no more than ten. Mutates. */
function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, m]) => m.operation === "Update");
  let count = updaters.length;
  if (count <= maxUpdaters) return;
  updaters.sort(([a, x], [b, y]) => seconds(x.time) - seconds(y.time) || compareText(a, b));
  const firsts = new Map<string, string>();
  for (const [id, m] of updaters) {
    if (count <= maxUpdaters) return;
    const first = firsts.get(m.apiVersion);
    if (first === undefined) {
      firsts.set(m.apiVersion, id);
      continue;
    }
    const bucket: Managed = { ...m, manager: ancient, subresource: "", entry: undefined };
    const bucketId = identity(bucket);
    const previous = managers.get(bucketId) ?? managers.get(first);
    managers.delete(first);
    managers.delete(id);
    managers.set(bucketId, { ...bucket, fields: union(m.fields, previous?.fields ?? emptySet) });
    count--;
  }
}

export interface UpdateInput {
  /** The object before the write; undefined for a create. */
  readonly live: KubeObject | undefined;
  /** The object about to be written. Its own `metadata.managedFields` count, as upstream, when they are well-formed. */
  readonly next: KubeObject;
  readonly manager: string;
  readonly apiVersion: string;
  /** Empty or absent for the object itself. */
  readonly subresource?: string;
  /** RFC 3339. */
  readonly time: string;
  /** Full schema name of the object's type. */
  readonly typeName: string;
  readonly schemaOf: SchemaLookup;
}

/** Which entries a write starts from; undefined when it says to forget them all. */
function startingEntries({ live, next, subresource }: UpdateInput): readonly ManagedFieldsEntry[] | undefined {
  const ours = live?.metadata?.managedFields ?? [];
  const given = next.metadata?.managedFields;
  if (subresource || !given || given === ours) return ours;
  if (isManagedFieldsReset(given)) return undefined;
  if (equal(given as unknown as Json, ours as unknown as Json)) return ours;
  return readManagers(given)?.size ? given : ours;
}

/**
 * The `metadata.managedFields` of an object after a write that is not an apply: fields that the write changed or added
 * go to its manager, fields that went away go from everyone. Returns the very same array when nothing changes hands;
 * undefined when the object is not tracked.
 */
export function updateManagedFields(input: UpdateInput): ManagedFieldsEntry[] | undefined {
  const entries = startingEntries(input);
  const some = entries && entries.length > 0;
  // Once its fields are forgotten, an object is tracked again from the next apply on.
  if (!some && input.live !== undefined) return undefined;
  const known = shapes(input.schemaOf);
  const comparison = compare(
    (input.live ?? { metadata: {}, spec: {}, status: {} }) as JsonObject,
    input.next as JsonObject,
    known.named(input.typeName),
    known,
  );
  const changed = tracked(comparison.changed);
  if (some && isEmpty(changed) && isEmpty(comparison.removed)) return entries as ManagedFieldsEntry[];
  const managers = (some && readManagers(entries)) || new Map<string, Managed>();
  const self = {
    manager: input.manager,
    operation: "Update" as const,
    apiVersion: input.apiVersion,
    subresource: input.subresource ?? "",
  };
  const id = identity(self);
  const own = managers.get(id)?.fields ?? emptySet;
  // What the writer changed it would get back at once: mostly its fields stay the very same set.
  if (!isEmpty(changed)) managers.delete(id);
  disown(managers, comparison);
  if (!isEmpty(changed)) {
    const kept = difference(difference(own, intersection(comparison.changed, untracked)), comparison.removed);
    managers.set(id, { ...self, time: input.time, fields: union(kept, changed) });
  }
  capUpdaters(managers);
  return managers.size > 0 ? writeManagers(managers) : undefined;
}
