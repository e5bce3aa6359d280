/** The Deployment controller over the real registry: what goes wrong on the way, and what it does then. */
import { afterEach, describe, expect, test } from "vitest";
import type { Deployment, Namespace, ReplicaSet } from "../../api/generated/types.ts";
import { StatusError } from "../../base/errors.ts";
import { deployments, namespaces, replicaSets } from "../../client/kinds.ts";
import { controllerStarts, isCall, said } from "../../testing/controller-fixture.ts";
import type { Call } from "../../testing/intercept.ts";
import type { TestPlane } from "../../testing/test-plane.ts";
import { deploymentController } from "./controller.ts";
import { templateHash } from "./pod-template.ts";

const start = controllerStarts(afterEach, deploymentController);

const key = { namespace: "default", name: "web" };
const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});
const web = (spec: object = {}, metadata: object = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { ...key, ...metadata },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: template("app:1"), ...spec },
});
const sets = async (plane: TestPlane) => (await plane.client.list(replicaSets, { namespace: "default" })).items;
const condition = async (plane: TestPlane) =>
  (await plane.client.get(deployments, key)).status?.conditions?.find(({ type }) => type === "Progressing");
const isCreate = isCall("create", "ReplicaSet");
const never = { progressDeadlineSeconds: 2_147_483_647 };

describe("a ReplicaSet that cannot be created", () => {
  const refuse = (call: Call) => {
    if (isCreate(call)) throw new StatusError(403, "Forbidden", "no more of these");
  };

  test("is told in a condition and an event", async () => {
    const plane = await start(refuse);
    await plane.client.create(deployments, web());
    await plane.clock.advance(3);
    const name = `web-${templateHash((await plane.client.get(deployments, key)).spec?.template ?? {}, undefined)}`;
    const message = `Failed to create new replica set "${name}": no more of these`;
    expect(await condition(plane)).toMatchObject({ status: "False", reason: "ReplicaSetCreateError", message });
    expect(await said(plane)).toEqual([`deployment-controller Warning ReplicaSetCreateError: ${message}`]);
  });

  test("is told in an event alone when there is no deadline", async () => {
    const plane = await start(refuse);
    await plane.client.create(deployments, web(never));
    await plane.clock.advance(3);
    expect(await condition(plane)).toBeUndefined();
    expect(await said(plane)).toHaveLength(1);
  });

  test("is tried again after 5 ms, then after twice as long each time, 15 times; then with the next event", async () => {
    const times: number[] = [];
    const plane = await start((call) => {
      if (isCreate(call)) times.push(plane.clock.now());
      refuse(call);
    });
    await plane.client.create(deployments, web(never));
    await plane.clock.advance(3_600_000);
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(waits).toEqual(Array.from({ length: 15 }, (_, i) => 5 * 2 ** i));
    await plane.client.patch(deployments, key, { metadata: { annotations: { a: "b" } } }, { type: "merge" });
    await plane.clock.advance(1);
    expect(times).toHaveLength(17);
  });

  test("because its namespace is being deleted is neither told nor tried again", async () => {
    let tries = 0;
    const plane = await start((call) => {
      if (!isCreate(call)) return;
      tries++;
      const causes = [{ reason: "NamespaceTerminating", message: "", field: "metadata.namespace" }];
      throw new StatusError(403, "Forbidden", "being terminated", { causes });
    });
    await plane.client.create(deployments, web());
    await plane.clock.advance(60_000);
    expect(tries).toBe(1);
    expect(await said(plane)).toEqual([]);
    expect(await condition(plane)).toBeUndefined();
  });
});

describe("a ReplicaSet whose name is taken", () => {
  const taken = async (plane: TestPlane, count: number | undefined, more: Partial<ReplicaSet> = {}) => {
    const stored = await plane.client.create(deployments, web({ paused: true }), { dryRun: true });
    const hash = templateHash(stored.spec?.template ?? {}, count);
    return plane.client.create(replicaSets, {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: `web-${hash}`, namespace: "default" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "x" } },
        template: { ...template("x"), metadata: { labels: { app: "x" } } },
      },
      ...more,
    });
  };

  test("gets another hash, and another if need be; each collision counts", async () => {
    const plane = await start();
    for (const count of [undefined, 1, 2]) await taken(plane, count);
    await plane.client.create(deployments, web());
    await plane.clock.advance(1000);
    const { status } = await plane.client.get(deployments, key);
    expect(status?.collisionCount).toBe(3);
    const own = (await sets(plane)).find(({ spec }) => spec?.selector.matchLabels?.app === "web");
    const hash = templateHash((await plane.client.get(deployments, key)).spec?.template ?? {}, 3);
    expect(own?.metadata?.name).toBe(`web-${hash}`);
    expect(own?.metadata?.labels?.["pod-template-hash"]).toBe(hash);
  });

  test("by itself, created by a sync that the cache does not show, is no collision", async () => {
    let created = 0;
    const plane = await start(async (call) => {
      // Somebody is faster by just one request: the same controller, before it was killed.
      if (!isCreate(call) || created++ > 0) return;
      const { metadata, spec } = await plane.client.get(deployments, key);
      const hash = templateHash(spec?.template ?? {}, undefined);
      const labels = { app: "web", "pod-template-hash": hash };
      const owner = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: "web",
        uid: metadata?.uid ?? "",
        controller: true,
      };
      await plane.client.create(replicaSets, {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name: call.name, namespace: "default", labels, ownerReferences: [owner] },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { ...template("app:1"), metadata: { labels } },
        },
      });
    });
    await plane.client.create(deployments, web());
    await plane.clock.advance(60_000);
    expect((await plane.client.get(deployments, key)).status?.collisionCount).toBeUndefined();
    expect(await sets(plane)).toHaveLength(1);
    expect((await sets(plane))[0]?.metadata?.annotations?.["deployment.kubernetes.io/revision"]).toBe("1");
  });
});

describe("adoption", () => {
  const orphan = (name: string, labels: Record<string, string>): ReplicaSet => ({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name, namespace: "default", labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { ...template("app:0"), metadata: { labels } } },
  });

  test("an orphan that matches becomes an old ReplicaSet and is scaled down; one that does not is left", async () => {
    const plane = await start();
    await plane.client.create(deployments, web());
    await plane.clock.advance(10);
    const [name = ""] = (await sets(plane)).map(({ metadata }) => metadata?.name ?? "");
    const status = { replicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: 1 };
    await plane.client.patch(replicaSets, { ...key, name }, { status }, { type: "merge", subresource: "status" });
    await plane.client.create(replicaSets, orphan("mine", { app: "web", v: "0" }));
    await plane.client.create(replicaSets, orphan("other", { app: "other" }));
    await plane.clock.advance(10);
    const owners = Object.fromEntries(
      (await sets(plane)).map(({ metadata, spec }) => [
        metadata?.name,
        [metadata?.ownerReferences?.[0]?.name, spec?.replicas],
      ]),
    );
    expect(owners).toMatchObject({ mine: ["web", 0], other: [undefined, 1] });
  });

  test("a ReplicaSet whose labels are taken away is released, and a new one is made", async () => {
    const plane = await start();
    await plane.client.create(deployments, web());
    await plane.clock.advance(10);
    const [first] = await sets(plane);
    const name = first?.metadata?.name ?? "";
    await plane.client.patch(replicaSets, { ...key, name }, { metadata: { labels: { app: null } } }, { type: "merge" });
    await plane.clock.advance(1000);
    const after = await sets(plane);
    expect(after).toHaveLength(2);
    expect(after.find(({ metadata }) => metadata?.name === name)?.metadata?.ownerReferences).toBeUndefined();
    expect((await plane.client.get(deployments, key)).status?.collisionCount).toBe(1);
  });
});

test("a Deployment that is being deleted changes nothing but its status", async () => {
  const plane = await start();
  await plane.client.create(deployments, web({}, { finalizers: ["example.com/hold"] }));
  await plane.clock.advance(10);
  await plane.client.delete(deployments, key);
  await plane.client.patch(
    deployments,
    key,
    { spec: { replicas: 9, template: template("app:2") } },
    { type: "strategic" },
  );
  await plane.clock.advance(1000);
  expect((await sets(plane)).map(({ spec }) => [spec?.replicas, spec?.template?.spec?.containers[0]?.image])).toEqual([
    [2, "app:1"],
  ]);
  const { metadata, status } = await plane.client.get(deployments, key);
  expect(status?.observedGeneration).toBe(metadata?.generation);
});

test("a Deployment in a namespace that is deleted ends with it", async () => {
  const plane = await start();
  const namespace: Namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "short" } };
  await plane.client.create(namespaces, namespace);
  await plane.client.create(deployments, web({}, { namespace: "short" }));
  await plane.client.delete(namespaces, { name: "short" });
  await plane.clock.advance(1000);
  expect((await plane.client.list(replicaSets, { namespace: "short" })).items).toHaveLength(0);
});
