import { afterEach, beforeEach, expect, it } from "vitest";
import type { Namespace } from "../../api/generated/types.ts";
import { configMaps, namespaces, serviceAccounts } from "../../client/kinds.ts";
import { createTestPlane, type TestPlane } from "../../testing/test-plane.ts";
import type { Controller } from "../controller.ts";
import { rootCaController } from "../rootca/controller.ts";
import { serviceAccountController } from "./controller.ts";

let plane: TestPlane;
let controllers: Controller[];
beforeEach(async () => {
  plane = await createTestPlane();
  controllers = [serviceAccountController(plane), rootCaController("PEM")(plane)];
  for (const controller of controllers) await controller.start();
  await plane.client.create<Namespace>(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "new" } });
  await plane.clock.settle();
});
afterEach(async () => {
  for (const controller of controllers) await controller.stop();
  await plane.stop();
});

const key = { namespace: "new", name: "kube-root-ca.crt" };
const accounts = async () =>
  (await plane.client.list(serviceAccounts)).items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);

it("gives every namespace a default ServiceAccount, again when it is deleted", async () => {
  expect(await accounts()).toEqual(["default/default", "new/default"]);
  await plane.client.delete(serviceAccounts, { namespace: "new", name: "default" });
  await plane.clock.settle();
  expect(await accounts()).toEqual(["default/default", "new/default"]);
});

it("gives every namespace the root CA, and puts right what others make of it", async () => {
  const first = await plane.client.get(configMaps, key);
  expect(first.data).toEqual({ "ca.crt": "PEM" });
  expect(first.metadata?.annotations).toEqual({
    "kubernetes.io/description":
      "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
  });
  await plane.client.patch(configMaps, key, { data: { "ca.crt": "forged", more: "x" } }, { type: "merge" });
  await plane.clock.settle();
  expect((await plane.client.get(configMaps, key)).data).toEqual({ "ca.crt": "PEM" });
  await plane.client.delete(configMaps, key);
  await plane.clock.settle();
  expect((await plane.client.get(configMaps, key)).metadata?.uid).not.toBe(first.metadata?.uid);
});

it("gives nothing to a namespace that is going away", async () => {
  await plane.client.delete(namespaces, { name: "new" });
  await plane.client.delete(serviceAccounts, { namespace: "new", name: "default" });
  await plane.client.delete(configMaps, key);
  await plane.clock.settle();
  expect(await accounts()).toEqual(["default/default"]);
  expect((await plane.client.list(configMaps, { namespace: "new" })).items).toEqual([]);
});
