import { expect, test } from "vitest";
import { deploymentKind } from "../api/apps/deployment.ts";
import { configMapKind } from "../api/core/configmap.ts";
import { podKind } from "../api/core/pod.ts";
import { pod, testRegistry } from "../testing/registry-fixture.ts";

const key = (name: string) => ({ namespace: "default", name });

test("create fills in what the system owns and keeps the bytes", async () => {
  const { registry, ctx } = await testRegistry();
  const stored = await registry.create(podKind, "default", pod("web"), { fieldManager: "me" }, ctx);
  const { object } = stored;
  expect(object.metadata).toMatchObject({
    name: "web",
    namespace: "default",
    generation: 1,
    resourceVersion: String(stored.revision),
    creationTimestamp: "2025-01-01T00:00:00Z",
  });
  expect(object.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(object.spec?.serviceAccountName).toBe("default");
  expect(object.spec?.tolerations).toHaveLength(2);
  expect(object.metadata?.managedFields?.[0]).toMatchObject({ manager: "me", operation: "Update", apiVersion: "v1" });
  expect(Object.isFrozen(object.spec?.containers)).toBe(true);
  const got = await registry.get(podKind, key("web"), ctx);
  expect(got).toBe(stored);
  expect(JSON.parse(Buffer.from(got.json()).toString())).toEqual(object);
});

test("a deployment: status and scale subresources, conflict, no-op", async () => {
  const { registry, ctx } = await testRegistry();
  const created = await registry.create(
    deploymentKind,
    "default",
    {
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i" }] } },
      },
    },
    {},
    ctx,
  );
  expect(created.object.spec?.replicas).toBe(1);
  const same = await registry.update(deploymentKind, key("web"), created.object, {}, ctx);
  expect(same.stored).toBe(created);
  const { stored: withStatus } = await registry.update(
    deploymentKind,
    key("web"),
    { ...created.object, status: { replicas: 1, observedGeneration: 1 } },
    { subresource: "status" },
    ctx,
  );
  expect(withStatus.object.status?.replicas).toBe(1);
  expect(withStatus.object.metadata?.generation).toBe(1);
  await expect(
    registry.update(
      deploymentKind,
      key("web"),
      { ...created.object, spec: { ...created.object.spec, replicas: 3 } },
      {},
      ctx,
    ),
  ).rejects.toMatchObject({
    code: 409,
    message:
      'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
  });
  const { stored: scaled } = await registry.patch(
    deploymentKind,
    key("web"),
    { type: "merge", body: { spec: { replicas: 4 } }, subresource: "scale" },
    ctx,
  );
  expect(scaled.object).toMatchObject({ kind: "Scale", spec: { replicas: 4 } });
  const tooMany = { type: "merge", body: { spec: { replicas: 99999999999 } }, subresource: "scale" } as const;
  await expect(registry.patch(deploymentKind, key("web"), tooMany, ctx)).rejects.toMatchObject({
    code: 422,
    message: expect.stringContaining(
      "cannot unmarshal number 99999999999 into Go struct field ScaleSpec.spec.replicas of type int32",
    ),
  });
  const { stored: patched } = await registry.patch(
    deploymentKind,
    key("web"),
    { type: "strategic", body: { spec: { template: { spec: { containers: [{ name: "c", image: "j" }] } } } } },
    ctx,
  );
  expect(patched.object.spec?.replicas).toBe(4);
  expect(patched.object.metadata?.generation).toBe(3);
  expect(patched.object.spec?.template?.spec?.containers[0]?.image).toBe("j");
});

test("binding assigns a node once", async () => {
  const { registry, ctx } = await testRegistry();
  await registry.create(podKind, "default", pod("web"), {}, ctx);
  const binding = { metadata: { name: "web" }, target: { kind: "Node", name: "n1" } };
  const refused = async (metadata: object) =>
    (await registry.bind(key("web"), { ...binding, metadata }, {}, ctx).catch((e) => e)).message;
  expect(await refused({})).toBe("name in URL does not match name in Binding object");
  expect(await refused({ name: "web", namespace: "other" })).toBe(
    "the namespace of the provided object does not match the namespace sent on the request",
  );
  expect(await refused({ name: "web", uid: "x" })).toMatch(
    /^Operation cannot be fulfilled on pods "web": StorageError: .* UID in precondition: x, UID in object meta: /,
  );
  const before = (await registry.get(podKind, key("web"), ctx)).object.metadata?.managedFields;
  await registry.bind(key("web"), binding, {}, ctx);
  const { object } = await registry.get(podKind, key("web"), ctx);
  expect(object.spec?.nodeName).toBe("n1");
  expect(object.status?.conditions).toMatchObject([{ type: "PodScheduled", status: "True", lastProbeTime: null }]);
  expect(object.metadata?.managedFields).toEqual(before);
  await expect(registry.bind(key("web"), binding, {}, ctx)).rejects.toMatchObject({
    message: 'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n1"',
  });
});

test("apply creates, merges, conflicts and takes over", async () => {
  const { registry, ctx } = await testRegistry();
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "1" } };
  const first = await registry.patch(configMapKind, key("c"), { type: "apply", body, fieldManager: "one" }, ctx);
  expect(first.created).toBe(true);
  const again = await registry.patch(configMapKind, key("c"), { type: "apply", body, fieldManager: "one" }, ctx);
  expect(again.stored).toBe(first.stored);
  const other = { ...body, data: { a: "2" } };
  await expect(
    registry.patch(configMapKind, key("c"), { type: "apply", body: other, fieldManager: "two" }, ctx),
  ).rejects.toMatchObject({ code: 409, reason: "Conflict" });
  const forced = await registry.patch(
    configMapKind,
    key("c"),
    { type: "apply", body: other, fieldManager: "two", force: true },
    ctx,
  );
  expect(forced.stored.object.data).toEqual({ a: "2" });
});
