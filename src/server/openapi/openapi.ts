/** The OpenAPI documents of a server as bytes, each built when first asked for and kept. Load this module lazily. */
import { createHash } from "node:crypto";
import { json as schemaJson } from "../../api/generated/schema.ts";
import { openapiV2Document, openapiV3Document } from "./documents.ts";
import { type OpenApiResource, pathOf } from "./resource.ts";
import { openapiV2Protobuf } from "./v2-protobuf.ts";

export interface OpenApi {
  /** `/openapi/v3`: where each group version's document is, under an address that changes when the document does. */
  v3Index(): Uint8Array;
  /** `/openapi/v3/<path>`, for example `apis/apps/v1`; undefined when nothing is served there. */
  v3Document(path: string): Uint8Array | undefined;
  /** `/openapi/v2` in JSON. */
  v2Json(): Uint8Array;
  /** `/openapi/v2` in protobuf. */
  v2Protobuf(): Uint8Array;
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** What a group version's document is made of, in short, so that the index needs no documents. */
const hashOf = (resources: readonly OpenApiResource[]): string => {
  const parts = resources.map(({ schemaType, kind }) => [
    schemaType,
    kind.plural,
    kind.verbs,
    !!kind.status,
    !!kind.scale,
  ]);
  return createHash("sha512").update(schemaJson).update(JSON.stringify(parts)).digest("hex").toUpperCase();
};

/** @param resources everything that is served, in every version */
export const createOpenApi = (resources: readonly OpenApiResource[]): OpenApi => {
  const byPath = new Map<string, OpenApiResource[]>();
  for (const resource of resources) {
    const path = pathOf(resource);
    const known = byPath.get(path);
    if (known) known.push(resource);
    else byPath.set(path, [resource]);
  }
  const documents = new Map(
    [...byPath].map(([path, served]) => [path, once(() => encode(openapiV3Document(served)))] as const),
  );
  return {
    v3Index: once(() => {
      const entries = [...byPath].sort(([a], [b]) => (a < b ? -1 : 1));
      const paths = entries.map(([path, served]) => [
        path,
        { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(served)}` },
      ]);
      return encode({ paths: Object.fromEntries(paths) });
    }),
    v3Document: (path) => documents.get(path)?.(),
    v2Json: once(() => encode(openapiV2Document(resources))),
    v2Protobuf: once(() => openapiV2Protobuf(openapiV2Document(resources))),
  };
};
