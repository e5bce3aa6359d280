import { expect, test } from "vitest";
import type { EndpointSlice, Service } from "../api/generated/types.ts";
import { nodePortsAt, planServices } from "./services.ts";

const service = (spec: Service["spec"]): Service => ({
  metadata: { namespace: "default", name: "web" },
  spec: { clusterIP: "10.96.0.20", type: "ClusterIP", ports: [{ port: 80, protocol: "TCP", name: "http" }], ...spec },
});

type Conditions = { ready?: boolean; serving?: boolean; terminating?: boolean };
const slice = (endpoints: [ip: string, node: string, conditions?: Conditions][], port = 8080): EndpointSlice => ({
  metadata: { namespace: "default", name: "web-abc", labels: { "kubernetes.io/service-name": "web" } },
  addressType: "IPv4",
  ports: [{ name: "http", port, protocol: "TCP" }],
  endpoints: endpoints.map(([ip, nodeName, conditions]) => ({ addresses: [ip], nodeName, conditions })),
});

const ips = (list: readonly { ip: string }[] | undefined) => list?.map((b) => b.ip);
const terminating = { ready: false, serving: true, terminating: true };

test("forwards to ready endpoints on their resolved port", () => {
  const [plan] = planServices(
    [service({})],
    [
      slice([
        ["10.244.0.2", "a"],
        ["10.244.0.3", "a", { ready: false, serving: false }],
      ]),
    ],
    "a",
  );
  expect(plan).toMatchObject({
    id: "default/web:http",
    clusterIP: "10.96.0.20",
    port: 80,
    backends: [{ ip: "10.244.0.2", port: 8080 }],
    drop: false,
  });
});

test("falls back to endpoints that serve while they terminate, only when none is ready", () => {
  const both = slice([
    ["10.244.0.2", "a", terminating],
    ["10.244.0.3", "a"],
  ]);
  expect(ips(planServices([service({})], [both], "a")[0]?.backends)).toEqual(["10.244.0.3"]);
  const one = slice([
    ["10.244.0.2", "a", terminating],
    ["10.244.0.3", "a", { ready: false, serving: false }],
  ]);
  expect(ips(planServices([service({})], [one], "a")[0]?.backends)).toEqual(["10.244.0.2"]);
});

test("internalTrafficPolicy Local uses this node's endpoints and drops when only others have some", () => {
  const local = service({ internalTrafficPolicy: "Local" });
  const slices = [
    slice([
      ["10.244.0.2", "a"],
      ["10.244.1.2", "b"],
    ]),
  ];
  expect(ips(planServices([local], slices, "b")[0]?.backends)).toEqual(["10.244.1.2"]);
  expect(planServices([local], slices, "c")[0]).toMatchObject({ backends: [], drop: true });
  expect(planServices([local], [], "c")[0]).toMatchObject({ backends: [], drop: false });
});

test("headless and ExternalName Services are not proxied", () => {
  expect(planServices([service({ clusterIP: "None" })], [], "a")).toEqual([]);
  expect(planServices([service({ type: "ExternalName", clusterIP: "", externalName: "x.test" })], [], "a")).toEqual([]);
});

test("affinity and node port are carried over", () => {
  const affine = service({
    type: "NodePort",
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 30 } },
    ports: [{ port: 80, name: "http", nodePort: 30_123 }],
  });
  const plan = planServices([affine], [slice([["10.244.1.2", "b"]])], "a");
  expect(plan[0]).toMatchObject({ affinitySeconds: 30, nodePort: 30_123 });
  expect(nodePortsAt("100.64.0.1", plan)).toEqual([
    {
      id: "default/web:http:node",
      protocol: "TCP",
      clusterIP: "100.64.0.1",
      port: 30_123,
      backends: [{ ip: "10.244.1.2", port: 8080 }],
      drop: false,
      masquerade: true,
      affinitySeconds: 30,
    },
  ]);
});

const hinted = (hints: readonly ({ node?: string; zone?: string; ready?: boolean } | undefined)[]): EndpointSlice => {
  const plain = slice(hints.map((_, i) => [`10.244.0.${i + 1}`, `node-${i + 1}`]));
  const endpoints = plain.endpoints.map((endpoint, i) => {
    const { node, zone, ready = true } = hints[i] ?? {};
    return {
      ...endpoint,
      conditions: { ready },
      hints: {
        ...(node ? { forNodes: [{ name: node }] } : {}),
        ...(zone ? { forZones: [{ name: zone }] } : {}),
      },
    };
  });
  return { ...plain, endpoints };
};
const chosen = (hints: Parameters<typeof hinted>[0], node: string, zone?: string) =>
  ips(planServices([service({})], [hinted(hints)], node, zone)[0]?.backends);

test("hints keep connections on the node, or else in the zone, when every ready endpoint has one", () => {
  const both = [
    { node: "a", zone: "east" },
    { node: "b", zone: "east" },
    { node: "c", zone: "west" },
  ];
  expect(chosen(both, "b", "east")).toEqual(["10.244.0.2"]);
  expect(chosen(both, "x", "east")).toEqual(["10.244.0.1", "10.244.0.2"]);
  expect(chosen(both, "x", "north")).toHaveLength(3);
  expect(chosen(both, "x")).toHaveLength(3);
  expect(chosen([{ zone: "east" }, { zone: "west" }], "a", "west")).toEqual(["10.244.0.2"]);
});

test("hints count for nothing when a ready endpoint lacks one", () => {
  expect(chosen([{ node: "a" }, undefined], "a")).toHaveLength(2);
  expect(chosen([{ zone: "east" }, undefined], "a", "east")).toHaveLength(2);
  expect(chosen([{ zone: "east" }, { zone: "west" }, { ready: false }], "a", "east")).toEqual(["10.244.0.1"]);
});

test("traffic that must stay on the node does not ask for hints", () => {
  const local = service({ internalTrafficPolicy: "Local" });
  const slices = [hinted([{ zone: "west" }, { zone: "east" }])];
  expect(ips(planServices([local], slices, "node-1", "east")[0]?.backends)).toEqual(["10.244.0.1"]);
});
