/** Server-side tables and partial objects: what `kubectl get` and metadata clients ask for. */
import { invalidValue, path } from "../../api/field.ts";
import type { Kind, KubeObject } from "../../api/kind.ts";
import { badRequest, notAcceptable } from "../../base/errors.ts";
import type { Stored, StoredList } from "../../registry/registry.ts";
import type { AnswerForm } from "../request/negotiate.ts";
import type { Resource } from "../resources.ts";
import { listMeta, shownObject } from "./encode.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

/** @throws 400 */
export function parseIncludeObject(text: string | undefined): IncludeObject {
  if (!text) return "Metadata";
  if (text === "None" || text === "Metadata" || text === "Object") return text;
  const why = invalidValue(path("includeObject"), text, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: ${why.field}: ${why.message}`);
}

export const partialObject = (object: KubeObject, version: string) => ({
  kind: "PartialObjectMetadata",
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});

const columnDefinitions = (kind: Kind) =>
  kind.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? "",
    description,
    priority,
  }));

/** An object as its columns read it, and as the served version shows it. */
export interface Row {
  readonly stored: KubeObject;
  readonly shown: KubeObject;
}

/** @param metadata of the list, or of the one object */
export function table(
  resource: Resource,
  objects: readonly Row[],
  metadata: object,
  now: number,
  options: { readonly version: string; readonly include: IncludeObject; readonly headers: boolean },
) {
  const { columns } = resource.kind;
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    columnDefinitions: options.headers ? columnDefinitions(resource.kind) : null,
    rows: objects.map(({ stored, shown }) => ({
      cells: columns.map((column) => column.cell(stored, now)),
      object:
        options.include === "None"
          ? null
          : options.include === "Object"
            ? shown
            : partialObject(shown, options.version),
    })),
  };
}

export const rowOf = (resource: Resource, stored: Stored): Row => ({
  stored: stored.object,
  shown: shownObject(resource, stored),
});

/** The metadata of a table of one object. */
export const objectMeta = ({ metadata }: KubeObject) =>
  metadata?.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {};

/** The name that the type of an object has in upstream's source, which its errors show. */
const goType = (kind: string, { kind: { group } }: Resource) => `*${group.split(".")[0] || "core"}.${kind}`;

export interface ConvertOptions {
  readonly as: NonNullable<AnswerForm["as"]>;
  readonly include: IncludeObject;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
}

export function convertObject(resource: Resource, stored: Stored, { as, include, now }: ConvertOptions) {
  const row = rowOf(resource, stored);
  if (as.kind === "Table") {
    return table(resource, [row], objectMeta(row.shown), now, { version: as.version, include, headers: true });
  }
  if (as.kind === "PartialObjectMetadata") return partialObject(row.shown, as.version);
  throw notAcceptable(
    `you requested PartialObjectMetadataList, but the requested object is not a list (${goType(resource.kind.kind, resource)})`,
  );
}

export function convertList(resource: Resource, list: StoredList, { as, include, now }: ConvertOptions) {
  const objects = list.items.map((stored) => rowOf(resource, stored));
  if (as.kind === "Table") {
    return table(resource, objects, listMeta(list), now, { version: as.version, include, headers: true });
  }
  if (as.kind === "PartialObjectMetadataList") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: `meta.k8s.io/${as.version}`,
      metadata: listMeta(list),
      items: objects.length > 0 ? objects.map(({ shown }) => partialObject(shown, as.version)) : null,
    };
  }
  throw notAcceptable(
    `you requested PartialObjectMetadata, but the requested object is a list (${goType(resource.kind.listKind, resource)})`,
  );
}
