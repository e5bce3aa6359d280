import { afterEach, beforeEach, expect, it } from "vitest";
import type { Endpoints, Service } from "../../api/generated/types.ts";
import { endpointSlices, endpoints, events, services } from "../../client/kinds.ts";
import { createTestPlane, type TestPlane } from "../../testing/test-plane.ts";
import type { Controller } from "../controller.ts";
import { endpointsController } from "../endpoints/controller.ts";
import { endpointSliceMirroringController } from "./controller.ts";

let plane: TestPlane;
let controllers: Controller[];
beforeEach(async () => {
  plane = await createTestPlane();
  controllers = [endpointSliceMirroringController(plane), endpointsController(plane)];
  for (const controller of controllers) await controller.start();
});
afterEach(async () => {
  for (const controller of controllers) await controller.stop();
  await plane.stop();
});

const key = { namespace: "default", name: "db" };
const serve = (spec: Service["spec"] = { ports: [{ port: 5432 }] }) =>
  plane.client.create(services, { metadata: key, spec });
const publish = (subsets: Endpoints["subsets"], metadata: Endpoints["metadata"] = {}) =>
  plane.client.create(endpoints, { metadata: { ...key, ...metadata }, subsets });
const mirrored = async () => {
  await plane.clock.advance(6_000);
  const { items } = await plane.client.list(endpointSlices, { namespace: "default" });
  return items.map(({ addressType, endpoints, ports }) => ({
    addressType,
    addresses: endpoints?.map((e) => `${e.addresses[0]} ${e.conditions?.ready}`).sort(),
    ports: ports?.map((p) => `${p.name}:${p.port}`),
  }));
};

it("shows what is written as Endpoints of a Service without a selector", async () => {
  await serve();
  await publish(
    [{ addresses: [{ ip: "192.0.2.1" }], notReadyAddresses: [{ ip: "192.0.2.2" }], ports: [{ port: 5432 }] }],
    { labels: { tier: "data" }, annotations: { note: "by hand" } },
  );
  expect(await mirrored()).toEqual([
    { addressType: "IPv4", addresses: ["192.0.2.1 true", "192.0.2.2 false"], ports: [":5432"] },
  ]);
  const [slice] = (await plane.client.list(endpointSlices, { namespace: "default" })).items;
  expect(slice?.metadata).toMatchObject({
    labels: {
      tier: "data",
      "kubernetes.io/service-name": "db",
      "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    },
    annotations: { note: "by hand" },
    ownerReferences: [{ kind: "Endpoints", name: "db", controller: true }],
  });

  await plane.client.patch(
    endpoints,
    key,
    {
      subsets: [
        { addresses: [{ ip: "192.0.2.3" }, { ip: "2001:db8::1" }], ports: [{ port: 5432 }] },
        { addresses: [{ ip: "192.0.2.4" }], ports: [{ port: 5433 }] },
      ],
    },
    { type: "merge" },
  );
  expect((await mirrored()).map((s) => s.addresses?.join()).sort()).toEqual([
    "192.0.2.3 true",
    "192.0.2.4 true",
    "2001:db8::1 true",
  ]);
});

it("writes nothing when nothing changed", async () => {
  await serve();
  await publish([{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 5432 }] }]);
  await mirrored();
  const version = async () =>
    (await plane.client.list(endpointSlices, { namespace: "default" })).items[0]?.metadata?.resourceVersion;
  const before = await version();
  await plane.client.patch(
    endpoints,
    key,
    { metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } } },
    { type: "merge" },
  );
  await mirrored();
  expect(await version()).toBe(before);
});

it("leaves alone what is not for it, and takes back what no longer is", async () => {
  await publish([{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 5432 }] }]);
  expect(await mirrored()).toEqual([]);
  await serve();
  expect(await mirrored()).toHaveLength(1);
  await plane.client.patch(
    endpoints,
    key,
    { metadata: { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } } },
    { type: "merge" },
  );
  expect(await mirrored()).toEqual([]);
  await plane.client.patch(endpoints, key, { metadata: { labels: null } }, { type: "merge" });
  expect(await mirrored()).toHaveLength(1);
  await plane.client.patch(services, key, { spec: { selector: { app: "db" } } }, { type: "merge" });
  expect(await mirrored()).toEqual([]);
});

it("goes with its Endpoints", async () => {
  await serve();
  await publish([{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 5432 }] }]);
  expect(await mirrored()).toHaveLength(1);
  await plane.client.delete(endpoints, key);
  expect(await mirrored()).toEqual([]);
});

it("mirrors a thousand addresses of a subset, and says what it leaves out", async () => {
  await serve();
  const addresses = Array.from({ length: 1001 }, (_, i) => ({ ip: `192.0.${Math.floor(i / 250)}.${(i % 250) + 1}` }));
  await publish([{ addresses, ports: [{ port: 5432 }] }]);
  expect((await mirrored())[0]?.addresses).toHaveLength(1000);
  expect((await plane.client.list(events)).items.map((e) => e.message)).toContain(
    "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 1 addresses were skipped",
  );
});
