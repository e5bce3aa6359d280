/** What holds for every StatefulSet in every state. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { templatePatch } from "../../api/apps/template-patch.ts";
import type { ControllerRevision, Pod, StatefulSet, StatefulSetSpec } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { propertyRuns } from "../../testing/property-runs.ts";
import { isReady } from "../pod-state.ts";
import { missingPod, ordinalOf, revisionOf } from "./identity.ts";
import { plan, type StatefulSetSnapshot } from "./plan.ts";

const now = 1_735_689_600_000;
const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});
const revision = (name: string, number: number): ControllerRevision => ({
  metadata: { name, uid: name },
  revision: number,
  data: templatePatch(template(name)),
});
const [current, update] = [revision("web-old", 1), revision("web-new", 2)];

interface Facts {
  readonly updated: boolean;
  readonly phase: "Pending" | "Running" | "Failed";
  readonly ready: boolean;
  readonly deleting: boolean;
}
const facts: fc.Arbitrary<Facts> = fc.record({
  updated: fc.boolean(),
  phase: fc.constantFrom("Pending", "Running", "Running", "Running", "Failed"),
  ready: fc.boolean(),
  deleting: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

function podOf(set: StatefulSet, ordinal: number, { updated, phase, ready, deleting }: Facts): Pod {
  const from = updated ? update : current;
  const pod = missingPod(set, from, from, ordinal);
  const isUp = phase === "Running" && ready;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      uid: `u${ordinal}`,
      ...(deleting ? { deletionTimestamp: formatTime(now) } : {}),
    },
    status: {
      phase,
      conditions: [{ type: "Ready", status: isUp ? "True" : "False", lastTransitionTime: formatTime(now - 60_000) }],
    },
  };
}

const policies = fc.constantFrom("OrderedReady", "Parallel");
const strategies = fc.record(
  { partition: fc.nat(6), maxUnavailable: fc.constantFrom<number | string>(1, 2, 3, "50%") },
  { requiredKeys: ["partition"] },
);
const states: fc.Arbitrary<StatefulSetSnapshot> = fc
  .record({
    replicas: fc.nat(6),
    start: fc.nat(2),
    podManagementPolicy: policies,
    rollingUpdate: strategies,
    pods: fc.array(fc.option(facts, { nil: undefined }), { maxLength: 9 }),
  })
  .map(({ replicas, start, podManagementPolicy, rollingUpdate, pods }) => {
    const spec: StatefulSetSpec = {
      replicas,
      ordinals: { start },
      podManagementPolicy,
      selector: { matchLabels: { app: "web" } },
      template: template("web-new"),
      updateStrategy: { type: "RollingUpdate", rollingUpdate },
    };
    const set: StatefulSet = { metadata: { name: "web", namespace: "d", uid: "s", generation: 2 }, spec };
    return {
      set,
      pods: pods.flatMap((pod, ordinal) => (pod ? [podOf(set, ordinal, pod)] : [])),
      current,
      update,
      collisionCount: 0,
    };
  });

const isUp = (pod: Pod): boolean => isReady(pod) && !pod.metadata?.deletionTimestamp;
const inRange = ({ set }: StatefulSetSnapshot, pod: Pod): boolean => {
  const [start, replicas] = [set.spec?.ordinals?.start ?? 0, set.spec?.replicas ?? 0];
  return ordinalOf(pod) >= start && ordinalOf(pod) < start + replicas;
};
const isTerminated = (pod: Pod): boolean => pod.status?.phase === "Failed";
const runs = propertyRuns("StatefulSet plan");
afterAll(() => console.log(runs.text()));
const check = (property: (state: StatefulSetSnapshot) => void, numRuns = 6000) =>
  fc.assert(fc.property(states, property), runs.of(numRuns));
/** What makes a state interesting. */
const kindsOfStates: Readonly<Record<string, (state: StatefulSetSnapshot) => boolean>> = {
  settled: (state) => plan(state, now).actions.length === 0,
  "mid-rollout": ({ pods }) => new Set(pods.map(revisionOf)).size === 2,
  unhealthy: ({ pods }) => pods.some((pod) => !isReady(pod)),
  failed: ({ pods }) => pods.some(isTerminated),
  terminating: ({ pods }) => pods.some((pod) => pod.metadata?.deletionTimestamp),
  "too many": (state) => state.pods.some((pod) => !inRange(state, pod)),
  partitioned: ({ set }) => (set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0) > 0,
  parallel: ({ set }) => set.spec?.podManagementPolicy === "Parallel",
};

/** What the plan's writes leave: pods that have not started, and pods on their way out. */
function written(state: StatefulSetSnapshot): StatefulSetSnapshot {
  const { actions, status } = plan(state, now);
  const doomed = new Set(actions.filter(({ verb }) => verb === "delete").map(({ pod }) => pod));
  const created = actions.filter(({ verb }) => verb === "create");
  const fresh = { phase: "Pending", ready: false, deleting: false } as const;
  return {
    ...state,
    set: status ? { ...state.set, status } : state.set,
    pods: [
      ...state.pods.map((pod) => (doomed.has(pod) ? ending(pod) : pod)),
      ...created.map(({ pod }) =>
        podOf(state.set, ordinalOf(pod), { ...fresh, updated: revisionOf(pod) === "web-new" }),
      ),
    ],
  };
}
const ending = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: formatTime(now) } });

/** The cluster after the plan, once containers run and what is being deleted is gone. */
function afterwards(state: StatefulSetSnapshot): StatefulSetSnapshot {
  const { actions, status } = plan(state, now);
  const deleted = new Set(actions.filter(({ verb }) => verb === "delete").map(({ pod }) => ordinalOf(pod)));
  const created = actions.filter(({ verb }) => verb === "create").map(({ pod }) => pod);
  const up = (pod: Pod): Pod =>
    // Of several that failed beyond the range an ordered set deletes none: upstream waits for people there.
    isTerminated(pod) && inRange(state, pod)
      ? pod
      : podOf(state.set, ordinalOf(pod), {
          updated: revisionOf(pod) === "web-new",
          phase: "Running",
          ready: true,
          deleting: false,
        });
  const staying = state.pods.filter((pod) => !deleted.has(ordinalOf(pod)) && !pod.metadata?.deletionTimestamp);
  return {
    ...state,
    set: status ? { ...state.set, status } : state.set,
    pods: [...staying, ...created].map(up),
  };
}

describe("a StatefulSet", () => {
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
      expect(plan(left, now)).toEqual({ actions: [] });
    });
  });

  test("that is ordered does one thing at a time", () => {
    check((state) => {
      if (state.set.spec?.podManagementPolicy !== "OrderedReady") return;
      if (state.set.spec.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return;
      expect(plan(state, now).actions.filter(({ verb }) => verb !== "update").length).toBeLessThanOrEqual(1);
    });
  });

  test("that is ordered creates a pod only when all below are up", () => {
    check((state) => {
      if (state.set.spec?.podManagementPolicy !== "OrderedReady") return;
      for (const { verb, pod } of plan(state, now).actions) {
        if (verb !== "create") continue;
        const start = state.set.spec.ordinals?.start ?? 0;
        const below = state.pods.filter((other) => inRange(state, other) && ordinalOf(other) < ordinalOf(pod));
        expect(below.length).toBe(ordinalOf(pod) - start);
        expect(below.every(isUp)).toBe(true);
      }
    });
  });

  test("leaves what the partition protects", () => {
    check((state) => {
      const { ordinals, updateStrategy } = state.set.spec ?? {};
      const first = (ordinals?.start ?? 0) + (updateStrategy?.rollingUpdate?.partition ?? 0);
      for (const { verb, pod } of plan(state, now).actions) {
        if (!inRange(state, pod) || isTerminated(pod) || ordinalOf(pod) >= first) continue;
        expect(verb).not.toBe("delete");
        if (verb === "create") expect(revisionOf(pod)).toBe("web-old");
      }
    });
  });

  test("takes no more pods for an update than may be unavailable", () => {
    check((state) => {
      const { replicas = 0, updateStrategy, podManagementPolicy } = state.set.spec ?? {};
      const { maxUnavailable } = updateStrategy?.rollingUpdate ?? {};
      const taken = plan(state, now).actions.filter(
        ({ verb, pod }) => verb === "delete" && inRange(state, pod) && isUp(pod),
      );
      const down = replicas - state.pods.filter((pod) => inRange(state, pod) && isUp(pod)).length;
      if (maxUnavailable === undefined) {
        // A parallel set looks only at pods above the one it takes.
        expect(taken.length).toBeLessThanOrEqual(1);
        if (podManagementPolicy === "OrderedReady" && taken.length > 0) expect(down).toBe(0);
        return;
      }
      const most = typeof maxUnavailable === "number" ? maxUnavailable : Math.max(1, Math.floor(replicas / 2));
      if (taken.length > 0) expect(taken.length + down).toBeLessThanOrEqual(most);
    });
  });

  test("reaches what is asked for, and then writes nothing", () => {
    check((state) => {
      let reached = state;
      for (let round = 0, rest = 0; round < 40 && rest < 2; round++) {
        const { actions, status } = plan(reached, now);
        rest = actions.length > 0 || status ? 0 : rest + 1;
        reached = afterwards(reached);
      }
      expect(plan(reached, now)).toEqual({ actions: [] });
      const { replicas = 0, ordinals, updateStrategy } = reached.set.spec ?? {};
      const start = ordinals?.start ?? 0;
      const names = reached.pods.map(ordinalOf).sort((a, b) => a - b);
      expect(names).toEqual(Array.from({ length: replicas }, (_, i) => start + i));
      const first = start + (updateStrategy?.rollingUpdate?.partition ?? 0);
      for (const pod of reached.pods) if (ordinalOf(pod) >= first) expect(revisionOf(pod)).toBe("web-new");
    }, 2000);
  });
});
