import { afterEach, expect, test } from "vitest";
import type { Service } from "../../api/generated/types.ts";
import { events, services } from "../../client/kinds.ts";
import { createTestPlane, type TestPlane } from "../../testing/test-plane.ts";
import { hostPortsController } from "./controller.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** @param taken `address:port` pairs that other programs have */
async function start(taken: ReadonlySet<string> = new Set()) {
  const plane: TestPlane = await createTestPlane();
  ends.push(() => plane.stop());
  const open = new Set<string>();
  const listeners = {
    async open(address: string, port: number) {
      if (taken.has(`${address}:${port}`)) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
      open.add(`${address}:${port}`);
      return port;
    },
    async close(address: string, port: number) {
      open.delete(`${address}:${port}`);
    },
  };
  const controller = hostPortsController(plane, { listeners, range: { prefix: "127.93.7", first: 1, last: 2 } });
  await controller.start();
  ends.push(() => controller.stop());
  const create = (name: string, spec: Service["spec"]) =>
    plane.client.create(services, { metadata: { name, namespace: "default" }, spec });
  const remove = (name: string) => plane.client.delete(services, { namespace: "default", name });
  const ingress = async (name: string) =>
    (await plane.client.get(services, { namespace: "default", name })).status?.loadBalancer?.ingress?.map((i) => i.ip);
  const said = async () =>
    (await plane.client.list(events, { namespace: "default" })).items.map(
      (e) => `${e.involvedObject.name} ${e.reason}`,
    );
  return { plane, clock: plane.clock, open, create, remove, ingress, said };
}

const balanced: Service["spec"] = { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] };

test("load balancers beyond the range wait, say so, and get the address that becomes free", async () => {
  const { clock, open, create, remove, ingress, said } = await start();
  for (const name of ["a", "b", "c"]) await create(name, balanced);
  await clock.advance(1_000);
  expect([await ingress("a"), await ingress("b"), await ingress("c")]).toEqual([
    ["127.93.7.1"],
    ["127.93.7.2"],
    undefined,
  ]);
  expect(await said()).toEqual(["c SyncLoadBalancerFailed"]);
  await remove("a");
  await clock.advance(20_000);
  expect(await ingress("c")).toEqual(["127.93.7.1"]);
  expect([...open].sort()).toEqual(["127.93.7.1:80", "127.93.7.2:80"]);
});

test("an address whose port another program has is passed over", async () => {
  const { clock, create, ingress } = await start(new Set(["127.93.7.1:80"]));
  await create("a", balanced);
  await clock.advance(1_000);
  expect(await ingress("a")).toEqual(["127.93.7.2"]);
});

test("what is not served is said once", async () => {
  const { clock, create, said } = await start();
  await create("local", { ...balanced, externalTrafficPolicy: "Local" });
  await create("mixed", { type: "NodePort", externalIPs: ["192.0.2.1"], ports: [{ port: 53, protocol: "UDP" }] });
  await clock.advance(60_000);
  expect((await said()).sort()).toEqual([
    "local UnsupportedHealthCheckNodePort",
    "mixed UnsupportedExternalIPs",
    "mixed UnsupportedProtocol",
  ]);
});
