/** What holds for every DaemonSet in every state. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { DaemonSet, Node, Pod } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { propertyRuns } from "../../testing/property-runs.ts";
import { isReady } from "../pod-state.ts";
import { isUpdated, podFor, podsByNode } from "./node-pods.ts";
import { type DaemonSetSnapshot, plan, planStatus } from "./plan.ts";

const now = 1_735_689_600_000;

interface Facts {
  readonly node: number;
  readonly updated: boolean;
  readonly phase: "Pending" | "Running" | "Failed" | "Succeeded";
  readonly ready: boolean;
  readonly deleting: boolean;
}
const facts: fc.Arbitrary<Facts> = fc.record({
  node: fc.nat(6),
  updated: fc.boolean(),
  phase: fc.constantFrom("Pending", "Running", "Running", "Running", "Failed", "Succeeded"),
  ready: fc.boolean(),
  deleting: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

let count = 0;
function podOf(set: DaemonSet, node: string, { updated, phase, ready, deleting }: Omit<Facts, "node">): Pod {
  const pod = podFor(set, node, updated ? "new" : "old");
  const isUp = phase === "Running" && ready;
  const name = `p${count++}`;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      name,
      uid: name,
      creationTimestamp: formatTime(now - 60_000),
      ...(deleting ? { deletionTimestamp: formatTime(now) } : {}),
    },
    spec: { containers: [], ...pod.spec, nodeName: node },
    status: {
      phase,
      conditions: [{ type: "Ready", status: isUp ? "True" : "False", lastTransitionTime: formatTime(now - 60_000) }],
    },
  };
}

const strategies = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map((maxUnavailable) => ({ maxUnavailable, maxSurge: 0 })),
  fc.integer({ min: 1, max: 3 }).map((maxSurge) => ({ maxUnavailable: 0, maxSurge })),
);
const states: fc.Arbitrary<DaemonSetSnapshot> = fc
  .record({
    rollingUpdate: strategies,
    nodes: fc.array(fc.constantFrom("wants", "wants", "wants", "tainted", "other"), { maxLength: 6 }),
    pods: fc.array(facts, { maxLength: 9 }),
  })
  .map(({ rollingUpdate, nodes, pods }) => {
    const set: DaemonSet = {
      metadata: { name: "logs", namespace: "d", uid: "s", generation: 2 },
      spec: {
        selector: { matchLabels: { app: "logs" } },
        template: { metadata: { labels: { app: "logs" } }, spec: { containers: [], nodeSelector: { has: "logs" } } },
        updateStrategy: { type: "RollingUpdate", rollingUpdate },
      },
    };
    return {
      set,
      nodes: nodes.map(
        (kind, i): Node => ({
          metadata: { name: `n${i}`, labels: kind === "other" ? {} : { has: "logs" } },
          spec: kind === "tainted" ? { taints: [{ key: "x", effect: "NoSchedule" }] } : {},
        }),
      ),
      // A pod whose node is gone is deleted by others.
      pods: pods.filter(({ node }) => node < nodes.length).map((pod) => podOf(set, `n${pod.node}`, pod)),
      hash: "new",
      backoff: () => undefined,
    };
  });

const runs = propertyRuns("DaemonSet plan");
afterAll(() => console.log(runs.text()));
const check = (property: (state: DaemonSetSnapshot) => void, numRuns = 6000) =>
  fc.assert(fc.property(states, property), runs.of(numRuns));
const wants = (node: Node): boolean => node.metadata?.labels?.has === "logs" && !node.spec?.taints;
const isUp = (pod: Pod): boolean => isReady(pod) && !pod.metadata?.deletionTimestamp;
const nameOf = (object: Node | Pod): string => object.metadata?.name ?? "";

/** What makes a state interesting. */
const kindsOfStates: Readonly<Record<string, (state: DaemonSetSnapshot) => boolean>> = {
  settled: (state) => plan(state, now).create.length + plan(state, now).delete.length === 0,
  "mid-rollout": ({ set, pods }) => new Set(pods.map((pod) => isUpdated(set, pod, "new"))).size === 2,
  unhealthy: ({ pods }) => pods.some((pod) => !isReady(pod)),
  failed: ({ pods }) => pods.some((pod) => pod.status?.phase === "Failed"),
  terminating: ({ pods }) => pods.some((pod) => pod.metadata?.deletionTimestamp),
  crowded: ({ pods }) => [...podsByNode(pods).values()].some((there) => there.length > 1),
  "on a node that wants none": ({ nodes, pods }) =>
    nodes.some((node) => !wants(node) && podsByNode(pods).has(nameOf(node))),
  surging: ({ set }) => set.spec?.updateStrategy?.rollingUpdate?.maxSurge !== 0,
};

/** What the plan's writes leave: pods that have not started, and pods on their way out. */
function written(state: DaemonSetSnapshot): DaemonSetSnapshot {
  const todo = plan(state, now);
  const status = planStatus(state, true, now);
  const doomed = new Set(todo.delete);
  const fresh = { updated: true, phase: "Pending", ready: false, deleting: false } as const;
  const ending = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: formatTime(now) } });
  return {
    ...state,
    set: status ? { ...state.set, status } : state.set,
    pods: [
      ...state.pods.map((pod) => (doomed.has(pod) ? ending(pod) : pod)),
      ...todo.create.map((node) => podOf(state.set, node, fresh)),
    ],
  };
}

/** The cluster after the plan, once containers run and what is being deleted is gone. */
function afterwards(state: DaemonSetSnapshot): DaemonSetSnapshot {
  const todo = plan(state, now);
  const status = planStatus(state, true, now);
  const doomed = new Set(todo.delete.map(nameOf));
  const staying = state.pods.filter((pod) => !doomed.has(nameOf(pod)) && !pod.metadata?.deletionTimestamp);
  const up = { phase: "Running", ready: true, deleting: false } as const;
  const created = todo.create.map((node) => podOf(state.set, node, { updated: true, ...up }));
  return { ...state, set: status ? { ...state.set, status } : state.set, pods: [...staying, ...created] };
}

describe("a DaemonSet", () => {
  test("is looked at in every interesting state", () => {
    check((state) => {
      for (const [name, holds] of Object.entries(kindsOfStates)) runs.reach(name, holds(state));
    });
    for (const name of Object.keys(kindsOfStates)) expect(runs.reached(name), name).toBeGreaterThan(60);
  });

  test("writes nothing more when the world stands still", () => {
    check((state) => {
      let left = state;
      for (let sync = 0; sync < 20; sync++) left = written(left);
      expect(plan(left, now)).toEqual({ create: [], delete: [], failed: [], events: [] });
      expect(planStatus(left, true, now)).toBeUndefined();
    });
  });

  test("creates pods only on nodes that want one, at most one each", () => {
    check((state) => {
      const { create } = plan(state, now);
      expect(new Set(create).size).toBe(create.length);
      const wanted = new Set(state.nodes.filter(wants).map(nameOf));
      for (const name of create) expect(wanted.has(name)).toBe(true);
    });
  });

  test("has at most one pod per node after a sync; when it surges, at most one of each version", () => {
    check((state) => {
      const surges = (state.set.spec?.updateStrategy?.rollingUpdate?.maxSurge ?? 0) !== 0;
      const todo = plan(state, now);
      const doomed = new Set(todo.delete);
      const staying = state.pods.filter((pod) => !doomed.has(pod) && !pod.metadata?.deletionTimestamp);
      for (const [name, pods] of podsByNode(staying)) {
        const all = pods.length + todo.create.filter((node) => node === name).length;
        expect(all, name).toBeLessThanOrEqual(surges ? 2 : 1);
      }
    });
  });

  test("makes no more pods unavailable than it may", () => {
    check((state) => {
      const { maxUnavailable = 0, maxSurge } = state.set.spec?.updateStrategy?.rollingUpdate ?? {};
      if (maxSurge !== 0) return;
      const wanted = new Set(state.nodes.filter(wants).map(nameOf));
      const there = podsByNode(state.pods);
      // Pruning of surplus pods is no update.
      if ([...there.values()].some((pods) => pods.length > 1) || state.nodes.some((node) => !wants(node))) return;
      const taken = plan(state, now).delete.filter((pod) => isUp(pod) && !isUpdated(state.set, pod, "new"));
      const down = [...wanted].filter((name) => !there.get(name)?.some(isUp)).length;
      if (taken.length > 0) expect(taken.length + down).toBeLessThanOrEqual(maxUnavailable as number);
    });
  });

  test("that surges takes no pod before its successor is available", () => {
    check((state) => {
      if (state.set.spec?.updateStrategy?.rollingUpdate?.maxSurge === 0) return;
      const there = podsByNode(state.pods);
      const wanted = state.nodes.filter(wants).map(nameOf);
      const doomed = new Set(plan(state, now).delete);
      for (const name of wanted) {
        const pods = there.get(name) ?? [];
        // Of several of one version the oldest is kept, whatever its state.
        const versions = pods.map((pod) => isUpdated(state.set, pod, "new"));
        if (new Set(versions).size < versions.length) continue;
        if (pods.some(isUp))
          expect(
            pods.some((pod) => isUp(pod) && !doomed.has(pod)),
            name,
          ).toBe(true);
      }
    });
  });

  test("reaches what is asked for, and then writes nothing", () => {
    check((state) => {
      let reached = state;
      for (let round = 0; round < 40; round++) {
        // Containers of the new version come up in the end.
        const pods = reached.pods.map((pod) =>
          isUpdated(reached.set, pod, "new") && pod.status?.phase === "Pending"
            ? {
                ...podOf(reached.set, pod.spec?.nodeName ?? "", {
                  updated: true,
                  phase: "Running",
                  ready: true,
                  deleting: false,
                }),
              }
            : pod,
        );
        reached = afterwards({ ...reached, pods });
      }
      const running = reached.pods.filter((pod) => pod.status?.phase === "Running" && !isReady(pod));
      if (running.some((pod) => isUpdated(reached.set, pod, "new"))) return;
      expect(plan(reached, now)).toEqual({ create: [], delete: [], failed: [], events: [] });
      expect(planStatus(reached, true, now)).toBeUndefined();
      for (const node of reached.nodes.filter(wants)) {
        const pods = podsByNode(reached.pods).get(nameOf(node)) ?? [];
        expect(pods.map((pod) => isUpdated(reached.set, pod, "new"))).toEqual([true]);
      }
    }, 2000);
  });
});
