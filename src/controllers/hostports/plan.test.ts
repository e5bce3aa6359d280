import { expect, test } from "vitest";
import type { Service } from "../../api/generated/types.ts";
import { addressRange, planHostPorts } from "./plan.ts";

const range = { prefix: "127.93.7", first: 1, last: 3 };
const service = (spec: Service["spec"], ip?: string): Service => ({
  metadata: { namespace: "default", name: "web" },
  spec,
  ...(ip ? { status: { loadBalancer: { ingress: [{ ip }] } } } : {}),
});
const balanced = (ip?: string) =>
  service({ type: "LoadBalancer", ports: [{ port: 80, name: "http", nodePort: 30_100 }] }, ip);
const nothing = new Set<string>();

test("a node port is served on 127.0.0.1", () => {
  const plan = planHostPorts(service({ type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] }), range, nothing);
  expect(plan.address).toBeUndefined();
  expect(plan.listeners).toMatchObject([{ address: "127.0.0.1", port: 30_080, portId: "default/web:80" }]);
});

test("a LoadBalancer has an address of its own beside its node port, and a port to fall back to", () => {
  const plan = planHostPorts(balanced(), range, new Set(["127.93.7.1"]));
  expect(plan.address).toBe("127.93.7.2");
  expect(plan.listeners).toMatchObject([
    { address: "127.0.0.1", port: 30_100 },
    { address: "127.93.7.2", port: 80, unprivileged: 30_100, use: "loadBalancer" },
  ]);
});

test("it keeps the address it has, unless another has it too", () => {
  expect(planHostPorts(balanced("127.93.7.3"), range, nothing).address).toBe("127.93.7.3");
  expect(planHostPorts(balanced("127.93.7.3"), range, new Set(["127.93.7.3"])).address).toBe("127.93.7.1");
});

test("a range that is used up gives no address and no listener for it", () => {
  const plan = planHostPorts(balanced(), range, new Set(["127.93.7.1", "127.93.7.2", "127.93.7.3"]));
  expect(plan.address).toBeUndefined();
  expect(plan.listeners.map((l) => l.address)).toEqual(["127.0.0.1"]);
  expect(plan.unmet).toEqual([
    {
      reason: "SyncLoadBalancerFailed",
      message: "Error syncing load balancer: all addresses from 127.93.7.1 to 127.93.7.3 are in use",
    },
  ]);
});

test("ClusterIP Services, deleted ones and other load balancer classes want nothing", () => {
  expect(planHostPorts(service({ type: "ClusterIP", ports: [{ port: 80 }] }), range, nothing).listeners).toEqual([]);
  const leaving = balanced();
  leaving.metadata = { ...leaving.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
  expect(planHostPorts(leaving, range, nothing).listeners).toEqual([]);
  const foreign = service({ type: "LoadBalancer", loadBalancerClass: "example.com/x", ports: [{ port: 80 }] });
  expect(planHostPorts(foreign, range, nothing).address).toBeUndefined();
});

test("UDP is named as not served from the host", () => {
  const dns = service({ type: "NodePort", ports: [{ port: 53, protocol: "UDP", nodePort: 30_053 }] });
  expect(planHostPorts(dns, range, nothing)).toMatchObject({
    listeners: [],
    unmet: [{ reason: "UnsupportedProtocol" }],
  });
});

test("health checks and external IPs are named as not served", () => {
  const local = service({ type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 31_000 });
  expect(planHostPorts(local, range, nothing).unmet.map(({ reason }) => reason)).toEqual([
    "UnsupportedHealthCheckNodePort",
  ]);
  const external = service({ type: "ClusterIP", externalIPs: ["192.0.2.1"], ports: [{ port: 80 }] });
  expect(planHostPorts(external, range, nothing).unmet).toEqual([
    {
      reason: "UnsupportedExternalIPs",
      message: "nothing is forwarded from 192.0.2.1: wherry does not serve external IPs",
    },
  ]);
});

test("the address range follows from the cluster's uid and stays clear of 127.0", () => {
  for (const uid of ["a", "b", "5f0c", "cluster"]) {
    const [, second] = addressRange(uid).prefix.split(".").map(Number);
    expect(second).toBeGreaterThanOrEqual(64);
    expect(second).toBeLessThan(254);
  }
  expect(addressRange("a")).toEqual(addressRange("a"));
});
