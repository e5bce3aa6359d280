/** The schema of the built-in types, parsed when first asked for, type by type. */
import { json } from "../generated/schema.ts";
import { fieldOfCode } from "./code.ts";
import { atomicTypes, mergeRulesOf } from "./merge-tables.ts";
import type { FieldSchema, SchemaLookup, TypeSchema } from "./schema.ts";

/** `f` is the fields with their codes, `r` the required ones, `g` the names of Go types where they have one. */
export interface CompactType {
  readonly f: Readonly<Record<string, string>>;
  readonly r?: readonly string[];
  readonly g?: Readonly<Record<string, string>>;
}

let compact: Map<string, CompactType> | undefined;
const types = new Map<string, TypeSchema>();

const compactTypes = (): Map<string, CompactType> => {
  compact ??= new Map(Object.entries(JSON.parse(json) as Record<string, CompactType>));
  return compact;
};

/** A type as it was generated; for what `TypeSchema` leaves out. */
export const compactTypeOf = (name: string): CompactType | undefined => compactTypes().get(name);

/** The schema of a built-in type, by full name (`io.k8s.api.apps.v1.Deployment`). The same object every time. */
export const schemaOf: SchemaLookup = (name) => {
  const known = types.get(name);
  if (known) return known;
  const found = compactTypes().get(name);
  if (!found) return undefined;
  const rules = mergeRulesOf(name);
  const fields: Record<string, FieldSchema> = {};
  for (const [key, code] of Object.entries(found.f)) {
    const rule = rules[key];
    fields[key] = rule ? ({ ...fieldOfCode(code), ...rule } as FieldSchema) : fieldOfCode(code);
  }
  const type: TypeSchema = {
    name,
    fields,
    required: found.r ?? [],
    ...(atomicTypes.has(name) ? { mapType: "atomic" } : {}),
  };
  types.set(name, type);
  return type;
};
