import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { Expectations } from "../expectations.ts";
import { slowStart } from "../slow-start.ts";
import { chooseForDeletion, compareForDeletion, deletionCostAnnotation } from "./deletion-ranking.ts";
import { plan, planStatus } from "./plan.ts";
import { podOf } from "./pod-template.ts";

const now = 1_735_689_600_000;
const replicaSet = (spec: Partial<ReplicaSet["spec"]> = {}, status?: ReplicaSet["status"]): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name: "web", namespace: "default", uid: "rs", generation: 2 },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web", tier: "front" } }, spec: { containers: [] } },
    ...spec,
  },
  ...(status ? { status } : {}),
});

interface PodFacts {
  uid?: string;
  node?: string | undefined;
  phase?: string;
  /** Seconds ago. */
  ready?: number | undefined;
  created?: number;
  cost?: string;
  restarts?: number;
  labels?: Record<string, string>;
}
const pod = ({ uid = "u", node = "n1", phase = "Running", ready, created = 100, ...rest }: PodFacts = {}): Pod => ({
  metadata: {
    name: uid,
    uid,
    creationTimestamp: formatTime(now - created * 1000),
    labels: rest.labels ?? { app: "web", tier: "front" },
    ...(rest.cost === undefined ? {} : { annotations: { [deletionCostAnnotation]: rest.cost } }),
  },
  spec: { containers: [], ...(node ? { nodeName: node } : {}) },
  status: {
    phase,
    conditions:
      ready === undefined
        ? []
        : [{ type: "Ready", status: "True", lastTransitionTime: formatTime(now - ready * 1000) }],
    containerStatuses: [
      { name: "c", restartCount: rest.restarts ?? 0, image: "", imageID: "", ready: ready !== undefined },
    ],
  },
});

const snapshot = (pods: readonly Pod[], spec: Partial<ReplicaSet["spec"]> = {}, expectationsSatisfied = true) => ({
  replicaSet: replicaSet(spec),
  pods,
  related: () => pods,
  expectationsSatisfied,
});

describe("plan", () => {
  test("makes up the difference, at most 500 at once", () => {
    expect(plan(snapshot([]), now)).toEqual({ action: "create", count: 3 });
    expect(plan(snapshot([], { replicas: 1200 }), now)).toEqual({ action: "create", count: 500 });
    const three = ["a", "b", "c"].map((uid) => pod({ uid }));
    expect(plan(snapshot(three), now)).toEqual({ action: "none" });
    expect(plan(snapshot(three, { replicas: 0 }), now)).toEqual({ action: "delete", pods: three });
  });

  test("does nothing while earlier work is unseen, or it is being deleted", () => {
    expect(plan(snapshot([], {}, false), now)).toEqual({ action: "none" });
    const doomed = { ...replicaSet(), metadata: { ...replicaSet().metadata, deletionTimestamp: formatTime(now) } };
    expect(plan({ ...snapshot([]), replicaSet: doomed }, now)).toEqual({ action: "none" });
  });
});

describe("which pods die first", () => {
  const crowd = (node: string) => (node === "crowded" ? 2 : 1);
  test.each<[string, PodFacts, PodFacts]>([
    ["unassigned before assigned", { node: "", phase: "Pending" }, { phase: "Pending" }],
    ["pending before unknown", { phase: "Pending" }, { phase: "Unknown" }],
    ["unknown before running", { phase: "Unknown" }, { phase: "Running" }],
    ["not ready before ready", {}, { ready: 10 }],
    ["cheap before dear", { ready: 9, cost: "-5" }, { ready: 9 }],
    ["an invalid cost is zero", { ready: 9, cost: "1e3" }, { ready: 9, cost: "1" }],
    ["on a crowded node first", { ready: 9, node: "crowded" }, { ready: 9 }],
    ["ready for less time first", { ready: 2 }, { ready: 1000 }],
    ["similar ages by UID", { ready: 9, uid: "a" }, { ready: 10, uid: "b" }],
    ["more restarts first", { restarts: 3 }, { restarts: 1 }],
    ["younger before older", { created: 5 }, { created: 5000 }],
  ])("%s", (_, first, second) => {
    expect(compareForDeletion(pod(first), pod(second), crowd, now)).toBeLessThan(0);
    expect(compareForDeletion(pod(second), pod(first), crowd, now)).toBeGreaterThan(0);
  });

  /** Each criterion outweighs all that come after it, which here speak for the other pod. */
  const last = { ready: 2, cost: "-9", node: "crowded", restarts: 9, created: 3, uid: "a" };
  const first = { ready: 100_000, cost: "9", node: "n1", restarts: 0, created: 200_000, uid: "z" };
  const without = <T extends object>(facts: T, ...names: string[]): T =>
    Object.fromEntries(Object.entries(facts).filter(([name]) => !names.includes(name))) as T;
  test.each<[string, PodFacts, PodFacts]>([
    ["1. unassigned", { ...first, node: "", phase: "Running" }, { ...last, phase: "Pending" }],
    ["2. phase", { ...first, phase: "Pending" }, { ...last, phase: "Unknown" }],
    ["3. readiness", without(first, "ready"), last],
    ["4. deletion cost", { ...first, cost: "-10" }, last],
    ["5. crowding", { ...first, cost: "-9", node: "crowded" }, { ...last, node: "n1" }],
    ["6. time of readiness", { ...first, cost: "-9", ready: 2 }, { ...last, node: "n1", ready: 100_000 }],
    [
      "7. restarts",
      { ...without(first, "ready"), cost: "-9", restarts: 9 },
      { ...without(last, "ready"), node: "n1", restarts: 1 },
    ],
    [
      "8. time of creation",
      { ...without(first, "ready"), cost: "-9", restarts: 1, created: 3 },
      { ...without(last, "ready"), node: "n1", restarts: 1, created: 200_000 },
    ],
    [
      "and the UID when both are about as old",
      { ...without(first, "ready"), cost: "-9", restarts: 1, created: 300, uid: "a" },
      { ...without(last, "ready"), node: "n1", restarts: 1, created: 310, uid: "z" },
    ],
  ])("criterion %s", (_, a, b) => {
    expect(compareForDeletion(pod(a), pod(b), crowd, now)).toBeLessThan(0);
    expect(compareForDeletion(pod(b), pod(a), crowd, now)).toBeGreaterThan(0);
  });

  test("restarts of containers come before those of sidecars; those of other init containers do not count", () => {
    const withInit = (restarts: number, sidecar: number, ended = 0): Pod => {
      const one = pod({ restarts });
      return {
        ...one,
        spec: {
          ...one.spec,
          containers: [],
          initContainers: [{ name: "side", restartPolicy: "Always" }, { name: "once" }],
        },
        status: {
          ...one.status,
          initContainerStatuses: [
            { name: "side", restartCount: sidecar, image: "", imageID: "", ready: true },
            { name: "once", restartCount: ended, image: "", imageID: "", ready: true },
          ],
        },
      };
    };
    const order = (a: Pod, b: Pod) => compareForDeletion(a, b, crowd, now);
    expect(order(withInit(2, 0), withInit(1, 9))).toBeLessThan(0);
    expect(order(withInit(1, 3), withInit(1, 2))).toBeLessThan(0);
    expect(order(withInit(1, 1, 9), withInit(1, 1, 0))).toBe(0);
  });

  test.each([
    ["2147483647", 2147483647],
    ["-2147483648", -2147483648],
    ["2147483648", 0],
    ["-01", -1],
    ["+1", 0],
    ["01", 0],
    ["", 0],
    ["x", 0],
  ])("a deletion cost of %j counts as %i", (cost, value) => {
    const order = compareForDeletion(pod({ ready: 9, cost }), pod({ ready: 9, cost: "0" }), crowd, now);
    expect(Math.sign(order)).toBe(Math.sign(value));
  });

  test("a pod whose readiness or creation has no time counts as newest", () => {
    const timeless = pod({ ready: 9 });
    const ready = { ...timeless, status: { ...timeless.status, conditions: [{ type: "Ready", status: "True" }] } };
    expect(compareForDeletion(ready, pod({ ready: 1 }), crowd, now)).toBeLessThan(0);
    const unborn = { ...pod(), metadata: { name: "u", uid: "u" } };
    expect(compareForDeletion(unborn, pod({ created: 1 }), crowd, now)).toBeLessThan(0);
  });

  test("all go when all must: they are not put into order", () => {
    const both = [pod({ ready: 1, uid: "b" }), pod({ uid: "a" })];
    expect(chooseForDeletion(both, both, 2, now)).toEqual(both);
    expect(chooseForDeletion(both, both, 1, now)).toEqual([both[1]]);
  });

  test("the order is consistent", () => {
    const facts = fc.record({
      uid: fc.uuid(),
      node: fc.constantFrom("", "a", "b"),
      phase: fc.constantFrom("Pending", "Unknown", "Running"),
      ready: fc.option(fc.nat(100_000), { nil: undefined }),
      created: fc.nat(100_000),
      restarts: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.uniqueArray(facts, { selector: (f) => f.uid, maxLength: 12 }), fc.nat(12), (all, count) => {
        const pods = all.map(pod);
        const doomed = chooseForDeletion(pods, pods, count, now);
        expect(doomed.length).toBe(Math.min(count, pods.length));
        const again = chooseForDeletion([...pods].reverse(), pods, count, now);
        expect(new Set(again)).toEqual(new Set(doomed));
      }),
    );
  });
});

describe("status", () => {
  test("counts replicas, labels, readiness, availability", () => {
    const pods = [pod({ ready: 20 }), pod({ ready: 3 }), pod({ labels: { app: "web" } })];
    expect(planStatus(replicaSet({ minReadySeconds: 10 }), pods, undefined, now)).toEqual({
      status: {
        replicas: 3,
        fullyLabeledReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 1,
        observedGeneration: 2,
      },
      requeueAfter: 7000,
    });
  });

  test("is not written when it is right", () => {
    const { status } = planStatus(replicaSet(), [pod({ ready: 1 })], undefined, now);
    expect(planStatus(replicaSet({}, status), [pod({ ready: 1 })], undefined, now)).toEqual({});
  });

  test("carries a failure once, until an attempt succeeds", () => {
    const failed = planStatus(replicaSet(), [], "quota", now).status;
    const condition = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" };
    expect(failed?.conditions).toEqual([{ ...condition, lastTransitionTime: formatTime(now) }]);
    expect(planStatus(replicaSet({}, failed), [], "other", now + 5000)).toEqual({});
    expect(planStatus(replicaSet({}, failed), [], undefined, now).status?.conditions).toBeUndefined();
    const tooMany = ["a", "b", "c", "d"].map((uid) => pod({ uid }));
    expect(planStatus(replicaSet(), tooMany, "no", now).status?.conditions?.[0]?.reason).toBe("FailedDelete");
  });
});

test("a pod is its template, owned, with a name from the server", () => {
  expect(podOf(replicaSet())).toEqual({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "web-",
      namespace: "default",
      labels: { app: "web", tier: "front" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web",
          uid: "rs",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { containers: [] },
  });
});

test("slow start doubles its batches and stops after a batch with an error", async () => {
  const running: number[] = [];
  let active = 0;
  const create = async (i: number, failAt = -1) => {
    active++;
    await Promise.resolve();
    running.push(active);
    await Promise.resolve();
    active--;
    if (i === failAt) throw new Error(`no ${i}`);
  };
  expect(await slowStart(10, (i) => create(i))).toEqual({ succeeded: 10 });
  expect(Math.max(...running)).toBe(4);
  const stopped = await slowStart(100, (i) => create(i, 5));
  expect(stopped).toEqual({ succeeded: 6, error: new Error("no 5") });
  expect(await slowStart(0, (i) => create(i))).toEqual({ succeeded: 0 });
});

test("expectations hold until all is seen, or five minutes pass", () => {
  const expectations = new Expectations();
  expect(expectations.satisfied("k", 0)).toBe(true);
  expectations.expect("k", 2, [], 0);
  expectations.created("k");
  expect(expectations.satisfied("k", 0)).toBe(false);
  expectations.created("k");
  expect(expectations.satisfied("k", 0)).toBe(true);
  expectations.expect("k", 0, ["a", "b"], 0);
  expectations.deleted("k", "a");
  expectations.deleted("k", "a");
  expect(expectations.satisfied("k", 300_000)).toBe(false);
  expect(expectations.satisfied("k", 300_001)).toBe(true);
});
