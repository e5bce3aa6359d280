/** What the OpenAPI documents need to know of a served resource. */
import type { Verb } from "../../api/kind.ts";

export interface OpenApiResource {
  readonly group: string;
  readonly version: string;
  /** Full name of the schema type in this version. */
  readonly schemaType: string;
  readonly kind: {
    readonly kind: string;
    readonly listKind: string;
    readonly plural: string;
    readonly namespaced: boolean;
    readonly verbs: readonly Verb[];
    readonly status?: object;
    readonly scale?: object;
  };
}

export interface GroupVersionKind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

/** Where a group version is served, without slashes around: `api/v1`, `apis/apps/v1`. */
export const pathOf = ({ group, version }: { group: string; version: string }): string =>
  group ? `apis/${group}/${version}` : `api/${version}`;

export const listTypeOf = (resource: OpenApiResource): string =>
  `${resource.schemaType.slice(0, resource.schemaType.lastIndexOf("."))}.${resource.kind.listKind}`;

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
export const metaType = (name: string): string => `${meta}.${name}`;
export const scaleType = "io.k8s.api.autoscaling.v1.Scale";
