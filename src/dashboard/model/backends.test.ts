import { expect, test } from "vitest";
import type { EndpointSlice, Pod, Service } from "../../api/generated/types.ts";
import { backendsOf } from "./backends.ts";

const pod = (name: string, labels: Record<string, string>, status: object = { phase: "Running", podIP: "10.0.0.9" }) =>
  ({ metadata: { name, labels }, spec: { containers: [] }, status }) as unknown as Pod;
const service = (selector?: Record<string, string>) => ({ spec: { selector } }) as unknown as Service;
const slice = (...endpoints: object[]) =>
  ({ addressType: "IPv4", ports: [{ name: "", port: 8080 }], endpoints }) as unknown as EndpointSlice;
const endpoint = (name: string, conditions: object) => ({
  addresses: ["10.0.0.1"],
  conditions,
  targetRef: { kind: "Pod", name },
});

test("a pod that the selector picks is behind the Service, with an endpoint or without", () => {
  const pods = [pod("a", { app: "web" }), pod("b", { app: "web" }, { phase: "Pending" }), pod("c", { app: "db" })];
  const backends = backendsOf(service({ app: "web" }), [slice(endpoint("a", { ready: true }))], pods);
  expect(backends.map(({ id, ready, address, ports }) => ({ id, ready, address, ports }))).toEqual([
    { id: "pod a", ready: true, address: "10.0.0.1", ports: [{ name: "", port: 8080 }] },
    { id: "pod b", ready: false, address: "", ports: [] },
  ]);
});

test("a pod that stops gets nothing new and still answers; one that has ended is not there", () => {
  const pods = [pod("a", { app: "web" }), pod("b", { app: "web" }, { phase: "Failed" })];
  const stopping = endpoint("a", { ready: false, serving: true, terminating: true });
  expect(backendsOf(service({ app: "web" }), [slice(stopping)], pods)).toMatchObject([
    { id: "pod a", ready: false, draining: true },
  ]);
});

test("endpoints kept by hand count without a selector, and an empty selector picks nothing", () => {
  const byHand = { addresses: ["192.0.2.1"], conditions: {} };
  expect(backendsOf(service(), [slice(byHand)], [pod("a", {})])).toMatchObject([
    { id: "address 192.0.2.1", ready: true },
  ]);
  expect(backendsOf(service({}), [], [pod("a", {})])).toEqual([]);
});
