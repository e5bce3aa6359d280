import { afterEach, beforeEach, expect, it } from "vitest";
import type { Pod, Service } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { endpointSlices, endpoints, pods, services } from "../../client/kinds.ts";
import { addNode, createTestPlane, type TestPlane } from "../../testing/test-plane.ts";
import type { Controller } from "../controller.ts";
import { endpointsController } from "../endpoints/controller.ts";
import { endpointSliceController } from "./controller.ts";

let plane: TestPlane;
let controllers: Controller[];
beforeEach(async () => {
  plane = await createTestPlane();
  controllers = [endpointSliceController(plane), endpointsController(plane)];
  for (const controller of controllers) await controller.start();
});
afterEach(async () => {
  for (const controller of controllers) await controller.stop();
  await plane.stop();
});

const expose = (more: Partial<Service["spec"]> = {}) =>
  plane.client.create<Service>(services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }], ...more },
  });
const start = (i: number, labels: Record<string, string> = { app: "web" }) =>
  plane.client.create<Pod>(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `web-${i}`, namespace: "default", labels },
    spec: { containers: [{ name: "c", image: "i" }], nodeName: "a" },
  });
const report = (i: number, ready: boolean) => {
  const lastTransitionTime = formatTime(plane.clock.now());
  const status = {
    phase: "Running",
    podIP: `10.0.0.${i}`,
    podIPs: [{ ip: `10.0.0.${i}` }],
    conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime }],
  };
  const key = { namespace: "default", name: `web-${i}` };
  return plane.client.patch(pods, key, { status }, { type: "strategic", subresource: "status" });
};
const slices = async () => (await plane.client.list(endpointSlices, { namespace: "default" })).items;
const seen = async () =>
  (await slices()).flatMap((s) => s.endpoints.map((e) => `${e.addresses[0]} ${e.conditions?.ready}`)).sort();
const legacy = async () =>
  (await plane.client.get(endpoints, { namespace: "default", name: "web" })).subsets?.map((s) => [
    s.addresses?.map((a) => a.ip) ?? [],
    s.notReadyAddresses?.map((a) => a.ip) ?? [],
    s.ports?.map((p) => p.port) ?? [],
  ]);

it("follows pods through their lives", async () => {
  await addNode(plane, "a");
  await expose();
  await plane.clock.settle();
  expect((await slices()).map((s) => s.endpoints)).toEqual([[]]);
  await start(1);
  await start(2);
  await start(3, { app: "other" });
  await plane.clock.settle();
  expect(await seen()).toEqual([]);
  await report(1, true);
  await report(2, false);
  await report(3, true);
  await plane.clock.settle();
  expect(await seen()).toEqual(["10.0.0.1 true", "10.0.0.2 false"]);
  expect(await legacy()).toEqual([[["10.0.0.1"], ["10.0.0.2"], [8080]]]);
  await report(2, true);
  await plane.client.delete(pods, { namespace: "default", name: "web-1" });
  await plane.clock.settle();
  expect(await seen()).toEqual(["10.0.0.1 false", "10.0.0.2 true"]);
  expect(await legacy()).toEqual([[["10.0.0.2"], [], [8080]]]);
  await plane.client.delete(pods, { namespace: "default", name: "web-1" }, { gracePeriodSeconds: 0 });
  await plane.clock.settle();
  expect(await seen()).toEqual(["10.0.0.2 true"]);
  expect(await slices()).toHaveLength(1);
});

it("does each thing once, however many pods come at a time", async () => {
  await addNode(plane, "a");
  await expose();
  await plane.clock.settle();
  await Promise.all(Array.from({ length: 120 }, (_, i) => start(i + 1)));
  for (let i = 1; i <= 120; i++) {
    await report(i, true);
    if (i % 10 === 0) await plane.clock.settle();
  }
  await plane.clock.advance(10_000);
  expect((await slices()).map((s) => s.endpoints.length).sort((a, b) => a - b)).toEqual([20, 100]);
  expect(new Set(await seen()).size).toBe(120);
});

it("adds a pod when its node appears", async () => {
  await expose();
  await start(1);
  await report(1, true);
  await plane.clock.settle();
  expect(await seen()).toEqual([]);
  await addNode(plane, "a");
  await plane.clock.settle();
  expect(await seen()).toEqual(["10.0.0.1 true"]);
});

it("notes when the change happened that it follows", async () => {
  await addNode(plane, "a");
  await expose();
  await plane.clock.settle();
  await plane.clock.advance(60_000);
  await start(1);
  const at = formatTime(plane.clock.now());
  await report(1, true);
  await plane.clock.settle();
  const annotation = "endpoints.kubernetes.io/last-change-trigger-time";
  expect((await slices())[0]?.metadata?.annotations?.[annotation]).toBe(at);
  const object = await plane.client.get(endpoints, { namespace: "default", name: "web" });
  expect(object.metadata?.annotations?.[annotation]).toBe(at);
});

it("leaves Services without a selector to others", async () => {
  await expose({ selector: undefined });
  await plane.clock.settle();
  expect(await slices()).toEqual([]);
});

it("removes Endpoints with their Service, and puts back what others change", async () => {
  await addNode(plane, "a");
  await expose();
  await start(1);
  await report(1, true);
  await plane.clock.settle();
  const key = { namespace: "default", name: "web" };
  await plane.client.patch(endpoints, key, { subsets: null }, { type: "merge" });
  const [slice] = await slices();
  await plane.client.delete(endpointSlices, { namespace: "default", name: slice?.metadata?.name ?? "" });
  await plane.clock.advance(10_000);
  expect(await legacy()).toEqual([[["10.0.0.1"], [], [8080]]]);
  expect(await seen()).toEqual(["10.0.0.1 true"]);
  await plane.client.delete(services, key);
  await plane.clock.settle();
  expect((await plane.client.list(endpoints, { namespace: "default" })).items).toEqual([]);
});
