import { describe, expect, test } from "vitest";
import { json as schema } from "./generated/schema.ts";
import { builtinKinds, kindByAlias, kindByName, kindByResource, kindsInCategory } from "./kinds.ts";

const types = JSON.parse(schema) as Record<string, unknown>;

describe.each(builtinKinds.map((kind) => [kind.kind, kind] as const))("%s", (_, kind) => {
  test("has a schema type, also in its other versions", () => {
    expect(types).toHaveProperty([kind.schemaType]);
    for (const { schemaType } of kind.alternates ?? []) expect(types).toHaveProperty([schemaType]);
  });

  test("columns say what they show", () => {
    for (const { name, description } of kind.columns) expect(description, name).not.toBe("");
  });

  test("bears an object of which nothing is known", () => {
    const object = { metadata: { name: "x" } };
    kind.applyDefaults(object);
    kind.prepareCreate(object, { now: 0, user: "test" });
    expect(() => kind.validate(object)).not.toThrow();
    for (const column of kind.columns) expect(column.cell(object, 0), column.name).not.toBeUndefined();
    expect(kind.selectableFields({})).toBeTypeOf("object");
  });

  test("defaulting twice changes nothing more", () => {
    const object = { metadata: { name: "x" } };
    kind.applyDefaults(object);
    const once = structuredClone(object);
    kind.applyDefaults(object);
    expect(object).toEqual(once);
  });
});

test("kinds are found by resource, by name and by what people type", () => {
  expect(kindByResource("apps", "v1", "deployments")?.kind.kind).toBe("Deployment");
  expect(kindByResource("events.k8s.io", "v1", "events")?.alternate?.schemaType).toBe("io.k8s.api.events.v1.Event");
  expect(kindByName("", "v1", "Pod")?.kind.plural).toBe("pods");
  expect(kindByName("", "v1", "Nothing")).toBeUndefined();
  for (const alias of ["po", "pod", "pods", "Pod", "PODS"]) expect(kindByAlias(alias)?.kind).toBe("Pod");
  expect(kindByAlias("deployments.apps")?.kind).toBe("Deployment");
  expect(kindByAlias("deploy.v1.apps")?.kind).toBe("Deployment");
  expect(kindByAlias("deployments.batch")).toBeUndefined();
  expect(kindsInCategory("all").map((kind) => kind.plural)).toEqual([
    "pods",
    "services",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
  ]);
});
