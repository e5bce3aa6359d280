import fc from "fast-check";
import { expect, it } from "vitest";
import type { Endpoints, Pod, Service, ServicePort } from "../../api/generated/types.ts";
import { plan } from "./plan.ts";

const service = (ports: ServicePort[], more: object = {}): Service => ({
  metadata: { name: "web", namespace: "default", uid: "svc", labels: { team: "x" } },
  spec: { clusterIP: "10.96.0.9", ipFamilies: ["IPv4"], selector: { app: "web" }, ports, ...more },
});
const http: ServicePort[] = [{ port: 80, targetPort: "http", protocol: "TCP" }];
const pod = (i: number, ready = true, port = 8080, more: object = {}): Pod => ({
  metadata: { name: `p${i}`, namespace: "default", uid: `u${i}`, ...more },
  spec: { nodeName: "n", containers: [{ name: "c", ports: [{ name: "http", containerPort: port }] }] },
  status: {
    phase: "Running",
    podIPs: [{ ip: `10.${Math.floor(i / 250)}.0.${(i % 250) + 1}` }],
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  },
});
const made = (svc: Service, pods: readonly Pod[], before?: Endpoints): Endpoints => {
  const todo = plan(svc, pods, before, undefined);
  if (todo.action === "none") throw new Error("nothing to do");
  return todo.endpoints;
};

it("writes one subset for pods alike", () => {
  expect(made(service(http), [pod(2), pod(1), pod(3, false)])).toEqual({
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: "web",
      namespace: "default",
      labels: { team: "x", "endpoints.kubernetes.io/managed-by": "endpoint-controller" },
    },
    subsets: [
      {
        addresses: [1, 2].map((i) => ({
          ip: `10.0.0.${i + 1}`,
          nodeName: "n",
          targetRef: { kind: "Pod", namespace: "default", name: `p${i}`, uid: `u${i}` },
        })),
        notReadyAddresses: [
          {
            ip: "10.0.0.4",
            nodeName: "n",
            targetRef: { kind: "Pod", namespace: "default", name: "p3", uid: "u3" },
          },
        ],
        ports: [{ port: 8080, protocol: "TCP" }],
      },
    ],
  });
});

it("splits pods with different ports, and joins ports with the same pods", () => {
  const ports = [...http, { name: "b", port: 81, targetPort: 7000, protocol: "TCP" }];
  const { subsets } = made(service(ports), [pod(1), pod(2, true, 9090)]);
  expect(subsets?.map((s) => [s.addresses?.length, s.ports?.map((p) => p.port)])).toEqual([
    [1, [8080]],
    [1, [9090]],
    [2, [7000]],
  ]);
  const joined = made(service(ports), [pod(1), pod(2)]);
  expect(joined.subsets?.map((s) => s.ports?.map((p) => p.port))).toEqual([[8080, 7000]]);
});

it("leaves out terminating pods, unless the Service publishes all", () => {
  const going = pod(1, true, 8080, { deletionTimestamp: "x" });
  expect(made(service(http), [going]).subsets).toBeUndefined();
  expect(made(service(http, { publishNotReadyAddresses: true }), [going]).subsets?.[0]?.addresses).toHaveLength(1);
});

it("has addresses without ports for a headless Service without ports", () => {
  const { subsets, metadata } = made(service([], { clusterIP: "None" }), [pod(1)]);
  expect(subsets?.map((s) => [s.addresses?.length, s.ports])).toEqual([[1, undefined]]);
  expect(metadata?.labels?.["service.kubernetes.io/headless"]).toBe("");
});

it("keeps a thousand addresses, ready ones first, and says so", () => {
  const pods = Array.from({ length: 1200 }, (_, i) => pod(i, i < 1100));
  const { subsets, metadata } = made(service(http), pods);
  expect(subsets?.map((s) => [s.addresses?.length, s.notReadyAddresses])).toEqual([[1000, undefined]]);
  expect(metadata?.annotations).toEqual({ "endpoints.kubernetes.io/over-capacity": "truncated" });
  const fewer = made(service(http), pods.slice(0, 10), { metadata, subsets });
  expect(fewer.metadata?.annotations).toBeUndefined();
});

it("does nothing when nothing changed, in whatever order pods come", () => {
  const population = fc.uniqueArray(
    fc.record({ i: fc.nat(30), ready: fc.boolean(), port: fc.constantFrom(8080, 9090) }),
    { selector: ({ i }) => i },
  );
  fc.assert(
    fc.property(population, (all) => {
      const pods = all.map(({ i, ready, port }) => pod(i, ready, port));
      const before = made(service(http), pods);
      expect(plan(service(http), [...pods].reverse(), before, undefined)).toEqual({ action: "none" });
      const shown = before.subsets?.flatMap((s) => [...(s.addresses ?? []), ...(s.notReadyAddresses ?? [])]) ?? [];
      expect(shown).toHaveLength(pods.length);
    }),
  );
});
