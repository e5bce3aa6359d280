/** Server-side tables and partial objects: what `kubectl get` and metadata clients ask for. */
import type { Kind, KubeObject } from "../../api/kind.ts";
import { badRequest, notAcceptable } from "../../base/errors.ts";
import type { StoredList } from "../../registry/registry.ts";
import type { AnswerForm } from "../request/negotiate.ts";
import type { Resource } from "../resources.ts";
import { listMeta, shownObject } from "./encode.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

/** @throws 400 */
export function parseIncludeObject(text: string | undefined): IncludeObject {
  if (!text) return "Metadata";
  if (text === "None" || text === "Metadata" || text === "Object") return text;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(text)}`);
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

/** @param metadata of the list, or of the one object */
export function table(
  resource: Resource,
  objects: readonly KubeObject[],
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
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      object:
        options.include === "None"
          ? null
          : options.include === "Object"
            ? object
            : partialObject(object, options.version),
    })),
  };
}

export interface ConvertOptions {
  readonly as: NonNullable<AnswerForm["as"]>;
  readonly include: IncludeObject;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
}

export function convertObject(resource: Resource, object: KubeObject, { as, include, now }: ConvertOptions) {
  if (as.kind === "Table") {
    const metadata = { resourceVersion: object.metadata?.resourceVersion ?? "" };
    return table(resource, [object], metadata, now, { version: as.version, include, headers: true });
  }
  if (as.kind === "PartialObjectMetadata") return partialObject(object, as.version);
  throw notAcceptable(
    `you requested PartialObjectMetadataList, but the requested object is not a list (${resource.kind.kind})`,
  );
}

export function convertList(resource: Resource, list: StoredList, { as, include, now }: ConvertOptions) {
  const objects = list.items.map((stored) => shownObject(resource, stored));
  if (as.kind === "Table") {
    return table(resource, objects, listMeta(list), now, { version: as.version, include, headers: true });
  }
  if (as.kind === "PartialObjectMetadataList") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: `meta.k8s.io/${as.version}`,
      metadata: listMeta(list),
      items: objects.map((object) => ({ metadata: object.metadata })),
    };
  }
  throw notAcceptable(
    `you requested PartialObjectMetadata, but the requested object is a list (${resource.kind.listKind})`,
  );
}
