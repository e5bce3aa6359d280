/** What holds for every ReplicaSet in every state. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { propertyRuns } from "../../testing/property-runs.ts";
import { availableAt, isReady } from "../pod-state.ts";
import { plan, planStatus, type ReplicaSetSnapshot } from "./plan.ts";

const now = 1_735_689_600_000;
const labels = { app: "web" };

const pods: fc.Arbitrary<Pod> = fc
  .record({
    uid: fc.uuid(),
    node: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
    phase: fc.constantFrom("Pending", "Unknown", "Running", "Running", "Running"),
    ready: fc.boolean(),
    readyFor: fc.integer({ min: 0, max: 60 }),
    labelled: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    cost: fc.option(fc.constantFrom("-5", "10", "many"), { nil: undefined, freq: 4 }),
  })
  .map(({ uid, node, phase, ready, readyFor, labelled, cost }) => ({
    metadata: {
      name: uid,
      uid,
      labels: labelled ? { ...labels, tier: "front" } : labels,
      creationTimestamp: formatTime(now - 100_000),
      ...(cost === undefined ? {} : { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      conditions: [
        { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: formatTime(now - readyFor * 1000) },
      ],
    },
  }));

interface State extends ReplicaSetSnapshot {
  readonly failure: string | undefined;
}
const states: fc.Arbitrary<State> = fc
  .record({
    replicas: fc.nat(8),
    pods: fc.uniqueArray(pods, { maxLength: 10, selector: ({ metadata }) => metadata?.uid }),
    minReadySeconds: fc.constantFrom(0, 0, 30),
    satisfied: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    deleting: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    failed: fc.boolean(),
    failure: fc.option(fc.constantFrom("quota", "refused"), { nil: undefined, freq: 3 }),
  })
  .map(({ replicas, pods, minReadySeconds, satisfied, deleting, failed, failure }) => {
    const replicaSet: ReplicaSet = {
      metadata: {
        name: "web",
        namespace: "d",
        uid: "rs",
        generation: 3,
        ...(deleting ? { deletionTimestamp: formatTime(now) } : {}),
      },
      spec: {
        replicas,
        minReadySeconds,
        selector: { matchLabels: labels },
        template: { metadata: { labels: { ...labels, tier: "front" } }, spec: { containers: [] } },
      },
      ...(failed ? { status: { replicas: 1, conditions: [{ type: "ReplicaFailure", status: "True" }] } } : {}),
    };
    return { replicaSet, pods, related: () => pods, expectationsSatisfied: satisfied, failure };
  });

const runs = propertyRuns("ReplicaSet plan");
afterAll(() => console.log(runs.text()));
const check = (property: (state: State) => void) => fc.assert(fc.property(states, property), runs.of(6000));
const wanted = ({ replicaSet }: State) => replicaSet.spec?.replicas ?? 0;
const mayAct = ({ expectationsSatisfied, replicaSet }: State) =>
  expectationsSatisfied && !replicaSet.metadata?.deletionTimestamp;
const statusOf = ({ replicaSet, pods, failure }: State) => planStatus(replicaSet, pods, failure, now);

const kindsOfStates: Readonly<Record<string, (state: State) => boolean>> = {
  settled: (state) => state.pods.length === wanted(state),
  "too few": (state) => state.pods.length < wanted(state),
  "too many": (state) => state.pods.length > wanted(state),
  unhealthy: ({ pods }) => pods.some((pod) => !isReady(pod)),
  "soon available": (state) => statusOf(state).requeueAfter !== undefined,
  "waiting for its cache": ({ expectationsSatisfied }) => !expectationsSatisfied,
  deleting: ({ replicaSet }) => Boolean(replicaSet.metadata?.deletionTimestamp),
  failing: ({ failure }) => failure !== undefined,
};

describe("a ReplicaSet", () => {
  test("is looked at in every interesting state", () => {
    check((state) => {
      for (const [name, holds] of Object.entries(kindsOfStates)) runs.reach(name, holds(state));
    });
    for (const name of Object.keys(kindsOfStates)) expect(runs.reached(name), name).toBeGreaterThan(60);
  });

  test("creates or deletes exactly the difference, and nothing while its cache lags or it is going", () => {
    check((state) => {
      const todo = plan(state, now);
      const change = todo.action === "create" ? todo.count : todo.action === "delete" ? -todo.pods.length : 0;
      expect(change).toBe(mayAct(state) ? wanted(state) - state.pods.length : 0);
    });
  });

  test("deletes each pod once, and no ready one while one that is not on a node, not running or not ready stays", () => {
    check((state) => {
      const todo = plan(state, now);
      if (todo.action !== "delete") return;
      const doomed = new Set(todo.pods);
      expect(doomed.size).toBe(todo.pods.length);
      const good = (pod: Pod) => Boolean(pod.spec?.nodeName) && pod.status?.phase === "Running" && isReady(pod);
      const staying = state.pods.filter((pod) => !doomed.has(pod));
      if (staying.some((pod) => !good(pod))) expect([...doomed].filter(good)).toEqual([]);
    });
  });

  test("has what it asks for after its plan, and then does nothing", () => {
    check((state) => {
      const todo = plan(state, now);
      if (!mayAct(state)) return;
      const fresh = (i: number): Pod => ({ metadata: { name: `new-${i}`, uid: `new-${i}`, labels } });
      const pods =
        todo.action === "create"
          ? [...state.pods, ...Array.from({ length: todo.count }, (_, i) => fresh(i))]
          : state.pods.filter((pod) => todo.action !== "delete" || !todo.pods.includes(pod));
      expect(plan({ ...state, pods, related: () => pods }, now)).toEqual({ action: "none" });
    });
  });

  test("counts no more available than ready, no more ready than there are, and has its status written once", () => {
    check((state) => {
      const { status } = statusOf(state);
      if (!status) return;
      const { replicas, readyReplicas = 0, availableReplicas = 0, fullyLabeledReplicas = 0 } = status;
      const { minReadySeconds = 0 } = state.replicaSet.spec ?? {};
      expect(replicas).toBe(state.pods.length);
      expect(readyReplicas).toBe(state.pods.filter(isReady).length);
      expect(availableReplicas).toBe(state.pods.filter((pod) => availableAt(pod, minReadySeconds) <= now).length);
      expect(availableReplicas).toBeLessThanOrEqual(readyReplicas);
      expect(fullyLabeledReplicas).toBeLessThanOrEqual(replicas);
      const replicaSet = { ...state.replicaSet, status };
      expect(statusOf({ ...state, replicaSet }).status).toBeUndefined();
    });
  });
});
