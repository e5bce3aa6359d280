import { expect, test } from "vitest";
import { serviceKind } from "../../api/core/service.ts";
import { testRegistry } from "../../testing/registry-fixture.ts";
import { formatAddress, parseAddress, parseCidr } from "./addresses.ts";
import { RangeAllocator, reservedBand } from "./range.ts";

const at = (name: string) => ({ namespace: "default", name });
type Options = Parameters<typeof testRegistry>[0];

async function plane(options: Options = {}) {
  const p = await testRegistry(options);
  const create = async (name: string, spec: object, dryRun = false) => {
    const body = { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } };
    return (await p.registry.create(serviceKind, "default", body, { dryRun }, p.ctx)).object;
  };
  const patch = async (name: string, spec: object) =>
    (await p.registry.patch(serviceKind, at(name), { type: "merge", body: { spec } }, p.ctx)).stored.object;
  const remove = (name: string) => p.registry.delete(serviceKind, at(name), {}, p.ctx);
  return { ...p, create, patch, remove };
}

test("cluster IPs come from the upper part of the range, lower ones on request", async () => {
  const { create } = await plane({ serviceCIDR: "10.96.0.0/24" });
  const { spec } = await create("a", {});
  expect(spec?.clusterIPs).toEqual([spec?.clusterIP]);
  expect(spec?.ipFamilies).toEqual(["IPv4"]);
  expect(spec?.ipFamilyPolicy).toBe("SingleStack");
  expect(Number(spec?.clusterIP?.split(".")[3])).toBeGreaterThan(16);
  expect((await create("b", { clusterIP: "10.96.0.1" })).spec?.clusterIP).toBe("10.96.0.1");
  await expect(create("c", { clusterIP: "10.96.0.1" })).rejects.toMatchObject({
    code: 422,
    message:
      'Service "c" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.1"]: failed to allocate IP 10.96.0.1: provided IP is already allocated',
  });
  await expect(create("c", { clusterIP: "10.97.0.1" })).rejects.toMatchObject({
    message:
      'Service "c" is invalid: spec.clusterIPs: Invalid value: ["10.97.0.1"]: failed to allocate IP 10.97.0.1: the provided IP (10.97.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/24',
  });
});

test("every address is given out once, then the range is full, until one comes back", async () => {
  const { create, remove } = await plane({ serviceCIDR: "10.0.0.0/28" });
  const ips = new Set<string>();
  for (let i = 0; i < 14; i++) ips.add((await create(`s${i}`, {})).spec?.clusterIP ?? "");
  expect(ips.size).toBe(14);
  expect(ips).not.toContain("10.0.0.0");
  expect(ips).not.toContain("10.0.0.15");
  await expect(create("more", {})).rejects.toMatchObject({
    code: 500,
    message: 'Internal error occurred: failed to allocate a serviceIP for Service "more": range is full',
  });
  await remove("s3");
  expect(ips).toContain((await create("more", {})).spec?.clusterIP);
});

test("a write that fails, or is dry, keeps nothing", async () => {
  const { create } = await plane({ serviceCIDR: "10.0.0.0/30" });
  for (let i = 0; i < 5; i++) {
    await expect(create("bad", { sessionAffinity: "nonsense" })).rejects.toMatchObject({ code: 422 });
    expect((await create("dry", {}, true)).spec?.clusterIP).toBeDefined();
  }
  await create("a", {});
  await expect(create("a", {})).rejects.toMatchObject({ reason: "AlreadyExists" });
  await create("b", {});
});

test("node ports", async () => {
  const { create, remove } = await plane();
  const { spec } = await create("a", { type: "NodePort" });
  expect(spec?.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30086);
  expect(spec?.ports?.[0]?.nodePort).toBeLessThanOrEqual(32767);
  const fixed = { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] };
  await create("b", fixed);
  await expect(create("c", fixed)).rejects.toMatchObject({
    code: 422,
    message: 'Service "c" is invalid: spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
  });
  await expect(create("c", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] })).rejects.toMatchObject({
    message:
      'Service "c" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  });
  await remove("b");
  await create("c", fixed);
  const shared = await create("dns", {
    type: "NodePort",
    ports: [
      { name: "udp", port: 53, protocol: "UDP" },
      { name: "tcp", port: 53, protocol: "TCP" },
    ],
  });
  expect(shared.spec?.ports?.[0]?.nodePort).toBe(shared.spec?.ports?.[1]?.nodePort);
});

test("node ports run out", async () => {
  const { create } = await plane({ nodePortRange: "30000-30001" });
  await create("a", { type: "NodePort" });
  await create("b", { type: "LoadBalancer" });
  await expect(create("c", { type: "NodePort" })).rejects.toMatchObject({
    code: 500,
    message: "Internal error occurred: failed to allocate a nodePort: range is full",
  });
  const { spec } = await create("d", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false });
  expect(spec?.ports?.[0]?.nodePort).toBeUndefined();
});

test("a node port that something else of the machine has is given to who asks for it, or when there is no other", async () => {
  const inUse = [30000, 30001, 30002];
  const { create } = await plane({ nodePortRange: "30000-30003", portsInUse: () => inUse });
  const portOf = async (...args: Parameters<typeof create>) => (await create(...args)).spec?.ports?.[0]?.nodePort;
  expect(await portOf("a", { type: "NodePort" })).toBe(30003);
  expect(await portOf("b", { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] })).toBe(30001);
  expect([30000, 30002]).toContain(await portOf("c", { type: "NodePort" }));
});

test("changing the type gives back and takes what it must", async () => {
  const { create, patch } = await plane({ nodePortRange: "30000-30000" });
  const { spec } = await create("a", { type: "NodePort" });
  const ip = spec?.clusterIP;
  const clusterIP = await patch("a", { type: "ClusterIP" });
  expect(clusterIP.spec?.ports?.[0]?.nodePort).toBeUndefined();
  expect(clusterIP.spec?.clusterIP).toBe(ip);
  await create("b", { type: "NodePort" });
  await patch("b", { type: "ClusterIP" });
  const again = await patch("a", { type: "NodePort" });
  expect(again.spec?.ports?.[0]?.nodePort).toBe(30000);
  const external = await patch("a", { type: "ExternalName", externalName: "example.com" });
  expect(external.spec?.clusterIP).toBeUndefined();
  expect(external.spec?.clusterIPs).toBeUndefined();
  expect((await create("c", { clusterIP: ip })).spec?.clusterIP).toBe(ip);
  const back = await patch("a", { type: "ClusterIP", externalName: null });
  expect(back.spec?.clusterIP).toBeDefined();
  expect(back.spec?.clusterIP).not.toBe(ip);
});

test("a PUT of the manifest keeps what was allocated", async () => {
  const { registry, ctx, create } = await plane();
  const { spec } = await create("a", { type: "NodePort" });
  const body = { metadata: { name: "a" }, spec: { type: "NodePort", ports: [{ port: 80 }], selector: { app: "x" } } };
  const { stored } = await registry.update(serviceKind, at("a"), body, {}, ctx);
  expect(stored.object.spec).toMatchObject({
    clusterIP: spec?.clusterIP,
    clusterIPs: spec?.clusterIPs,
    ports: [{ nodePort: spec?.ports?.[0]?.nodePort }],
    selector: { app: "x" },
  });
  await expect(
    registry.update(serviceKind, at("a"), { ...body, spec: { ...body.spec, clusterIP: "10.96.0.77" } }, {}, ctx),
  ).rejects.toMatchObject({ code: 422, message: expect.stringContaining("may not change once set") });
});

test("headless and external services get no address", async () => {
  const { create } = await plane();
  const headless = await create("h", { clusterIP: "None", selector: { app: "a" } });
  expect(headless.spec).toMatchObject({ clusterIP: "None", clusterIPs: ["None"], ipFamilyPolicy: "SingleStack" });
  const selectorless = await create("s", { clusterIP: "None" });
  expect(selectorless.spec).toMatchObject({ ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] });
  const external = await create("e", { type: "ExternalName", externalName: "example.com" });
  expect(external.spec?.clusterIP).toBeUndefined();
});

test("dual stack where the cluster has two ranges, an error where it has one", async () => {
  const dual = await plane({ serviceCIDR: "10.96.0.0/16,fd00:1::/112" });
  const { spec } = await dual.create("a", { ipFamilyPolicy: "RequireDualStack" });
  expect(spec?.ipFamilies).toEqual(["IPv4", "IPv6"]);
  expect(spec?.clusterIPs?.[1]).toMatch(/^fd00:1::[0-9a-f]+$/);
  const single = await plane();
  await expect(single.create("a", { ipFamilyPolicy: "RequireDualStack" })).rejects.toMatchObject({
    code: 422,
    message: expect.stringContaining("this cluster is not configured for dual-stack services"),
  });
});

test("a load balancer with local traffic gets a health check port", async () => {
  const { create } = await plane();
  const { spec } = await create("a", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
  expect(spec?.healthCheckNodePort).toBeGreaterThanOrEqual(30000);
});

test("a restarted registry knows what is taken", async () => {
  const first = await plane({ serviceCIDR: "10.0.0.0/28", nodePortRange: "30000-30001" });
  const { spec } = await first.create("a", { type: "NodePort" });
  const second = await plane({ serviceCIDR: "10.0.0.0/28", nodePortRange: "30000-30001", store: first.store });
  await expect(second.create("b", { clusterIP: spec?.clusterIP })).rejects.toMatchObject({ code: 422 });
  const other = await second.create("c", { type: "NodePort" });
  expect(other.spec?.ports?.[0]?.nodePort).not.toBe(spec?.ports?.[0]?.nodePort);
  await second.remove("a");
  expect((await second.create("b", { clusterIP: spec?.clusterIP })).spec?.clusterIP).toBe(spec?.clusterIP);
});

test("the reserved band", () => {
  expect(reservedBand(16, 16, 256)).toBe(0);
  expect(reservedBand(256, 16, 256)).toBe(16);
  expect(reservedBand(2 ** 20, 16, 256)).toBe(256);
  expect(reservedBand(2768, 32, 128)).toBe(86);
  const random = { next: () => 0.99, uuid: () => "", bytes: () => new Uint8Array() };
  const range = new RangeAllocator(10, 4, random);
  const order = Array.from({ length: 10 }, () => {
    const n = range.findFree() ?? -1;
    range.take(n);
    return n;
  });
  expect(order).toEqual([9, 4, 5, 6, 7, 8, 3, 0, 1, 2]);
  expect(range.findFree()).toBeUndefined();
});

test("addresses", () => {
  for (const ip of ["10.96.0.1", "255.255.255.255", "0.0.0.0"])
    expect(formatAddress(parseAddress(ip), "IPv4")).toBe(ip);
  for (const ip of ["fd00::1", "::", "1:2:3:4:5:6:7:8", "fd00:0:0:1::", "::1"])
    expect(formatAddress(parseAddress(ip), "IPv6")).toBe(ip);
  expect(parseAddress("::ffff:10.0.0.1")).toBe(parseAddress("::ffff:a00:1"));
  expect(parseCidr("10.96.5.9/16")).toMatchObject({ text: "10.96.0.0/16", usable: 65534 });
  expect(() => parseCidr("10.0.0.0")).toThrow(RangeError);
  expect(() => parseCidr("fd00::/48")).toThrow(RangeError);
});
