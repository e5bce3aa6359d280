import { expect, test } from "vitest";
import { configMapKind } from "../../api/core/configmap.ts";
import { namespaceKind } from "../../api/core/namespace.ts";
import { podKind } from "../../api/core/pod.ts";
import { serviceAccountKind } from "../../api/core/serviceaccount.ts";
import type { PodSpec, Volume } from "../../api/generated/types.ts";
import { pod, testRegistry } from "../../testing/registry-fixture.ts";

async function plane() {
  const p = await testRegistry();
  const create = async (name: string, spec: Partial<PodSpec> = {}, namespace = "default") => {
    const body = { ...pod(name), spec: { ...pod(name).spec, ...spec } };
    return (await p.registry.create(podKind, namespace, body, {}, p.ctx)).object.spec;
  };
  return { ...p, create };
}

test("a pod gets the default service account and its pull secrets", async () => {
  const { registry, ctx, create } = await plane();
  const body = { imagePullSecrets: [{ name: "registry" }] };
  await registry.patch(serviceAccountKind, { namespace: "default", name: "default" }, { type: "merge", body }, ctx);
  expect(await create("a")).toMatchObject({
    serviceAccountName: "default",
    serviceAccount: "default",
    imagePullSecrets: [{ name: "registry" }],
  });
  expect(await create("b", { imagePullSecrets: [{ name: "own" }] })).toMatchObject({
    imagePullSecrets: [{ name: "own" }],
  });
});

test("a service account that is not there is refused", async () => {
  const { create } = await plane();
  await expect(create("a", { serviceAccountName: "robot" })).rejects.toMatchObject({
    code: 403,
    message: 'pods "a" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
  });
});

test("a new namespace's default account is waited for, a second at most", async () => {
  const { registry, ctx, clock, create } = await plane();
  await registry.create(namespaceKind, "", { metadata: { name: "team" } }, {}, ctx);
  const early = create("a", {}, "team");
  await clock.advance(350);
  await registry.create(serviceAccountKind, "team", { metadata: { name: "default" } }, {}, ctx);
  await clock.advance(100);
  expect((await early)?.serviceAccountName).toBe("default");

  await registry.create(namespaceKind, "", { metadata: { name: "empty" } }, {}, ctx);
  const refused = expect(create("a", {}, "empty")).rejects.toMatchObject({
    code: 403,
    message:
      'pods "a" is forbidden: error looking up service account empty/default: serviceaccount "default" not found',
  });
  await clock.advance(1000);
  await refused;
});

test("containers find a token of their account, unless pod or account decline", async () => {
  const { registry, ctx } = await testRegistry({ mountTokens: true });
  const create = async (name: string, spec: Partial<PodSpec> = {}) =>
    (await registry.create(podKind, "default", { ...pod(name), spec: { ...pod(name).spec, ...spec } }, {}, ctx)).object
      .spec;
  const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
  await expect(create("none", { containers: undefined, volumes: [{} as Volume] })).rejects.toMatchObject({ code: 422 });
  const spec = await create("a", { initContainers: [{ name: "init", image: "i" }] });
  const volume = spec?.volumes?.[0];
  expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(volume?.projected).toEqual({
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  });
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    expect(container.volumeMounts).toEqual([{ name: volume?.name, readOnly: true, mountPath }]);
  }
  const own = { name: "own", emptyDir: {} };
  const covered = await create("b", {
    volumes: [own],
    containers: [{ name: "main", image: "i", volumeMounts: [{ name: "own", mountPath }] }],
  });
  expect(covered?.volumes).toHaveLength(1);
  expect((await create("c", { automountServiceAccountToken: false }))?.volumes ?? []).toEqual([]);
  const body = { automountServiceAccountToken: false };
  await registry.patch(serviceAccountKind, { namespace: "default", name: "default" }, { type: "merge", body }, ctx);
  expect((await create("d"))?.volumes ?? []).toEqual([]);
  expect((await create("e", { automountServiceAccountToken: true }))?.volumes).toHaveLength(1);
});

test("a pod tolerates a lost node for five minutes, unless it says otherwise", async () => {
  const { create } = await plane();
  expect((await create("a"))?.tolerations).toEqual([
    { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
  ]);
  const own = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 };
  const tolerations = (await create("b", { tolerations: [own] }))?.tolerations;
  expect(tolerations?.map((t) => [t.key, t.tolerationSeconds])).toEqual([
    ["node.kubernetes.io/not-ready", 5],
    ["node.kubernetes.io/unreachable", 300],
  ]);
  expect((await create("c", { tolerations: [{ operator: "Exists" }] }))?.tolerations).toHaveLength(1);
});

test("priority", async () => {
  const { create } = await plane();
  expect(await create("a")).toMatchObject({ priority: 0, preemptionPolicy: "PreemptLowerPriority" });
  expect(await create("b", { priorityClassName: "system-node-critical" })).toMatchObject({ priority: 2_000_001_000 });
  await expect(create("c", { priorityClassName: "foo" })).rejects.toMatchObject({
    code: 403,
    message: 'pods "c" is forbidden: no PriorityClass with name foo was found',
  });
  await expect(create("d", { priority: 7 })).rejects.toMatchObject({ code: 403 });
});

test("a generated name is shown by its prefix", async () => {
  const { registry, ctx } = await plane();
  const body = { ...pod(""), metadata: { generateName: "web-" }, spec: { ...pod("").spec, serviceAccountName: "no" } };
  await expect(registry.create(podKind, "default", body, {}, ctx)).rejects.toMatchObject({
    message: expect.stringMatching(/^pods "web-" is forbidden: /),
  });
});

test("plugins of the embedder run last", async () => {
  const seen: string[] = [];
  const { registry, ctx } = await testRegistry({
    admission: [
      {
        name: "Recorder",
        admit: ({ operation, kind, name, object }) => {
          seen.push(`${operation} ${kind.plural} ${name} ${Object.keys(object ?? {}).length > 0}`);
        },
      },
    ],
  });
  seen.length = 0;
  await registry.create(configMapKind, "default", { metadata: { name: "c" } }, {}, ctx);
  const key = { namespace: "default", name: "c" };
  await registry.patch(configMapKind, key, { type: "merge", body: { data: { a: "b" } } }, ctx);
  await registry.delete(configMapKind, key, {}, ctx);
  expect(seen).toEqual(["CREATE configmaps c true", "UPDATE configmaps c true", "DELETE configmaps c false"]);
});
