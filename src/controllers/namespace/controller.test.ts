import { afterEach, beforeEach, expect, it } from "vitest";
import type { ConfigMap, Namespace, Pod, ServiceAccount } from "../../api/generated/types.ts";
import { builtinKinds } from "../../api/kinds.ts";
import { isNotFound } from "../../base/errors.ts";
import { configMaps, namespaces, pods, serviceAccounts } from "../../client/kinds.ts";
import { createTestPlane, type TestPlane } from "../../testing/test-plane.ts";
import type { Controller } from "../controller.ts";
import { namespaceController } from "./controller.ts";

let plane: TestPlane;
let controller: Controller;
beforeEach(async () => {
  plane = await createTestPlane();
  controller = namespaceController(builtinKinds)(plane);
  await controller.start();
  await plane.client.create<Namespace>(namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "doomed" },
  });
  const metadata = { name: "default", namespace: "doomed" };
  await plane.client.create<ServiceAccount>(serviceAccounts, { apiVersion: "v1", kind: "ServiceAccount", metadata });
});
afterEach(async () => {
  await controller.stop();
  await plane.stop();
});

const configMap = (finalizers?: string[]) =>
  plane.client.create<ConfigMap>(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "c", namespace: "doomed", ...(finalizers ? { finalizers } : {}) },
  });
const namespace = async (): Promise<Namespace | undefined> => {
  try {
    return await plane.client.get(namespaces, { name: "doomed" });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
const conditions = async () =>
  Object.fromEntries(
    ((await namespace())?.status?.conditions ?? []).map((c) => [c.type, [c.status, c.reason, c.message]]),
  );
const count = async () => (await plane.client.list(configMaps, { namespace: "doomed" })).items.length;

it("lets an empty namespace go, and one with content after it", async () => {
  await configMap();
  await plane.client.delete(namespaces, { name: "doomed" });
  await plane.clock.settle();
  expect(await namespace()).toBeUndefined();
  expect(await count()).toBe(0);
});

it("leaves other namespaces alone", async () => {
  await plane.client.delete(namespaces, { name: "doomed" });
  await plane.clock.settle();
  expect((await plane.client.list(namespaces)).items.map((n) => n.metadata?.name)).toEqual(["default"]);
  expect((await plane.client.list(serviceAccounts)).items.map((a) => a.metadata?.namespace)).toEqual(["default"]);
});

it("says what it waits for, and goes on when it is gone", async () => {
  await configMap(["example.com/keep"]);
  await plane.client.delete(namespaces, { name: "doomed" });
  await plane.clock.settle();
  expect((await namespace())?.status?.phase).toBe("Terminating");
  expect(await conditions()).toEqual({
    NamespaceDeletionDiscoveryFailure: ["False", "ResourcesDiscovered", "All resources successfully discovered"],
    NamespaceDeletionGroupVersionParsingFailure: [
      "False",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    NamespaceDeletionContentFailure: [
      "False",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ],
    NamespaceContentRemaining: [
      "True",
      "SomeResourcesRemain",
      "Some resources are remaining: configmaps. has 1 resource instances",
    ],
    NamespaceFinalizersRemaining: [
      "True",
      "SomeFinalizersRemain",
      "Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances",
    ],
  });
  const key = { namespace: "doomed", name: "c" };
  await plane.client.patch(configMaps, key, { metadata: { finalizers: null } }, { type: "merge" });
  await plane.clock.runUntil(async () => (await namespace()) === undefined, 8_000);
});

it("removes pods before what they use", async () => {
  await configMap();
  const metadata = { name: "p", namespace: "doomed" };
  const spec = { containers: [{ name: "c", image: "i" }], nodeName: "a" };
  await plane.client.create<Pod>(pods, { apiVersion: "v1", kind: "Pod", metadata, spec });
  await plane.client.delete(namespaces, { name: "doomed" });
  await plane.clock.settle();
  expect(await count()).toBe(1);
  expect((await conditions()).NamespaceContentRemaining?.[2]).toBe("All content successfully removed");
  // The agent reports that the containers have stopped; no time passes.
  await plane.client.delete(pods, { namespace: "doomed", name: "p" }, { gracePeriodSeconds: 0 });
  await plane.clock.settle();
  expect(await namespace()).toBeUndefined();
});
