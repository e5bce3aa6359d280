import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment, ManagedFieldsEntry, Service } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { schemaOf } from "../../api/schema/lookup.ts";
import { StatusError } from "../../base/errors.ts";
import { serverSideApply } from "./apply.ts";
import { updateManagedFields } from "./managed-fields.ts";

const deploymentType = "io.k8s.api.apps.v1.Deployment";
const at = (n: number) => `2026-01-01T00:00:${String(n).padStart(2, "0")}Z`;

const deployment = (spec: object = {}, metadata: object = {}): Deployment =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", ...metadata },
    spec,
  }) as Deployment;

/** One that says nothing of its spec. */
const bare = (metadata: object = {}): Deployment => {
  const { spec: _, ...rest } = deployment({}, metadata);
  return rest;
};

const apply = <T extends KubeObject = Deployment>(
  live: NoInfer<T> | undefined,
  applied: object,
  manager = "me",
  more: {
    force?: boolean;
    time?: string;
    typeName?: string;
    apiVersion?: string;
    kind?: string;
    subresource?: string;
  } = {},
): T =>
  serverSideApply<T>({
    live,
    applied,
    manager,
    force: false,
    time: at(0),
    typeName: deploymentType,
    apiVersion: "apps/v1",
    kind: "Deployment",
    schemaOf,
    ...more,
  });

const update = <T extends KubeObject>(
  live: T | undefined,
  next: T,
  manager: string,
  more: { time?: string; typeName?: string; apiVersion?: string; subresource?: string } = {},
): T => {
  const managedFields = updateManagedFields({
    live,
    next,
    manager,
    apiVersion: "apps/v1",
    time: at(0),
    typeName: deploymentType,
    schemaOf,
    ...more,
  });
  const { managedFields: _, ...metadata } = next.metadata ?? {};
  return { ...next, metadata: { ...metadata, ...(managedFields ? { managedFields } : {}) } };
};

const entriesOf = (object: KubeObject): ManagedFieldsEntry[] => object.metadata?.managedFields ?? [];
const fieldsOf = (object: KubeObject, manager: string, operation?: string) =>
  entriesOf(object).find((e) => e.manager === manager && (!operation || e.operation === operation))?.fieldsV1;
const failureOf = (run: () => unknown): StatusError => {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error("it did not fail");
};

const nginx = {
  replicas: 3,
  selector: { matchLabels: { app: "web" } },
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
  template: {
    metadata: { labels: { app: "web" } },
    spec: {
      containers: [{ name: "nginx", image: "nginx:1", ports: [{ containerPort: 80, protocol: "TCP" }], resources: {} }],
      securityContext: {},
    },
  },
};

describe("updateManagedFields", () => {
  it("records a create as upstream does", () => {
    const created = update(undefined, deployment(nginx, { labels: { app: "web" } }), "kubectl-create");
    expect(JSON.stringify(entriesOf(created))).toBe(
      JSON.stringify([
        {
          manager: "kubectl-create",
          operation: "Update",
          apiVersion: "apps/v1",
          time: at(0),
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
            "f:spec": {
              "f:replicas": {},
              "f:selector": {},
              "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {}, "f:maxUnavailable": {} }, "f:type": {} },
              "f:template": {
                "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
                "f:spec": {
                  "f:containers": {
                    'k:{"name":"nginx"}': {
                      ".": {},
                      "f:image": {},
                      "f:name": {},
                      "f:ports": {
                        ".": {},
                        'k:{"containerPort":80,"protocol":"TCP"}': {
                          ".": {},
                          "f:containerPort": {},
                          "f:protocol": {},
                        },
                      },
                      "f:resources": {},
                    },
                  },
                  "f:securityContext": {},
                },
              },
            },
          },
        },
      ]),
    );
  });

  it("returns the very same entries when nothing changed", () => {
    const live = update(undefined, deployment(nginx), "a");
    const next = structuredClone(live);
    next.metadata = { ...next.metadata, managedFields: live.metadata?.managedFields, resourceVersion: "7" };
    const same = updateManagedFields({
      live,
      next,
      manager: "b",
      apiVersion: "apps/v1",
      time: at(1),
      typeName: deploymentType,
      schemaOf,
    });
    expect(same).toBe(live.metadata?.managedFields);
  });

  it("hands a changed field over and leaves the rest", () => {
    const live = update(undefined, deployment(nginx), "a");
    const next = update(live, { ...live, spec: { ...live.spec, replicas: 5 } as Deployment["spec"] }, "b", {
      time: at(1),
    });
    expect(fieldsOf(next, "b")).toEqual({ "f:spec": { "f:replicas": {} } });
    expect(JSON.stringify(fieldsOf(next, "a"))).not.toContain("replicas");
    expect(entriesOf(next).map((e) => e.time)).toEqual([at(0), at(1)]);
  });

  it("takes removed fields from everyone and keeps the time of whoever only removed", () => {
    const live = update(undefined, deployment(nginx, { labels: { a: "1", b: "2" } }), "a");
    const next = update(live, { ...live, metadata: { ...live.metadata, labels: { a: "1" } } }, "a", { time: at(9) });
    expect((fieldsOf(next, "a") as { "f:metadata": object })["f:metadata"]).toEqual({
      "f:labels": { ".": {}, "f:a": {} },
    });
    expect(entriesOf(next)[0]?.time).toBe(at(0));
  });

  it("keeps status writes apart", () => {
    const live = update(undefined, deployment(nginx), "a");
    const next = update(live, { ...live, status: { replicas: 3 } }, "a", { subresource: "status", time: at(1) });
    expect(entriesOf(next).map((e) => [e.manager, e.subresource])).toEqual([
      ["a", undefined],
      ["a", "status"],
    ]);
    expect(entriesOf(next)[1]?.fieldsV1).toEqual({ "f:status": { "f:replicas": {} } });
  });

  it("drops an entry that owns nothing more", () => {
    const live = update(undefined, deployment({}, { labels: { a: "1" } }), "a");
    const labelled = update(live, { ...live, metadata: { ...live.metadata, labels: { a: "1", b: "2" } } }, "b");
    const next = update(labelled, { ...labelled, metadata: { ...labelled.metadata, labels: { a: "1" } } }, "c");
    expect(entriesOf(next).map((e) => e.manager)).toEqual(["a"]);
  });

  it.each([[[{}]], [[]]])("forgets everything when the write says %j", (managedFields) => {
    const live = update(undefined, deployment(nginx), "a");
    const next = update(live, { ...live, metadata: { ...live.metadata, managedFields } }, "b");
    expect(next.metadata?.managedFields).toBeUndefined();
    expect(update(next, deployment({ ...nginx, replicas: 9 }), "b").metadata?.managedFields).toBeUndefined();
  });

  it("joins the oldest updaters beyond ten", () => {
    let object = update(undefined, deployment({}, { labels: { start: "" } }), "m-00");
    for (let i = 1; i <= 12; i++) {
      const labels = { ...object.metadata?.labels, [`l${i}`]: "" };
      const name = `m-${String(i).padStart(2, "0")}`;
      object = update(object, { ...object, metadata: { ...object.metadata, labels } }, name, { time: at(i) });
    }
    const managers = entriesOf(object).map((e) => e.manager);
    expect(managers).toHaveLength(10);
    expect(managers[0]).toBe("ancient-changes");
    expect(fieldsOf(object, "ancient-changes")).toEqual({
      "f:metadata": { "f:labels": { ".": {}, "f:start": {}, "f:l1": {}, "f:l2": {}, "f:l3": {} } },
    });
  });
});

describe("serverSideApply", () => {
  it("creates, and owns exactly what it says", () => {
    const created = apply(undefined, deployment({ replicas: 2, template: { metadata: { labels: { app: "web" } } } }));
    expect(entriesOf(created)).toEqual([
      {
        manager: "me",
        operation: "Apply",
        apiVersion: "apps/v1",
        time: at(0),
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:spec": { "f:replicas": {}, "f:template": { "f:metadata": { "f:labels": { "f:app": {} } } } },
        },
      },
    ]);
  });

  it("names a conflict in upstream's words", () => {
    const live = update(undefined, deployment(nginx), "kubectl-client-side-apply");
    const error = failureOf(() => apply(live, deployment({ replicas: 5 })));
    expect(error.status).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      reason: "Conflict",
      details: {
        causes: [
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: ".spec.replicas",
          },
        ],
      },
      code: 409,
    });
  });

  it("groups several conflicts by manager", () => {
    const live = update(apply(undefined, deployment({ replicas: 1, minReadySeconds: 1 }), "a"), deployment({}), "x");
    const mine = apply(undefined, deployment({ replicas: 1, minReadySeconds: 1 }), "a");
    expect(live.metadata?.managedFields).toBeUndefined();
    const error = failureOf(() => apply(mine, deployment({ replicas: 2, minReadySeconds: 2 }), "b"));
    expect(error.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "a":\n- .spec.minReadySeconds\n- .spec.replicas',
    );
  });

  it("names items of lists in conflicts, and subresources", () => {
    const live = update(undefined, deployment(nginx), "a", { subresource: "scale" });
    const containers = [{ name: "nginx", image: "nginx:2" }];
    const error = failureOf(() => apply(live, deployment({ template: { spec: { containers } } })));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "a" with subresource "scale" using apps/v1: .spec.template.spec.containers[name="nginx"].image',
    );
  });

  it("takes over with force", () => {
    const live = update(undefined, deployment(nginx), "a");
    const next = apply(live, deployment({ replicas: 5 }), "me", { force: true });
    expect(next.spec?.replicas).toBe(5);
    expect(fieldsOf(next, "me")).toEqual({ "f:spec": { "f:replicas": {} } });
    expect(JSON.stringify(fieldsOf(next, "a"))).not.toContain("replicas");
  });

  it("shares a field when both want the same value", () => {
    const live = apply(undefined, deployment({ replicas: 1 }), "a");
    const next = apply(live, deployment({ replicas: 1 }), "b", { time: at(3) });
    expect(entriesOf(next).map((e) => [e.manager, e.time])).toEqual([
      // Upstream notes the time only when something of the object changes.
      ["b", undefined],
      ["a", at(0)],
    ]);
    const without = apply(next, bare(), "a");
    expect(without.spec?.replicas).toBe(1);
    expect(entriesOf(without).map((e) => e.manager)).toEqual(["b"]);
    expect(apply(without, bare(), "b").spec?.replicas).toBeUndefined();
  });

  it("removes list items and map entries that it no longer applies, and only its own", () => {
    const env = (...names: string[]) => ({
      template: { spec: { containers: [{ name: "c", env: names.map((name) => ({ name, value: "1" })) }] } },
    });
    let object = apply(undefined, deployment(env("A", "B"), { labels: { a: "1", b: "1" } }), "a");
    object = apply(object, deployment(env("B", "C"), { labels: { b: "1", c: "1" } }), "b");
    object = apply(object, deployment(env("A"), { labels: { a: "1" } }), "a");
    const names = object.spec?.template.spec?.containers[0]?.env?.map((e) => e.name);
    expect(names?.sort()).toEqual(["A", "B", "C"]);
    object = apply(object, deployment({}), "b");
    expect(object.spec?.template.spec?.containers[0]?.env).toEqual([{ name: "A", value: "1" }]);
    expect(object.metadata?.labels).toEqual({ a: "1" });
  });

  it("identifies ports by their defaulted protocol", () => {
    const service = (ports: object[]): Service =>
      ({ apiVersion: "v1", kind: "Service", metadata: { name: "s", namespace: "n" }, spec: { ports } }) as Service;
    const options = { typeName: "io.k8s.api.core.v1.Service", apiVersion: "v1", kind: "Service" };
    const live = update(undefined, service([{ port: 80, protocol: "TCP", targetPort: 80 }]), "a", options);
    const next = apply<Service>(live, service([{ port: 80, name: "http" }, { port: 443 }]), "me", options);
    expect(next.spec?.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: 80, name: "http" }, { port: 443 }]);
    expect(JSON.stringify(fieldsOf(next, "me"))).toBe(
      JSON.stringify({
        "f:spec": {
          "f:ports": {
            'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {} },
            'k:{"port":443,"protocol":"TCP"}': { ".": {}, "f:port": {} },
          },
        },
      }),
    );
  });

  it("replaces atomic values whole", () => {
    const live = apply(undefined, deployment({ selector: { matchLabels: { a: "1", b: "1" } } }));
    const next = apply(live, deployment({ selector: { matchLabels: { a: "1" } } }));
    expect(next.spec?.selector).toEqual({ matchLabels: { a: "1" } });
  });

  it("removes with a structure what the server had filled in beside it", () => {
    const live = apply(undefined, deployment({ replicas: 1, strategy: { type: "RollingUpdate" } }));
    const rollingUpdate = { maxSurge: 1 };
    live.spec = { ...live.spec, strategy: { type: "RollingUpdate", rollingUpdate } } as Deployment["spec"];
    expect(apply(live, deployment({ replicas: 1 })).spec).toEqual({ replicas: 1 });
  });

  it("keeps what the server had filled in where another still owns the item", () => {
    const one = deployment({ template: { spec: { containers: [{ name: "c", image: "i" }] } } });
    const live = apply(apply(undefined, one, "a"), one, "b");
    live.spec?.template.spec?.containers.forEach((container) => {
      container.imagePullPolicy = "Always";
    });
    const next = apply(live, deployment({ template: { spec: { containers: [] } } }), "a");
    expect(next.spec?.template.spec?.containers).toEqual([{ name: "c", image: "i", imagePullPolicy: "Always" }]);
  });

  it("gives what nobody is recorded for to before-first-apply", () => {
    const error = failureOf(() => apply(deployment(nginx), deployment({ replicas: 1 })));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
  });

  it("lets kubectl take over what it had applied from the client's side", () => {
    const before = deployment({ replicas: 3 });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(before)}\n` };
    const live = update(undefined, deployment(nginx, { annotations }), "kubectl-client-side-apply");
    const next = apply(live, deployment({ replicas: 4 }), "kubectl");
    expect(next.spec?.replicas).toBe(4);
    const kept = next.metadata?.annotations?.["kubectl.kubernetes.io/last-applied-configuration"] ?? "";
    expect(JSON.parse(kept).spec).toEqual({ replicas: 4 });
    expect(failureOf(() => apply(live, deployment({ replicas: 4 }), "other")).code).toBe(409);
  });

  it("ignores status on the object and spec on its status", () => {
    const created = apply(undefined, { ...deployment({ replicas: 1 }), status: { replicas: 9 } });
    expect(JSON.stringify(fieldsOf(created, "me"))).not.toContain("status");
    const next = apply(created, { ...deployment({ replicas: 2 }), status: { replicas: 9 } }, "s", {
      subresource: "status",
      force: true,
    });
    expect(fieldsOf(next, "s")).toEqual({ "f:status": { "f:replicas": {} } });
    expect(entriesOf(next).find((e) => e.manager === "s")?.subresource).toBe("status");
  });

  it.each([
    [{ apiVersion: "apps/v2", kind: "Deployment" }, 400, "invalid object type: apps/v2, Kind=Deployment"],
    [deployment({}, { managedFields: [] }), 400, "metadata.managedFields must be nil"],
    [
      deployment({ nope: 1 }),
      500,
      "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.nope: field not declared in schema",
    ],
    [
      deployment({ template: { spec: { containers: [{ name: "a" }, { name: "a" }] } } }),
      500,
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="a"]',
    ],
    [
      deployment({ replicas: "3" }),
      500,
      "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string",
    ],
  ])("refuses %j", (applied, code, message) => {
    const error = failureOf(() => apply(undefined, applied));
    expect([error.code, error.message]).toEqual([code, message]);
  });
});

describe("properties of apply", () => {
  const value = fc.constantFrom("1", "2", "3");
  const labels = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value, { maxKeys: 4 });
  const items = fc.uniqueArray(fc.record({ name: fc.constantFrom("A", "B", "C", "D"), value }), {
    selector: (e) => e.name,
  });
  const config = fc
    .record({ labels, env: items, replicas: fc.option(fc.nat(5), { nil: undefined }), paused: fc.boolean() })
    .map(({ labels, env, replicas, paused }) =>
      deployment(
        {
          ...(replicas === undefined ? {} : { replicas }),
          ...(paused ? { paused } : {}),
          template: { spec: { containers: [{ name: "c", env }] } },
        },
        { labels },
      ),
    );

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(config, config, config, (first, other, mine) => {
        const live = apply(update(undefined, first, "creator"), other, "other", { force: true });
        const once = apply(live, mine, "me", { force: true, time: at(1) });
        expect(apply(once, mine, "me", { time: at(2) })).toEqual(once);
      }),
    );
  });

  it("restores the object when everything applied is taken back", () => {
    fc.assert(
      fc.property(labels, labels, (theirs, mine) => {
        const live = update(undefined, deployment({ replicas: 1 }, { labels: { keep: "", ...theirs } }), "creator");
        const fresh = Object.fromEntries(Object.entries(mine).filter(([key]) => !(key in theirs)));
        const once = apply(live, bare({ labels: fresh }));
        expect(apply(once, bare())).toEqual(live);
      }),
    );
  });

  it("ends with every applied value in place, whatever was there", () => {
    fc.assert(
      fc.property(config, config, (theirs, mine) => {
        const next = apply(update(undefined, theirs, "creator"), mine, "me", { force: true });
        expect(next.metadata?.labels ?? {}).toMatchObject(mine.metadata?.labels ?? {});
        const env = next.spec?.template.spec?.containers[0]?.env ?? [];
        for (const item of mine.spec?.template.spec?.containers[0]?.env ?? []) expect(env).toContainEqual(item);
      }),
    );
  });

  it("puts applied items in the applied order, and leaves the others in theirs", () => {
    const names = fc.shuffledSubarray(["A", "B", "C", "D", "E", "F"]);
    const env = (all: readonly string[]) =>
      deployment({
        template: { spec: { containers: [{ name: "c", env: all.map((name) => ({ name, value: name })) }] } },
      });
    fc.assert(
      fc.property(names, names, (live, mine) => {
        const next = apply(update(undefined, env(live), "creator"), env(mine), "me", { force: true });
        const order = (next.spec?.template.spec?.containers[0]?.env ?? []).map((e) => e.name);
        expect(order.filter((name) => mine.includes(name))).toEqual(mine);
        const others = live.filter((name) => !mine.includes(name));
        expect(order.filter((name) => !mine.includes(name))).toEqual(others);
      }),
    );
  });

  it("does not change its inputs", () => {
    fc.assert(
      fc.property(config, config, (theirs, mine) => {
        const live = update(undefined, theirs, "creator");
        const before = structuredClone([live, mine]);
        apply(live, mine, "me", { force: true });
        update(live, mine, "me");
        expect([live, mine]).toEqual(before);
      }),
    );
  });

  it("gives every field of a created object exactly one owner through any updates", () => {
    fc.assert(
      fc.property(fc.array(config, { minLength: 1, maxLength: 6 }), (configs) => {
        let live: Deployment | undefined;
        for (const [i, next] of configs.entries()) live = update(live, next, `m${i}`, { time: at(i) });
        const leaves = entriesOf(live as Deployment).flatMap((e) => leavesOf(e.fieldsV1 as object));
        const fromScratch = entriesOf(update(undefined, configs.at(-1) as Deployment, "x"));
        expect(leaves.sort()).toEqual(fromScratch.flatMap((e) => leavesOf(e.fieldsV1 as object)).sort());
      }),
    );
  });
});

const leavesOf = (set: object, path = ""): string[] =>
  Object.entries(set).flatMap(([key, inner]: [string, object]) => {
    const here = `${path}/${key}`;
    return Object.keys(inner).length === 0 ? [here.replace(/\/\.$/, "")] : leavesOf(inner, here);
  });
