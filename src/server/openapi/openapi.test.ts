import { describe, expect, test } from "vitest";
import { builtinResources } from "../../api/schema/resources.ts";
import { createOpenApi } from "./openapi.ts";
import type { OpenApiResource } from "./resource.ts";

const served: OpenApiResource[] = builtinResources()
  .filter(({ listKind }) => listKind)
  .map((r) => ({
    ...r,
    kind: { ...r, listKind: r.listKind ?? "", status: {}, ...(r.plural === "deployments" ? { scale: {} } : {}) },
  }));
const openapi = createOpenApi(served);

type Json = { [key: string]: Json };
const parse = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes ?? []).toString()) as Json;
const index = parse(openapi.v3Index());
const groupVersions = Object.keys(index.paths ?? {});
const v3 = new Map(groupVersions.map((path) => [path, parse(openapi.v3Document(path))]));
const v2 = parse(openapi.v2Json());
const get = (value: unknown, ...path: string[]) =>
  path.reduce((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);

const refsIn = (value: unknown, found: Set<string> = new Set()): Set<string> => {
  if (typeof value !== "object" || value === null) return found;
  for (const [key, item] of Object.entries(value)) {
    if (key === "$ref" && typeof item === "string") found.add(item);
    else refsIn(item, found);
  }
  return found;
};

describe("version 3", () => {
  test("the index leads to one document per group version, by an address that names its content", () => {
    expect(groupVersions).toContain("api/v1");
    expect(groupVersions).toContain("apis/apps/v1");
    expect(get(index, "paths", "apis/apps/v1", "serverRelativeURL")).toMatch(
      /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/,
    );
    const fewer = createOpenApi(served.filter(({ kind }) => kind.plural !== "deployments"));
    expect(parse(fewer.v3Index())).not.toEqual(index);
    expect(get(parse(fewer.v3Index()), "paths", "api/v1")).toEqual(get(index, "paths", "api/v1"));
    expect(openapi.v3Document("apis/nothing/v1")).toBeUndefined();
    expect(openapi.v3Document("api/v1")).toBe(openapi.v3Document("api/v1"));
  });

  test.each(groupVersions)("%s refers only to what it holds", (path) => {
    const document = v3.get(path);
    const refs = [...refsIn(document)];
    expect(refs.length).toBeGreaterThan(0);
    const missing = refs.filter((ref) => !get(document, ...ref.slice(2).split(/\/(?=[^/]*$)|\//)));
    expect(missing).toEqual([]);
  });

  test("every PATCH names its kind and takes dryRun and fieldValidation, in both versions", () => {
    let patches = 0;
    for (const document of [...v3.values(), v2]) {
      for (const path of Object.values(document.paths ?? {})) {
        const patch = path.patch as unknown as { parameters: { name: string; in: string }[] } | undefined;
        if (!patch) continue;
        patches += 1;
        const names = patch.parameters.filter((p) => p.in === "query").map((p) => p.name);
        expect(names).toEqual(expect.arrayContaining(["dryRun", "fieldManager", "fieldValidation", "force"]));
        expect(patch).toHaveProperty("x-kubernetes-group-version-kind.kind");
        expect(patch).toHaveProperty("x-kubernetes-action", "patch");
      }
    }
    expect(patches).toBeGreaterThan(200);
  });

  test("operations are upstream's", () => {
    const paths = v3.get("apis/apps/v1")?.paths;
    const ids = (path: string) =>
      Object.entries(paths?.[path] ?? {})
        .filter(([key]) => key !== "parameters")
        .map(([method, operation]) => `${method} ${operation.operationId}`)
        .sort();
    expect(ids("/apis/apps/v1/deployments")).toEqual(["get listAppsV1DeploymentForAllNamespaces"]);
    expect(ids("/apis/apps/v1/namespaces/{namespace}/deployments")).toEqual([
      "delete deleteAppsV1CollectionNamespacedDeployment",
      "get listAppsV1NamespacedDeployment",
      "post createAppsV1NamespacedDeployment",
    ]);
    expect(ids("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")).toEqual([
      "delete deleteAppsV1NamespacedDeployment",
      "get readAppsV1NamespacedDeployment",
      "patch patchAppsV1NamespacedDeployment",
      "put replaceAppsV1NamespacedDeployment",
    ]);
    expect(get(paths, "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale", "get")).toMatchObject({
      "x-kubernetes-group-version-kind": { group: "autoscaling", kind: "Scale", version: "v1" },
    });
  });

  test("schemas carry how they merge and what they are", () => {
    const schemas = v3.get("apis/apps/v1")?.components?.schemas;
    expect(get(schemas, "io.k8s.api.apps.v1.Deployment", "x-kubernetes-group-version-kind")).toEqual([
      { group: "apps", kind: "Deployment", version: "v1" },
    ]);
    expect(get(schemas, "io.k8s.api.core.v1.PodSpec", "properties", "topologySpreadConstraints")).toMatchObject({
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["topologyKey", "whenUnsatisfiable"],
      "x-kubernetes-patch-merge-key": "topologyKey",
      "x-kubernetes-patch-strategy": "merge",
    });
    expect(get(schemas, "io.k8s.api.core.v1.PodSpec", "properties", "securityContext", "allOf")).toEqual([
      { $ref: "#/components/schemas/io.k8s.api.core.v1.PodSecurityContext" },
    ]);
    expect(get(schemas, "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector")).toHaveProperty(
      "x-kubernetes-map-type",
      "atomic",
    );
  });
});

describe("version 2", () => {
  test("holds everything in one document", () => {
    expect(v2.swagger).toBe("2.0");
    expect(get(v2, "definitions", "io.k8s.api.core.v1.Pod", "properties", "spec", "$ref")).toBe(
      "#/definitions/io.k8s.api.core.v1.PodSpec",
    );
    const missing = [...refsIn(v2)].filter((ref) => !get(v2, "definitions", ref.slice("#/definitions/".length)));
    expect(missing).toEqual([]);
  });

  test("in protobuf begins with its version, and is smaller", () => {
    const bytes = openapi.v2Protobuf();
    expect(Buffer.from(bytes.subarray(0, 5)).toString("latin1")).toBe("\n\x032.0");
    expect(bytes.length).toBeLessThan(openapi.v2Json().length);
  });
});
