/**
 * Managed fields on their way between an object and its scale (apimachinery `managedfields.ScaleHandler`): of all that
 * managers own, a scale shows who owns the number of replicas.
 */
import type { ManagedFieldsEntry } from "../../api/generated/types.ts";
import { difference, type FieldSet, hasPath, isEmpty, setOf } from "./fields-v1.ts";
import { type Managers, readManagers, writeManagers } from "./managed-fields.ts";

/** The same in a scale and in every object that has one. */
const replicasPath = ["f:spec", "f:replicas"];
const replicas: FieldSet = setOf(replicasPath);

const managersOf = (entries: readonly ManagedFieldsEntry[] | undefined): Managers =>
  readManagers(entries ?? []) ?? new Map();

/** The entries of a scale. @param scaleVersion the apiVersion of scales */
export function entriesOfScale(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scaleVersion: string,
): ManagedFieldsEntry[] {
  const out: Managers = new Map();
  for (const [id, managed] of managersOf(entries))
    if (hasPath(managed.fields, replicasPath))
      out.set(id, { ...managed, apiVersion: scaleVersion, fields: replicas, entry: undefined });
  return writeManagers(out);
}

/**
 * The entries of an object after a write of its scale. An entry that came from the scale has no time, as upstream.
 * @param entries of the object before
 * @param scaleEntries of the scale after
 * @param version the apiVersion of the object
 */
export function entriesOfScaled(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scaleEntries: readonly ManagedFieldsEntry[] | undefined,
  version: string,
): ManagedFieldsEntry[] {
  const before = managersOf(entries);
  const scale = managersOf(scaleEntries);
  const out: Managers = new Map();
  for (const [id, managed] of before) {
    if (!hasPath(managed.fields, replicasPath) || scale.delete(id)) {
      out.set(id, managed);
      continue;
    }
    const fields = difference(managed.fields, replicas);
    if (!isEmpty(fields)) out.set(id, { ...managed, fields });
  }
  for (const [id, managed] of scale)
    if (hasPath(managed.fields, replicasPath))
      out.set(id, {
        ...managed,
        apiVersion: version,
        time: before.get(id)?.time,
        fields: replicas,
        entry: undefined,
      });
  return writeManagers(out);
}
