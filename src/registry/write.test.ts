import { expect, test } from "vitest";
import { deploymentKind } from "../api/apps/deployment.ts";
import { configMapKind } from "../api/core/configmap.ts";
import { namespaceKind } from "../api/core/namespace.ts";
import { podKind } from "../api/core/pod.ts";
import { serviceKind } from "../api/core/service.ts";
import type { Random } from "../base/clock.ts";
import { createMemoryStore } from "../store/memory/memory.ts";
import { pod, testContext, testRegistry } from "../testing/registry-fixture.ts";

const at = (name: string) => ({ namespace: "default", name });

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "i:1" }] } },
  },
});

test("generated names have five characters of the alphabet, after a base cut to fit a label", async () => {
  const { registry, ctx } = await testRegistry();
  const create = (generateName: string) =>
    registry.create(podKind, "default", { ...pod(""), metadata: { generateName } }, {}, ctx);
  expect((await create("web-")).object.metadata?.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const long = "a".repeat(100);
  expect((await create(long)).object.metadata?.name).toMatch(/^a{58}[a-z0-9]{5}$/);
});

test("a generated name that is taken is tried again, eight times", async () => {
  let calls = 0;
  /** The same name for the first nine attempts. */
  const random: Random = {
    next: () => (calls++ < 5 * 9 ? 0 : 0.5),
    uuid: () => "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    bytes: (n) => new Uint8Array(n),
  };
  const { registry, ctx } = await testRegistry({ random });
  const create = () => registry.create(configMapKind, "default", { metadata: { generateName: "c-" } }, {}, ctx);
  expect((await create()).object.metadata?.name).toBe("c-bbbbb");
  await expect(create()).rejects.toMatchObject({
    code: 409,
    message: 'configmaps "c-bbbbb" already exists, the server was not able to generate a unique name for the object',
    status: { details: { retryAfterSeconds: 1 } },
  });
  expect((await create()).object.metadata?.name).not.toBe("c-bbbbb");
});

test("unknown fields warn, fail or pass, and are never stored", async () => {
  const { registry } = await testRegistry();
  const body = (name: string) => ({ ...pod(name), spec: { ...pod(name).spec, foo: 1 } });
  const create = async (name: string, fieldValidation?: "Warn" | "Strict" | "Ignore") => {
    const ctx = testContext();
    const { object } = await registry.create(podKind, "default", body(name), { fieldValidation }, ctx);
    expect(object.spec).not.toHaveProperty("foo");
    return ctx.warnings;
  };
  expect(await create("a")).toEqual(['unknown field "spec.foo"']);
  expect(await create("b", "Warn")).toEqual(['unknown field "spec.foo"']);
  expect(await create("c", "Ignore")).toEqual([]);
  await expect(create("d", "Strict")).rejects.toMatchObject({
    code: 400,
    message: 'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo"',
  });
});

test("a body of another type, kind or place is refused", async () => {
  const { registry, ctx } = await testRegistry();
  const create = (body: unknown) => registry.create(podKind, "default", body, {}, ctx).catch((e) => e.message);
  expect(await create([])).toContain("couldn't get version/kind");
  expect(await create({ ...pod("a"), apiVersion: "apps/v1" })).toBe(
    'Pod in version "v1" cannot be handled as a Pod: no kind "Pod" is registered for version "apps/v1" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
  );
  expect(await create({ ...pod("a"), kind: "Secret" })).toContain("cannot be handled as a Pod");
  expect(await create({ ...pod("a"), metadata: { name: "a", namespace: "other" } })).toBe(
    "the namespace of the provided object does not match the namespace sent on the request",
  );
  expect(await create({ ...pod("a"), spec: { containers: "x" } })).toMatch(
    /^Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field/,
  );
  expect(await create({ ...pod("a"), metadata: { name: "a", resourceVersion: "7" } })).toBe(
    "resourceVersion should not be set on objects to be created",
  );
  expect(await create({ ...pod(""), metadata: {} })).toContain("name or generateName is required");
});

test("a name that exists is refused, an absent namespace too", async () => {
  const { registry, ctx } = await testRegistry();
  await registry.create(podKind, "default", pod("a"), {}, ctx);
  await expect(registry.create(podKind, "default", pod("a"), {}, ctx)).rejects.toMatchObject({
    code: 409,
    reason: "AlreadyExists",
    message: 'pods "a" already exists',
  });
  await expect(registry.create(podKind, "nowhere", pod("a"), {}, ctx)).rejects.toMatchObject({
    code: 404,
    message: 'namespaces "nowhere" not found',
  });
});

test("a dry run answers what would be and writes nothing", async () => {
  const { registry, ctx, store } = await testRegistry();
  const dry = { dryRun: true };
  const before = store.progress();
  const created = await registry.create(deploymentKind, "default", deployment("web"), dry, ctx);
  expect(created.object.metadata?.uid).toBeDefined();
  expect(created.object.metadata?.resourceVersion).toBeUndefined();
  expect(store.progress()).toBe(before);
  const real = await registry.create(deploymentKind, "default", deployment("web"), {}, ctx);
  await expect(registry.create(deploymentKind, "default", deployment("web"), dry, ctx)).rejects.toMatchObject({
    code: 409,
  });
  const body = { spec: { replicas: 7 } };
  const patched = await registry.patch(deploymentKind, at("web"), { type: "merge", body, ...dry }, ctx);
  expect(patched.stored.object.spec?.replicas).toBe(7);
  expect(patched.stored.object.metadata?.resourceVersion).toBe(String(real.revision));
  expect(JSON.parse(Buffer.from(patched.stored.json()).toString())).toEqual(patched.stored.object);
  expect(await registry.get(deploymentKind, at("web"), ctx)).toBe(real);
});

test("concurrent patches all count; concurrent updates of one revision do not", async () => {
  const { registry, ctx } = await testRegistry();
  const created = await registry.create(configMapKind, "default", { metadata: { name: "c" } }, {}, ctx);
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      registry.patch(configMapKind, at("c"), { type: "merge", body: { data: { [`k${i}`]: "v" } } }, ctx),
    ),
  );
  const { object } = await registry.get(configMapKind, at("c"), ctx);
  expect(Object.keys(object.data ?? {})).toHaveLength(20);
  await expect(
    registry.update(configMapKind, at("c"), { ...created.object, data: { a: "1" } }, {}, ctx),
  ).rejects.toMatchObject({ code: 409, reason: "Conflict" });
  const { resourceVersion: _, ...metadata } = object.metadata ?? {};
  const blind = { ...object, metadata, data: { only: "this" } };
  const results = await Promise.all([1, 2, 3].map(() => registry.update(configMapKind, at("c"), blind, {}, ctx)));
  expect(results[2]?.stored.object.data).toEqual({ only: "this" });
});

test("a patch of a revision that is past fails", async () => {
  const { registry, ctx } = await testRegistry();
  await registry.create(configMapKind, "default", { metadata: { name: "c" } }, {}, ctx);
  const body = { metadata: { resourceVersion: "1" }, data: { a: "1" } };
  await expect(registry.patch(configMapKind, at("c"), { type: "merge", body }, ctx)).rejects.toMatchObject({
    code: 409,
    message:
      'Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again',
  });
});

test("an update that changes nothing writes nothing", async () => {
  const { registry, ctx, store } = await testRegistry();
  const { stored } = await registry.patch(
    deploymentKind,
    at("web"),
    { type: "apply", body: deployment("web"), fieldManager: "kubectl" },
    ctx,
  );
  const before = store.progress();
  const body = { spec: { replicas: 2 } };
  const again = await registry.patch(deploymentKind, at("web"), { type: "strategic", body, fieldManager: "x" }, ctx);
  expect(again.stored).toBe(stored);
  expect(store.progress()).toBe(before);
});

test("what an update may not touch stays", async () => {
  const { registry, ctx } = await testRegistry();
  const { object } = await registry.create(deploymentKind, "default", deployment("web"), {}, ctx);
  const update = (metadata: object) =>
    registry.update(deploymentKind, at("web"), { ...object, metadata: { ...object.metadata, ...metadata } }, {}, ctx);
  await expect(update({ uid: "other" })).rejects.toMatchObject({ code: 409 });
  await expect(update({ name: "other" })).rejects.toMatchObject({
    code: 400,
    message: "the name of the object (other) does not match the name on the URL (web)",
  });
  const { stored } = await update({ uid: undefined, creationTimestamp: undefined, labels: { a: "b" }, generation: 99 });
  expect(stored.object.metadata).toMatchObject({ uid: object.metadata?.uid, generation: 1, labels: { a: "b" } });
  const again = await update({ resourceVersion: undefined, creationTimestamp: "2001-01-01T00:00:00Z" });
  expect(again.stored.object.metadata?.creationTimestamp).toBe(object.metadata?.creationTimestamp);
});

test("a namespace whose name is generated has its name as a label", async () => {
  const { registry, ctx } = await testRegistry();
  const { object } = await registry.create(namespaceKind, "", { metadata: { generateName: "team-" } }, {}, ctx);
  expect(object.metadata?.labels).toEqual({ "kubernetes.io/metadata.name": object.metadata?.name });
});

test("what only the server says of a new object is forgotten, and nobody's", async () => {
  const { registry, ctx } = await testRegistry();
  const deletionTimestamp = "2001-01-01T00:00:00Z";
  const metadata = { name: "a", uid: "mine", deletionTimestamp, deletionGracePeriodSeconds: 5, generation: 9 };
  const { object } = await registry.create(configMapKind, "default", { metadata }, {}, ctx);
  expect(object.metadata).toMatchObject({ generation: 9 });
  expect(object.metadata?.uid).not.toBe("mine");
  for (const gone of ["deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"])
    expect(object.metadata).not.toHaveProperty(gone);
});

test.each([[[]], [[{}]]])("managed fields are forgotten with %j", async (managedFields) => {
  const { registry, ctx } = await testRegistry();
  const created = await registry.create(
    configMapKind,
    "default",
    { metadata: { name: "a" }, data: { a: "b" } },
    {},
    ctx,
  );
  expect(created.object.metadata?.managedFields).toHaveLength(1);
  const patch = (body: unknown) => registry.patch(configMapKind, at("a"), { type: "merge", body }, ctx);
  expect((await patch({ metadata: { managedFields } })).stored.object.metadata).not.toHaveProperty("managedFields");
  // From now on nobody's fields are noted, until somebody applies.
  expect((await patch({ data: { c: "d" } })).stored.object.metadata).not.toHaveProperty("managedFields");
});

test("another uid is a conflict for an update and a field that may not change for a patch", async () => {
  const { registry, ctx } = await testRegistry();
  await registry.create(configMapKind, "default", { metadata: { name: "a" } }, {}, ctx);
  const metadata = { name: "a", uid: "other" };
  await expect(registry.update(configMapKind, at("a"), { metadata }, {}, ctx)).rejects.toMatchObject({ code: 409 });
  const patched = registry.patch(configMapKind, at("a"), { type: "merge", body: { metadata } }, ctx);
  await expect(patched).rejects.toMatchObject({
    code: 422,
    message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "other": field is immutable',
  });
});

test("who changes a service owns what it wrote, and not the addresses it was given", async () => {
  const { registry, ctx } = await testRegistry();
  const spec = { ports: [{ port: 80 }] };
  await registry.create(serviceKind, "default", { metadata: { name: "s" }, spec }, { fieldManager: "a" }, ctx);
  const body = { spec: { type: "NodePort", clusterIP: null, clusterIPs: null } };
  const { stored } = await registry.patch(serviceKind, at("s"), { type: "merge", body, fieldManager: "b" }, ctx);
  const fields = (manager: string) =>
    stored.object.metadata?.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
  expect(stored.object.spec?.ports?.[0]?.nodePort).toBeGreaterThan(0);
  expect(fields("b")).toEqual({ "f:spec": { "f:externalTrafficPolicy": {}, "f:type": {} } });
});

test("a PUT creates where the kind allows it, else the object is not found", async () => {
  const { registry, ctx } = await testRegistry();
  const missing = { metadata: { name: "new" } };
  const allowing = { ...configMapKind, allowCreateOnUpdate: true };
  expect(await registry.update(allowing, at("new"), missing, {}, ctx)).toMatchObject({ created: true });
  const refusing = { ...configMapKind, allowCreateOnUpdate: false };
  await expect(registry.update(refusing, at("x"), { metadata: { name: "x" } }, {}, ctx)).rejects.toMatchObject({
    code: 404,
  });
});

test("of applies that all create the object one does, and the others change it", async () => {
  const { registry, ctx } = await testRegistry();
  const apply = (manager: string) =>
    registry.patch(
      configMapKind,
      at("c"),
      {
        type: "apply",
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { [manager]: "1" } },
        fieldManager: manager,
      },
      ctx,
    );
  const results = await Promise.all(["x", "y", "z"].map(apply));
  expect(results.filter((r) => r.created)).toHaveLength(1);
  const { object } = await registry.get(configMapKind, at("c"), ctx);
  expect(object.data).toEqual({ x: "1", y: "1", z: "1" });
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "d", uid: "gone" } };
  await expect(
    registry.patch(configMapKind, at("d"), { type: "apply", body, fieldManager: "x" }, ctx),
  ).rejects.toMatchObject({ code: 409, message: expect.stringContaining("no existing object was found") });
});

test("the scale subresource", async () => {
  const { registry, ctx } = await testRegistry();
  await registry.create(deploymentKind, "default", deployment("web"), {}, ctx);
  const { object } = await registry.getScale(deploymentKind, at("web"), ctx);
  expect(object).toMatchObject({
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    spec: { replicas: 2 },
    status: { replicas: 0, selector: "app=web" },
  });
  const put = (spec: object, metadata = {}) =>
    registry.update(
      deploymentKind,
      at("web"),
      { ...object, spec, metadata: { ...object.metadata, ...metadata } },
      { subresource: "scale" },
      ctx,
    );
  await put({ replicas: 5 });
  const { object: scaled } = await registry.get(deploymentKind, at("web"), ctx);
  expect(scaled.spec?.replicas).toBe(5);
  expect(scaled.metadata?.generation).toBe(2);
  await expect(put({ replicas: 6 })).rejects.toMatchObject({ code: 409 });
  await expect(put({ replicas: -1 }, { resourceVersion: "" })).rejects.toMatchObject({
    code: 422,
    message: 'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  });
});

test("finalizers of a namespace change only through finalize", async () => {
  const { registry, ctx } = await testRegistry();
  const key = { namespace: "", name: "team" };
  const { object } = await registry.create(namespaceKind, "", { metadata: { name: "team" } }, {}, ctx);
  const emptied = { ...object, spec: { finalizers: [] } };
  await registry.update(namespaceKind, key, emptied, {}, ctx);
  expect((await registry.get(namespaceKind, key, ctx)).object.spec?.finalizers).toEqual(["kubernetes"]);
  await registry.update(namespaceKind, key, emptied, { subresource: "finalize" }, ctx);
  expect((await registry.get(namespaceKind, key, ctx)).object.spec?.finalizers ?? []).toEqual([]);
});

test("objects read back by another registry are the same", async () => {
  const store = createMemoryStore();
  const first = await testRegistry({ store });
  const created = await first.registry.create(deploymentKind, "default", deployment("web"), {}, first.ctx);
  const bytes = Buffer.from(created.json()).toString();
  const copy = createMemoryStore();
  for (const entry of (await store.list("/")).entries) await copy.commit(entry.key, 0, Buffer.from(entry.value));
  const second = await testRegistry({ store: copy });
  const read = await second.registry.get(deploymentKind, at("web"), second.ctx);
  expect({ ...read.object, metadata: { ...read.object.metadata, resourceVersion: "" } }).toEqual({
    ...created.object,
    metadata: { ...created.object.metadata, resourceVersion: "" },
  });
  expect(
    Buffer.from(read.json())
      .toString()
      .replace(/"resourceVersion":"\d+"/, ""),
  ).toBe(bytes.replace(/"resourceVersion":"\d+"/, ""));
  expect(Object.isFrozen(read.object.spec?.template)).toBe(true);
});

test("whoever does not name a field manager is recorded by the user's name", async () => {
  const { registry } = await testRegistry();
  const ctx = { ...testContext(), user: { name: "system:kube-scheduler", groups: [] } };
  const { object } = await registry.create(
    configMapKind,
    "default",
    { metadata: { name: "c" }, data: { a: "b" } },
    {},
    ctx,
  );
  expect(object.metadata?.managedFields?.[0]?.manager).toBe("kube-scheduler");
});

test("an object's fields are in the order of its bytes: that it was decoded again shows nowhere", async () => {
  const { registry, ctx } = await testRegistry();
  const created = await registry.create(
    podKind,
    "default",
    { ...pod(""), metadata: { generateName: "web-" } },
    {},
    ctx,
  );
  const key = at(created.object.metadata?.name ?? "");
  const body = { metadata: { labels: { a: "b" } } };
  const patched = (await registry.patch(podKind, key, { type: "merge", body, fieldManager: "other" }, ctx)).stored;
  for (const stored of [created, patched]) {
    const { resourceVersion: _, ...metadata } = JSON.parse(Buffer.from(stored.json()).toString()).metadata;
    expect(Object.keys(stored.object.metadata ?? {})).toEqual([...Object.keys(metadata), "resourceVersion"]);
  }
});
