import { describe, expect, test } from "vitest";
import { schemaOf } from "./lookup.ts";
import { builtinResources } from "./resources.ts";
import type { FieldSchema } from "./schema.ts";

const core = (name: string) => schemaOf(`io.k8s.api.core.v1.${name}`);

describe("schemaOf", () => {
  test("knows fields, formats and what is required", () => {
    const spec = schemaOf("io.k8s.api.apps.v1.DeploymentSpec");
    expect(spec?.required).toEqual(["selector", "template"]);
    expect(spec?.fields.replicas).toEqual({ type: "integer", format: "int32" });
    expect(spec?.fields.template).toEqual({ type: "ref", ref: "io.k8s.api.core.v1.PodTemplateSpec" });
    expect(core("ResourceRequirements")?.fields.limits).toEqual({
      type: "map",
      values: { type: "string", format: "quantity" },
    });
    expect(core("Secret")?.fields.data).toEqual({ type: "map", values: { type: "string", format: "byte" } });
    expect(schemaOf("io.k8s.api.coordination.v1.LeaseSpec")?.fields.renewTime).toMatchObject({ format: "micro-time" });
    expect(schemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry")?.fields.fieldsV1).toEqual({
      type: "any",
    });
  });

  test("knows how lists and objects merge", () => {
    expect(core("PodSpec")?.fields.containers).toMatchObject({
      listType: "map",
      mapKeys: ["name"],
      patchStrategy: ["merge"],
      patchMergeKey: "name",
    });
    expect(core("PodSpec")?.fields.volumes).toMatchObject({ patchStrategy: ["merge", "retainKeys"] });
    expect(core("ServiceSpec")?.fields.ports).toMatchObject({ mapKeys: ["port", "protocol"], patchMergeKey: "port" });
    expect(core("PodSpec")?.fields.tolerations).not.toHaveProperty("listType");
    expect(schemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector")?.mapType).toBe("atomic");
    expect(schemaOf("io.k8s.api.apps.v1.DeploymentSpec")?.fields.strategy).toMatchObject({
      patchStrategy: ["retainKeys"],
    });
  });

  test("gives the same object every time, and nothing for what is no type", () => {
    expect(core("Pod")).toBe(core("Pod"));
    expect(core("Nothing")).toBeUndefined();
    expect(schemaOf("toString")).toBeUndefined();
  });

  test("every type that is referred to is there, or has no fields to name", () => {
    const seen = new Set<string>();
    const missing = new Set<string>();
    const follow = (field: FieldSchema): void => {
      if (field.type === "array") follow(field.items);
      else if (field.type === "map") follow(field.values);
      else if (field.type === "ref") visit(field.ref);
    };
    const visit = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      const type = schemaOf(name);
      if (type) Object.values(type.fields).forEach(follow);
      else missing.add(name);
    };
    for (const { schemaType } of builtinResources()) visit(schemaType);
    expect(seen.size).toBeGreaterThan(500);
    expect([...missing]).toEqual([]);
  });
});

describe("builtinResources", () => {
  const find = (group: string, plural: string, version = "v1") =>
    builtinResources().find((r) => r.group === group && r.plural === plural && r.version === version);

  test("describe kinds as discovery does", () => {
    expect(find("apps", "deployments")).toMatchObject({
      kind: "Deployment",
      listKind: "DeploymentList",
      singular: "deployment",
      namespaced: true,
      shortNames: ["deploy"],
      categories: ["all"],
      schemaType: "io.k8s.api.apps.v1.Deployment",
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    });
    expect(find("", "nodes")).toMatchObject({ namespaced: false, shortNames: ["no"] });
    expect(find("", "namespaces")?.verbs).not.toContain("deletecollection");
    expect(find("authentication.k8s.io", "tokenreviews")).toMatchObject({ verbs: ["create"] });
    expect(find("autoscaling", "horizontalpodautoscalers", "v2")).toMatchObject({ kind: "HorizontalPodAutoscaler" });
    expect(
      find("apps", "deployments")
        ?.subresources.map((s) => s.name)
        .sort(),
    ).toEqual(["scale", "status"]);
    expect(find("", "serviceaccounts")?.subresources).toContainEqual({
      name: "token",
      verbs: ["create"],
      schemaType: "io.k8s.api.authentication.v1.TokenRequest",
    });
  });

  test("every kind has a schema", () => {
    for (const { schemaType, kind } of builtinResources()) expect(schemaType.endsWith(`.${kind}`)).toBe(true);
    expect(builtinResources().filter(({ schemaType }) => !schemaOf(schemaType))).toEqual([]);
  });
});
