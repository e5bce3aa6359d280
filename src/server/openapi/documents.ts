/** The OpenAPI documents in both versions, as plain values. */
import { json as descriptionsJson } from "../../api/generated/descriptions.ts";
import { type Operation, operationsOf, type Parameter, tagOf } from "./operations.ts";
import { type GroupVersionKind, listTypeOf, metaType, type OpenApiResource, pathOf } from "./resource.ts";
import { type Descriptions, type Json, SchemaSet } from "./schemas.ts";

const info = { title: "Kubernetes", version: "v1.34.0" };
const readTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const watchTypes = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

const texts: Readonly<Record<number, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };
const security = {
  BearerToken: { description: "Bearer Token authentication", in: "header", name: "authorization", type: "apiKey" },
};

/** Parsed anew for each document: documents are built once, and the texts are megabytes that nothing else needs. */
const allDescriptions = (): Descriptions => JSON.parse(descriptionsJson) as Descriptions;

/** Which kinds each type is. Options are a kind in every version. */
const kindsOf = (resources: readonly OpenApiResource[]): Map<string, GroupVersionKind[]> => {
  const kinds = new Map<string, GroupVersionKind[]>();
  const add = (type: string, gvk: GroupVersionKind) => {
    const known = kinds.get(type) ?? [];
    if (!known.some((k) => k.group === gvk.group && k.version === gvk.version && k.kind === gvk.kind)) known.push(gvk);
    kinds.set(type, known);
  };
  add(metaType("Status"), { group: "", kind: "Status", version: "v1" });
  add(metaType("DeleteOptions"), { group: "", kind: "DeleteOptions", version: "v1" });
  add(metaType("APIResourceList"), { group: "", kind: "APIResourceList", version: "v1" });
  add("io.k8s.api.autoscaling.v1.Scale", { group: "autoscaling", kind: "Scale", version: "v1" });
  for (const resource of resources) {
    const { group, version, kind, schemaType } = resource;
    add(schemaType, { group, kind: kind.kind, version });
    add(listTypeOf(resource), { group, kind: kind.listKind, version });
    add(metaType("DeleteOptions"), { group, kind: "DeleteOptions", version });
  }
  return kinds;
};

const operationCommon = (operation: Operation): Json => ({
  description: operation.description,
  operationId: operation.id,
  tags: [operation.tag],
  "x-kubernetes-action": operation.action,
  "x-kubernetes-group-version-kind": operation.gvk,
});

/** Paths in alphabetical order; parameters of the path stand once per path. */
const pathsOf = (
  operations: readonly Operation[],
  parameter: (p: Parameter) => Json,
  render: (operation: Operation, query: Json[]) => Json,
): Json => {
  const paths: Record<string, Json> = {};
  for (const operation of [...operations].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const shared = operation.parameters.filter((p) => p.in === "path").map(parameter);
    const path = paths[operation.path] ?? (shared.length > 0 ? { parameters: shared } : {});
    path[operation.method] = render(operation, operation.parameters.filter((p) => p.in === "query").map(parameter));
    paths[operation.path] = path;
  }
  return paths;
};

/** The document of one group version; `resources` are those of that group version. */
export const openapiV3Document = (resources: readonly OpenApiResource[]): Json => {
  const schemas = new SchemaSet("v3", allDescriptions(), kindsOf(resources));
  const contentOf = (types: readonly string[], type: string) =>
    Object.fromEntries(types.map((t) => [t, { schema: schemas.ref(type) }]));
  const parameter = ({ type, ...rest }: Parameter): Json => ({
    ...rest,
    ...(rest.in === "path" ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  });
  const paths = pathsOf(resources.flatMap(operationsOf), parameter, (operation, parameters) => ({
    ...operationCommon(operation),
    parameters,
    ...(operation.body
      ? {
          requestBody: {
            content: contentOf(operation.method === "patch" ? patchTypes : ["*/*"], operation.body),
            ...(operation.method === "delete" ? {} : { required: true }),
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        operation.answerCodes.map((code) => [
          code,
          {
            content: contentOf(
              operation.action === "list" ? [...readTypes, ...watchTypes] : readTypes,
              operation.answer,
            ),
            description: texts[code],
          },
        ]),
      ),
      401: { description: "Unauthorized" },
    },
  }));
  const [first] = resources;
  const discovery = first ? discoveryV3(first, contentOf) : {};
  return {
    openapi: "3.0.0",
    info,
    paths: { ...discovery, ...paths },
    components: { schemas: schemas.all(), securitySchemes: security },
  };
};

const discoveryV3 = (resource: OpenApiResource, contentOf: (types: readonly string[], type: string) => Json): Json => ({
  [`/${pathOf(resource)}/`]: {
    get: {
      description: "get available resources",
      operationId: `get${tagOf(resource)}APIResources`,
      tags: [tagOf(resource)],
      responses: {
        200: { content: contentOf(readTypes, metaType("APIResourceList")), description: "OK" },
        401: { description: "Unauthorized" },
      },
    },
  },
});

/** The document of everything that is served. */
export const openapiV2Document = (resources: readonly OpenApiResource[]): Json => {
  const schemas = new SchemaSet("v2", allDescriptions(), kindsOf(resources));
  const parameter = (p: Parameter): Json => ({
    ...p,
    ...(p.in === "path" ? { required: true } : {}),
    uniqueItems: true,
  });
  const paths = pathsOf(resources.flatMap(operationsOf), parameter, (operation, query) => ({
    ...operationCommon(operation),
    consumes: operation.method === "patch" ? patchTypes : ["*/*"],
    produces: operation.action === "list" ? [...readTypes, ...watchTypes] : readTypes,
    schemes: ["https"],
    parameters: operation.body
      ? [
          {
            name: "body",
            in: "body",
            ...(operation.method === "delete" ? {} : { required: true }),
            schema: schemas.ref(operation.body),
          },
          ...query,
        ]
      : query,
    responses: {
      ...Object.fromEntries(
        operation.answerCodes.map((code) => [
          code,
          { description: texts[code], schema: schemas.ref(operation.answer) },
        ]),
      ),
      401: { description: "Unauthorized" },
    },
  }));
  return {
    swagger: "2.0",
    info,
    paths,
    definitions: schemas.all(),
    securityDefinitions: security,
    security: [{ BearerToken: [] }],
  };
};
