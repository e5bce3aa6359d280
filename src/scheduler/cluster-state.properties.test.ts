import fc from "fast-check";
import { expect, test } from "vitest";
import { portsConflict } from "../api/core/host-ports.ts";
import type { Node, Pod } from "../api/generated/types.ts";
import { ClusterState } from "./cluster-state.ts";
import { schedule } from "./schedule.ts";

const node = (name: string, cpu: number): Node => ({
  metadata: { name, labels: { "kubernetes.io/hostname": name } },
  status: { allocatable: { cpu: String(cpu), memory: "8Gi", pods: "5" } },
});
interface Facts {
  id: number;
  cpu: number;
  port: number;
  owner: number;
  generation: number;
  alone: boolean;
}
const podOf = ({ id, cpu, port, owner, generation, alone }: Facts): Pod => ({
  metadata: {
    name: `p${id}`,
    namespace: "default",
    uid: `u${id}`,
    generation,
    labels: { app: "web" },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: `rs${owner}`, controller: true }],
  },
  spec: {
    containers: [
      {
        name: "c",
        resources: { requests: { cpu: `${cpu * 100}m` } },
        ...(port ? { ports: [{ containerPort: 80, hostPort: port }] } : {}),
      },
    ],
    ...(alone
      ? {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "web" } } },
              ],
            },
          },
        }
      : {}),
  },
});
const facts = fc.record({
  id: fc.nat(8),
  cpu: fc.nat(30),
  port: fc.nat(2),
  owner: fc.nat(2),
  generation: fc.integer({ min: 1, max: 2 }),
  alone: fc.boolean(),
});
type Step =
  | { do: "place"; pod: Facts; node: number }
  | { do: "remove"; id: number }
  | { do: "set"; node: number; cpu: number }
  | { do: "drop"; node: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("place" as const), pod: facts, node: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), id: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("set" as const), node: fc.nat(2), cpu: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const), node: fc.nat(2) }) },
);

const accountsOf = (state: ClusterState) => ({
  nodes: state.nodes.map((info) => ({
    name: info.name,
    pods: [...info.pods.keys()].sort(),
    cpu: info.requested.get("cpu") ?? 0,
    owners: [...info.perOwner].filter(([, count]) => count > 0).sort(),
    ports: info.hostPorts.map(({ port }) => port).sort(),
  })),
  loners: [...state.loners].map(({ pod, info }) => `${pod.metadata?.uid} on ${info.name}`).sort(),
});

test("accounts kept event by event are those of a fresh start", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const state = new ClusterState(() => undefined);
      const nodes = new Map<string, Node>();
      const placed = new Map<number, { pod: Pod; node: string }>();
      for (const one of steps) {
        if (one.do === "place") {
          const { id, generation } = one.pod;
          // A generation stands for a spec: within one it does not change.
          const pod = podOf({ ...one.pod, cpu: id * generation, port: generation - 1, alone: id % 2 === 0 });
          state.place(pod, `n${one.node}`);
          placed.set(id, { pod, node: `n${one.node}` });
        } else if (one.do === "remove") {
          expect(state.remove(`u${one.id}`)).toBe(placed.delete(one.id));
        } else if (one.do === "set") {
          const next = node(`n${one.node}`, one.cpu);
          nodes.set(`n${one.node}`, next);
          state.setNode(next);
        } else {
          nodes.delete(`n${one.node}`);
          state.removeNode(`n${one.node}`);
        }
      }
      const fresh = new ClusterState(() => undefined);
      for (const each of nodes.values()) fresh.setNode(each);
      for (const { pod, node: name } of placed.values()) fresh.place(pod, name);
      expect(accountsOf(state)).toEqual(accountsOf(fresh));
    }),
    { numRuns: 300 },
  );
});

test("no decision ever gives a node more than it has, a port twice, or company to who refuses it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
      fc.array(facts, { maxLength: 25 }),
      (cores, all) => {
        const state = new ClusterState(() => undefined);
        cores.forEach((cpu, i) => {
          state.setNode(node(`n${i}`, cpu));
        });
        all.forEach((one, i) => {
          const pod = podOf({ ...one, id: i });
          const decision = schedule(pod, state, () => 0.5);
          if (decision.node === undefined) expect(decision.message).toMatch(/^0\/\d nodes are available: .+\./);
          else state.place(pod, decision.node);
        });
        for (const info of state.nodes) {
          expect(info.requested.get("cpu") ?? 0).toBeLessThanOrEqual(info.allocatable.get("cpu") ?? 0);
          expect(info.pods.size).toBeLessThanOrEqual(5);
          info.hostPorts.forEach((port, i) => {
            for (const other of info.hostPorts.slice(i + 1)) expect(portsConflict(port, other)).toBe(false);
          });
          const refusing = [...info.pods.values()].some((pod) => pod.spec?.affinity);
          if (refusing) expect(info.pods.size).toBe(1);
        }
      },
    ),
    { numRuns: 300 },
  );
});
