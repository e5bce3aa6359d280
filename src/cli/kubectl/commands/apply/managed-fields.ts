/** Who owns which fields, when an object moves from client-side to server-side apply (client-go `util/csaupgrade`). */
import { lastAppliedAnnotation } from "../../core/last-applied.ts";

/** A set of fields: `f:name` leads to the set below, `.` is the field itself. */
interface FieldSet {
  readonly [key: string]: FieldSet;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
  readonly [key: string]: unknown;
}

export const ownsLastApplied = ({ fieldsV1 }: ManagedFieldsEntry): boolean =>
  fieldsV1?.["f:metadata"]?.["f:annotations"]?.[`f:${lastAppliedAnnotation}`] !== undefined;

const union = (a: FieldSet, b: FieldSet): FieldSet => {
  const out: Record<string, FieldSet> = { ...a };
  for (const [key, value] of Object.entries(b)) out[key] = out[key] ? union(out[key], value) : value;
  return out;
};

/**
 * The entries with everything that client-side apply owned given to the server-side manager.
 * @returns undefined when client-side apply owned nothing
 */
export function migrated(entries: readonly ManagedFieldsEntry[], manager: string): ManagedFieldsEntry[] | undefined {
  const isOld = (e: ManagedFieldsEntry) => e.operation === "Update" && !e.subresource && ownsLastApplied(e);
  const old = entries.filter(isOld);
  const [first] = old;
  if (!first) return undefined;
  const names = new Set(old.map((e) => e.manager));
  const goes = (e: ManagedFieldsEntry) => e.operation === "Update" && !e.subresource && names.has(e.manager);
  const isNew = (e: ManagedFieldsEntry) => e.operation === "Apply" && !e.subresource && e.manager === manager;
  const all = entries.filter(goes).reduce<FieldSet>((fields, e) => union(fields, e.fieldsV1 ?? {}), {});
  const heir = entries.find(isNew);
  const next: ManagedFieldsEntry = {
    ...(heir ?? first),
    manager,
    operation: "Apply",
    fieldsV1: union(heir?.fieldsV1 ?? {}, all),
  };
  const place = heir ?? first;
  return entries.flatMap((e) => (e === place ? [next] : goes(e) ? [] : [e]));
}
