/**
 * What is known of every API type: its fields, their types, and how patches merge them. Generated at build time
 * (`scripts/generate-api.mjs`) from the models of `@kubernetes/client-node`, completed by the tables in this folder.
 */

/** How a list merges under server-side apply (`x-kubernetes-list-type`). Absent means atomic. */
export type ListType = "atomic" | "set" | "map";

/** The schema of one value. */
export type FieldSchema = {
  readonly description?: string;
} & (
  | { readonly type: "string"; readonly format?: "date-time" | "byte" | "int-or-string" | "quantity" | "micro-time" }
  | { readonly type: "integer"; readonly format: "int32" | "int64" }
  | { readonly type: "number"; readonly format: "double" }
  | { readonly type: "boolean" }
  /** Any JSON value; nothing is known of what is inside (`RawExtension`, `FieldsV1`, …). */
  | { readonly type: "any" }
  /** Another type, by its full name, for example `io.k8s.api.core.v1.PodSpec`. */
  | {
      readonly type: "ref";
      readonly ref: string;
      readonly mapType?: "atomic";
      /** Strategic merge patch: `retainKeys` keeps only the keys that the patch names, `replace` never merges. */
      readonly patchStrategy?: readonly ("merge" | "replace" | "retainKeys")[];
    }
  | { readonly type: "map"; readonly values: FieldSchema; readonly mapType?: "atomic" }
  | {
      readonly type: "array";
      readonly items: FieldSchema;
      readonly listType?: ListType;
      /** Keys that identify an item of a `map` list under server-side apply. */
      readonly mapKeys?: readonly string[];
      /** Strategic merge patch: `merge`, `replace` (default), and `retainKeys`. */
      readonly patchStrategy?: readonly ("merge" | "replace" | "retainKeys")[];
      /** Strategic merge patch: the one key that identifies an item. Absent for lists of scalars. */
      readonly patchMergeKey?: string;
    }
);

/** The schema of one object type. */
export interface TypeSchema {
  /** Full OpenAPI definition name, for example `io.k8s.api.apps.v1.Deployment`. */
  readonly name: string;
  readonly description?: string;
  /** In declaration order. */
  readonly fields: Readonly<Record<string, FieldSchema>>;
  readonly required: readonly string[];
  readonly mapType?: "atomic";
}

/** Looks types up by full name; undefined when there is no such type. */
export type SchemaLookup = (name: string) => TypeSchema | undefined;
