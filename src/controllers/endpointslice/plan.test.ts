import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EndpointSlice, Node, Pod, Service, ServicePort } from "../../api/generated/types.ts";
import { identityOf, portsKey } from "./endpoint-of.ts";
import { maxEndpointsPerSlice, type Plan, plan } from "./plan.ts";

const service = (spec: Partial<Service["spec"]> = {}, metadata: object = {}): Service => ({
  metadata: { name: "web", namespace: "default", uid: "svc", ...metadata },
  spec: {
    clusterIP: "10.96.0.9",
    ipFamilies: ["IPv4"],
    selector: { app: "web" },
    ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
    ...spec,
  },
});

interface PodShape {
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly phase?: string;
  readonly ip?: string | undefined;
  readonly node?: string;
  readonly hostname?: string;
  readonly portNumber?: number;
}
const pod = (i: number, shape: PodShape = {}): Pod => {
  const { ready = true, terminating = false, phase = "Running", node = "n1", hostname, portNumber = 8080 } = shape;
  const ip = "ip" in shape ? shape.ip : `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`;
  return {
    metadata: {
      name: `web-${i}`,
      namespace: "default",
      uid: `pod-${i}`,
      ...(terminating ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: {
      nodeName: node,
      containers: [{ name: "c", ports: [{ name: "http", containerPort: portNumber }] }],
      ...(hostname ? { hostname, subdomain: "web" } : {}),
    },
    status: {
      phase,
      ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  };
};

const nodes: Record<string, Node> = {
  n1: { metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "z1" } } },
};
const run = (svc: Service, pods: readonly Pod[], slices: readonly EndpointSlice[] = []) =>
  plan({ service: svc, pods, slices, node: (name) => nodes[name] });

let names = 0;
/** What the cluster has after the plan. */
const applied = (slices: readonly EndpointSlice[], todo: Plan): EndpointSlice[] => {
  const gone = new Set(todo.delete.map((s) => s.metadata?.name));
  const updated = new Map(todo.update.map((s) => [s.metadata?.name, s]));
  const created = todo.create.map((s) => ({ ...s, metadata: { ...s.metadata, name: `web-${names++}` } }));
  return [
    ...slices.filter((s) => !gone.has(s.metadata?.name)).map((s) => updated.get(s.metadata?.name) ?? s),
    ...created,
  ];
};
const endpointsOf = (slices: readonly EndpointSlice[]) => slices.flatMap((s) => s.endpoints);

describe("an endpoint", () => {
  const only = (svc: Service, p: Pod) => endpointsOf(run(svc, [p]).create)[0];

  it.each<[string, PodShape, object]>([
    ["ready", {}, { ready: true, serving: true, terminating: false }],
    ["not ready", { ready: false }, { ready: false, serving: false, terminating: false }],
    ["terminating and still serving", { terminating: true }, { ready: false, serving: true, terminating: true }],
    ["terminating", { terminating: true, ready: false }, { ready: false, serving: false, terminating: true }],
  ])("of a pod that is %s", (_, shape, conditions) => {
    expect(only(service(), pod(1, shape))?.conditions).toEqual(conditions);
  });

  it("is ready whatever the pod is when the Service publishes all", () => {
    const svc = service({ publishNotReadyAddresses: true });
    expect(only(svc, pod(1, { ready: false, terminating: true }))?.conditions).toEqual({
      ready: true,
      serving: false,
      terminating: true,
    });
  });

  it("names pod, node and zone", () => {
    expect(only(service(), pod(1))).toEqual({
      addresses: ["10.0.0.2"],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: "Pod", namespace: "default", name: "web-1", uid: "pod-1" },
      nodeName: "n1",
      zone: "z1",
    });
  });

  it("has a hostname when the pod's subdomain is the Service", () => {
    expect(only(service(), pod(1, { hostname: "h" }))?.hostname).toBe("h");
    expect(only(service({}, { name: "other" }), pod(1, { hostname: "h" }))?.hostname).toBeUndefined();
  });

  it("hints at its zone or node when the Service prefers near ones, while it is ready", () => {
    const hints = (trafficDistribution: string, shape: PodShape = {}) =>
      only(service({ trafficDistribution }), pod(1, shape))?.hints;
    expect(hints("PreferClose")).toEqual({ forZones: [{ name: "z1" }] });
    expect(hints("PreferSameNode")).toEqual({ forNodes: [{ name: "n1" }], forZones: [{ name: "z1" }] });
    expect(hints("PreferClose", { ready: false })).toBeUndefined();
    const before = applied([], run(service(), [pod(1)]));
    expect(run(service({ trafficDistribution: "PreferClose" }), [pod(1)], before).update).toHaveLength(1);
  });

  it.each<[string, PodShape]>([
    ["has succeeded", { phase: "Succeeded" }],
    ["has failed", { phase: "Failed" }],
    ["has no address", { ip: undefined }],
    ["has an address of another family", { ip: "fd00::1" }],
  ])("is not there for a pod that %s", (_, shape) => {
    const todo = run(service(), [pod(1, shape)]);
    expect([endpointsOf(todo.create), todo.skipped]).toEqual([[], []]);
  });

  it("waits for the pod's node, unless the Service publishes all", () => {
    expect(run(service(), [pod(1, { node: "n9" })]).skipped).toEqual(["web-1"]);
    const published = run(service({ publishNotReadyAddresses: true }), [pod(1, { node: "n9" })]);
    expect(endpointsOf(published.create)).toHaveLength(1);
  });
});

describe("ports", () => {
  const portsFor = (ports: ServicePort[] | undefined, pods: Pod[], more: object = {}) =>
    run(service({ ...more, ports }), pods).create.map((s) => s.ports);

  it("are numbers as they are, and names as the pod has them", () => {
    const ports = [
      { name: "a", port: 80, targetPort: 8080, protocol: "TCP", appProtocol: "http" },
      { name: "b", port: 81, targetPort: "http", protocol: "TCP" },
      { name: "c", port: 82, targetPort: "absent", protocol: "TCP" },
      { name: "d", port: 83, targetPort: "http", protocol: "UDP" },
    ];
    expect(portsFor(ports, [pod(1, { portNumber: 9000 })])).toEqual([
      [
        { name: "a", port: 8080, protocol: "TCP", appProtocol: "http" },
        { name: "b", port: 9000, protocol: "TCP" },
      ],
    ]);
  });

  it("split pods that resolve them differently", () => {
    const ports = [{ port: 80, targetPort: "http", protocol: "TCP" }];
    const all = portsFor(ports, [pod(1), pod(2, { portNumber: 9000 }), pod(3)]);
    expect(all.map((p) => p?.[0]?.port).sort()).toEqual([8080, 9000]);
  });

  it("are none for a headless Service without any", () => {
    expect(portsFor(undefined, [pod(1)], { clusterIP: "None" })).toEqual([[]]);
  });
});

describe("slices", () => {
  it("carry the Service's labels and belong to it", () => {
    const [slice] = run(service({ clusterIP: "None" }, { labels: { team: "x" } }), [pod(1)]).create;
    expect(slice?.metadata).toEqual({
      generateName: "web-",
      namespace: "default",
      labels: {
        team: "x",
        "service.kubernetes.io/headless": "",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
      ownerReferences: [
        { apiVersion: "v1", kind: "Service", name: "web", uid: "svc", controller: true, blockOwnerDeletion: true },
      ],
    });
  });

  it("follow a change of the Service's labels", () => {
    const before = applied([], run(service(), [pod(1)]));
    const todo = run(service({}, { labels: { team: "y" } }), [pod(1)], before);
    expect(todo.update.map((s) => s.metadata?.labels?.team)).toEqual(["y"]);
  });

  it("leave an empty one behind, and reuse it", () => {
    const empty = applied([], run(service(), []));
    expect(empty.map((s) => [s.endpoints, s.ports])).toEqual([[[], []]]);
    expect(run(service(), [], empty)).toEqual({ create: [], update: [], delete: [], skipped: [] });
    const todo = run(service(), [pod(1)], empty);
    expect([todo.create.length, todo.update.length, todo.delete.length]).toEqual([0, 1, 0]);
    const back = run(service(), [], applied(empty, todo));
    expect([back.create.length, back.update.length, back.delete.length]).toEqual([0, 1, 0]);
  });

  it("are not created for a Service that is being deleted", () => {
    expect(run(service({}, { deletionTimestamp: "x" }), [pod(1)]).create).toEqual([]);
  });

  it("exist per address family", () => {
    const both = pod(1);
    both.status = { ...both.status, podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] };
    const slices = applied([], run(service({ ipFamilies: ["IPv4", "IPv6"] }), [both]));
    expect(slices.map((s) => [s.addressType, s.endpoints[0]?.addresses])).toEqual([
      ["IPv4", ["10.0.0.1"]],
      ["IPv6", ["fd00::1"]],
    ]);
    const less = run(service(), [both], slices);
    expect(less.delete.map((s) => s.addressType)).toEqual(["IPv6"]);
  });

  it("put a few new endpoints into the fullest one that takes them all", () => {
    const pods = Array.from({ length: 160 }, (_, i) => pod(i));
    const slices = applied([], run(service(), pods));
    expect(slices.map((s) => s.endpoints.length)).toEqual([100, 60]);
    const todo = run(service(), [...pods, pod(900), pod(901)], slices);
    expect(todo.update.map((s) => s.endpoints.length)).toEqual([62]);
    expect(todo.create).toEqual([]);
  });

  it("fill one that changes anyway first", () => {
    const pods = Array.from({ length: 160 }, (_, i) => pod(i));
    const slices = applied([], run(service(), pods));
    const todo = run(service(), [...pods.slice(1), pod(900)], slices);
    expect(todo.update.map((s) => s.endpoints.length)).toEqual([100]);
    expect(todo.create).toEqual([]);
  });
});

describe("properties", () => {
  const shape = fc.record({
    ready: fc.boolean(),
    terminating: fc.boolean(),
    phase: fc.constantFrom("Running", "Running", "Succeeded"),
    portNumber: fc.constantFrom(8080, 9090),
  });
  const population = fc
    .uniqueArray(fc.tuple(fc.nat(400), shape), { selector: ([i]) => i, maxLength: 250, size: "max" })
    .map((all) => all.map(([i, s]) => pod(i, s)));
  const named = service({ ports: [{ port: 80, targetPort: "http", protocol: "TCP" }] });

  it("end with exactly the pods that may serve, each once, in its present state, with its ports", () => {
    fc.assert(
      fc.property(fc.array(population, { minLength: 1, maxLength: 4 }), (steps) => {
        let slices: EndpointSlice[] = [];
        for (const pods of steps) {
          slices = applied(slices, run(named, pods, slices));
          const wanted = pods.filter((p) => p.status?.phase === "Running");
          const seen = slices.flatMap((s) => s.endpoints.map((e) => ({ e, ports: portsKey(s.ports ?? []) })));
          expect(seen).toHaveLength(wanted.length);
          expect(new Set(seen.map(({ e }) => identityOf(e))).size).toBe(wanted.length);
          const byName = new Map(seen.map((s) => [s.e.targetRef?.name, s]));
          for (const p of wanted) {
            const found = byName.get(p.metadata?.name);
            expect(found?.e.conditions?.serving).toBe(p.status?.conditions?.[0]?.status === "True");
            expect(found?.e.conditions?.terminating).toBe(p.metadata?.deletionTimestamp !== undefined);
            const port = p.spec?.containers[0]?.ports?.[0]?.containerPort ?? 0;
            expect(found?.ports).toBe(portsKey([{ name: "", port, protocol: "TCP" }]));
          }
          for (const slice of slices) expect(slice.endpoints.length).toBeLessThanOrEqual(maxEndpointsPerSlice);
          expect(slices.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("do nothing when nothing changed", () => {
    fc.assert(
      fc.property(population, population, (first, second) => {
        let slices = applied([], run(named, first));
        slices = applied(slices, run(named, second, slices));
        expect(run(named, second, slices)).toEqual({ create: [], update: [], delete: [], skipped: [] });
      }),
      { numRuns: 30 },
    );
  });

  it("touch only slices that hold a pod that changed, or take one up", () => {
    fc.assert(
      fc.property(population, fc.nat(400), (pods, i) => {
        const slices = applied([], run(named, pods));
        const without = pods.filter((p) => p.metadata?.name !== `web-${i}`);
        const todo = run(named, without, slices);
        expect(todo.update.length + todo.delete.length + todo.create.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });
});
