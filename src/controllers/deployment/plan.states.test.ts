/** What holds for every Deployment in every state, however it came into it. */

import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { highestOf } from "../../api/apps/revision-number.ts";
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { deployment, Model, template } from "../../testing/deployment-fixture.ts";
import { propertyRuns } from "../../testing/property-runs.ts";
import { isDeleting } from "../ownership.ts";
import { desiredReplicas, maxReplicas, revisionAnnotation, revisionOf } from "./annotations.ts";
import { fencePosts, isRecreate, isRolling, replicasOf } from "./fence-posts.ts";
import { type DeploymentPlan, type DeploymentSnapshot, plan } from "./plan.ts";
import { findNewReplicaSet, sameTemplate } from "./pod-template.ts";
import { isComplete } from "./progress.ts";
import { availableOf, isInUse, sizeOf, totalSize } from "./replica-sets.ts";

const now = 1_735_689_600_000;
const images = ["a", "b", "c", "d"] as const;

interface SetFacts {
  readonly image: string;
  readonly size: number;
  readonly available: number;
  readonly revision: string | undefined;
  readonly noted: "right" | "other" | "none";
  readonly observed: boolean;
  readonly age: number;
  readonly failing: boolean;
  readonly deleting: boolean;
}
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const setFacts: fc.Arbitrary<SetFacts> = fc.record({
  image: fc.constantFrom(...images),
  size: fc.oneof(fc.constant(0), fc.nat(8)),
  available: fc.oneof(fc.constant(99), fc.nat(8)),
  revision: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, "x") },
  ),
  noted: fc.constantFrom("right", "right", "right", "other", "none"),
  observed: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
  age: fc.nat(3),
  failing: rarely,
  deleting: rarely,
});
const bound = fc.oneof(
  fc.integer({ min: 0, max: 4 }),
  fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
);
const strategies = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ maxSurge: bound, maxUnavailable: bound })
      .map((rollingUpdate) => ({ type: "RollingUpdate", rollingUpdate })),
  },
  { weight: 1, arbitrary: fc.constant({ type: "Recreate" }) },
);

/** @param resizedFrom the size that ReplicaSets have noted that were not scaled since */
function replicaSetOf(owner: Deployment, facts: SetFacts, i: number, resizedFrom: number): ReplicaSet {
  const { image, size, available, revision, noted, observed, age, failing, deleting } = facts;
  const count = Math.min(size, available);
  const wanted = noted === "right" ? replicasOf(owner) : resizedFrom;
  const sizes = {
    "deployment.kubernetes.io/desired-replicas": String(wanted),
    "deployment.kubernetes.io/max-replicas": String(wanted + fencePosts(owner).surge),
  };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `web-${i}`,
      namespace: "default",
      uid: `rs${i}`,
      generation: 2,
      creationTimestamp: formatTime(now - age * 1000),
      annotations: {
        ...(revision === undefined ? {} : { [revisionAnnotation]: revision }),
        ...(noted === "none" ? {} : sizes),
      },
      ...(deleting && size === 0 ? { deletionTimestamp: formatTime(now) } : {}),
    },
    spec: { replicas: size, selector: { matchLabels: { app: "web" } }, template: template(image) },
    status: {
      replicas: size,
      readyReplicas: count,
      availableReplicas: count,
      observedGeneration: observed ? 2 : 1,
      ...(failing ? { conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }] } : {}),
    },
  };
}

const states: fc.Arbitrary<DeploymentSnapshot> = fc
  .record({
    replicas: fc.nat(8),
    strategy: strategies,
    image: fc.constantFrom(...images),
    paused: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    deleting: rarely,
    limit: fc.nat(2),
    collisionCount: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 }),
    deadline: fc.constantFrom(600, 2_147_483_647),
    resizedFrom: fc.nat(8),
    settled: fc.integer({ min: 0, max: 2 }).map((n) => n === 0),
    reason: fc.constantFrom(undefined, "NewReplicaSetAvailable", "ReplicaSetUpdated", "ProgressDeadlineExceeded"),
    sets: fc.array(setFacts, { maxLength: 5 }),
  })
  .map(({ settled, resizedFrom, sets: drawn, ...rest }) => {
    const { replicas, strategy, image, paused, deleting, limit, collisionCount, deadline, reason } = rest;
    const done = { image, size: replicas, available: replicas, observed: true };
    const sets = settled ? drawn.map((facts, i) => ({ ...facts, size: 0, ...(i === 0 ? done : {}) })) : drawn;
    const spec = { replicas, strategy, image, paused, revisionHistoryLimit: limit, progressDeadlineSeconds: deadline };
    const bare = deployment(spec);
    const time = formatTime(now - 700_000);
    const condition = { type: "Progressing", status: "True", reason, lastUpdateTime: time, lastTransitionTime: time };
    const total = sets.reduce((sum, { size }) => sum + size, 0);
    const counts = { updatedReplicas: total, readyReplicas: total, availableReplicas: total, observedGeneration: 1 };
    const owner: Deployment = {
      ...bare,
      metadata: { ...bare.metadata, ...(deleting ? { deletionTimestamp: formatTime(now) } : {}) },
      status: {
        replicas: total,
        ...(settled ? counts : {}),
        ...(collisionCount === undefined ? {} : { collisionCount }),
        ...(reason === undefined ? {} : { conditions: [condition] }),
      },
    };
    return {
      deployment: owner,
      replicaSets: sets.map((facts, i) => replicaSetOf(owner, facts, i, resizedFrom)),
      pods: new Map(),
    };
  });

const runs = propertyRuns("Deployment plan");
afterAll(() => console.log(runs.text()));
const check = (property: (state: DeploymentSnapshot) => void, numRuns = 4000) =>
  fc.assert(fc.property(states, property), runs.of(numRuns));

/** The ReplicaSets once the plan's writes are made. */
function written({ replicaSets }: DeploymentSnapshot, { changes, deletions }: DeploymentPlan): readonly ReplicaSet[] {
  const changed = new Map(changes.map(({ replicaSet }) => [replicaSet.metadata?.name, replicaSet]));
  const kept = replicaSets.filter((rs) => !deletions.some((gone) => gone.metadata?.name === rs.metadata?.name));
  const created = changes.filter(({ replicaSet }) => !replicaSet.metadata?.uid);
  return [
    ...kept.map((rs) => changed.get(rs.metadata?.name) ?? rs),
    ...created.map(({ replicaSet }) => ({ ...replicaSet, status: { replicas: 0 } })),
  ];
}

const newOf = ({ deployment, replicaSets }: DeploymentSnapshot) => findNewReplicaSet(deployment, replicaSets);
const isScaling = ({ deployment, replicaSets }: DeploymentSnapshot) =>
  replicaSets.some((rs) => isInUse(rs) && (desiredReplicas(rs) ?? replicasOf(deployment)) !== replicasOf(deployment));
/** Is this a step of a rollout, and no more? */
const isRollout = (state: DeploymentSnapshot) =>
  !isDeleting(state.deployment) && !state.deployment.spec?.paused && !isScaling(state);
/**
 * A resize that upstream never gets done with: of several ReplicaSets under Recreate, and of a single one that has the
 * right size under another note. Neither comes about without somebody else's hand.
 */
function neverEnds(state: DeploymentSnapshot): boolean {
  const inUse = state.replicaSets.filter(isInUse);
  if (!isScaling(state) || inUse.length === 0) return false;
  return inUse.length > 1 ? isRecreate(state.deployment) : sizeOf(inUse[0] ?? {}) === replicasOf(state.deployment);
}
const lasting = (all: readonly ReplicaSet[]) => all.reduce((sum, rs) => sum + Math.min(sizeOf(rs), availableOf(rs)), 0);

const kindsOfStates: Readonly<Record<string, (state: DeploymentSnapshot) => boolean>> = {
  settled: (state) => plan(state, now).changes.length === 0,
  saturated: (state) => {
    const [rs, replicas] = [newOf(state), replicasOf(state.deployment)];
    return rs !== undefined && replicas > 0 && sizeOf(rs) === replicas && availableOf(rs) === replicas;
  },
  "mid-rollout": (state) => isRollout(state) && state.replicaSets.filter(isInUse).length > 1,
  unhealthy: ({ replicaSets }) => replicaSets.some((rs) => availableOf(rs) < sizeOf(rs)),
  paused: ({ deployment }) => deployment.spec?.paused === true,
  resized: isScaling,
  adopted: ({ replicaSets }) => replicaSets.some((rs) => isInUse(rs) && desiredReplicas(rs) === undefined),
  collided: ({ deployment }) => (deployment.status?.collisionCount ?? 0) > 0,
  "two of one template": ({ deployment, replicaSets }) =>
    replicaSets.filter((rs) => sameTemplate(rs.spec?.template ?? {}, deployment.spec?.template ?? {})).length > 1,
  "with history to clean": (state) => plan(state, now).deletions.length > 0,
  recreated: ({ deployment }) => isRecreate(deployment),
  deleting: ({ deployment }) => isDeleting(deployment),
  "past its deadline": (state) =>
    plan(state, now).status?.status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded") ?? false,
};

describe("a Deployment", () => {
  test("is looked at in every interesting state", () => {
    check((state) => {
      for (const [name, holds] of Object.entries(kindsOfStates)) runs.reach(name, holds(state));
    });
    for (const name of Object.keys(kindsOfStates)) expect(runs.reached(name), name).toBeGreaterThan(40);
  });

  test("is not scaled beyond replicas + surge", () => {
    check((state) => {
      if (!isRolling(state.deployment)) return;
      const allowed = replicasOf(state.deployment) + fencePosts(state.deployment).surge;
      const before = totalSize(state.replicaSets);
      // Proportions are those of what was noted; if there is more than that, somebody else has scaled.
      if (state.replicaSets.some((rs) => isInUse(rs) && (maxReplicas(rs) ?? before) < before)) return;
      expect(totalSize(written(state, plan(state, now)))).toBeLessThanOrEqual(Math.max(before, allowed));
    });
  });

  test("loses no available pod of an old version that it has promised", () => {
    check((state) => {
      if (!isRolling(state.deployment) || !isRollout(state)) return;
      // A new ReplicaSet that is too large shrinks whatever else there is: upstream takes that for a resize.
      const own = newOf(state);
      if (own && sizeOf(own) > replicasOf(state.deployment)) return;
      const least = replicasOf(state.deployment) - fencePosts(state.deployment).unavailable;
      const after = lasting(written(state, plan(state, now)));
      expect(after).toBeGreaterThanOrEqual(Math.min(lasting(state.replicaSets), least));
    });
  });

  test("goes either up or down in one sync", () => {
    check((state) => {
      if (!isRolling(state.deployment) || !isRollout(state)) return;
      const before = new Map(state.replicaSets.map((rs) => [rs.metadata?.name, sizeOf(rs)]));
      // One that is created comes at its size, and others may still step down in the same sync.
      const existing = plan(state, now).changes.filter(({ replicaSet }) => replicaSet.metadata?.uid);
      const steps = existing.map(({ replicaSet }) => sizeOf(replicaSet) - (before.get(replicaSet.metadata?.name) ?? 0));
      expect(steps.some((step) => step > 0) && steps.some((step) => step < 0)).toBe(false);
    });
  });

  test("that is going, or paused, creates nothing", () => {
    check((state) => {
      if (isDeleting(state.deployment) || state.deployment.spec?.paused)
        expect(plan(state, now).changes.filter(({ replicaSet }) => !replicaSet.metadata?.uid)).toEqual([]);
    });
  });

  test("gives its new ReplicaSet a higher revision than all others, and never takes one back", () => {
    check((state) => {
      const own = newOf(state);
      const before = own && revisionOf(own);
      if (own && before === undefined) return;
      const after = written(state, plan(state, now));
      const fresh = findNewReplicaSet(state.deployment, after);
      if (!fresh) return;
      const others = after.filter((rs) => rs !== fresh).map((rs) => revisionOf(rs) ?? 0n);
      expect(revisionOf(fresh)).toBeGreaterThan(highestOf(others));
      expect(revisionOf(fresh)).toBeGreaterThanOrEqual(before ?? 0n);
    });
  });

  test("deletes only idle old ReplicaSets beyond its limit, the lowest revisions", () => {
    check((state) => {
      const { deletions } = plan(state, now);
      const old = state.replicaSets.filter((rs) => rs !== newOf(state) && !isDeleting(rs));
      const limit = state.deployment.spec?.revisionHistoryLimit ?? 0;
      expect(deletions.length).toBeLessThanOrEqual(Math.max(0, old.length - limit));
      for (const rs of deletions) {
        expect([sizeOf(rs), rs.status?.replicas, isDeleting(rs), rs === newOf(state)]).toEqual([0, 0, false, false]);
        const lower = old.filter((other) => (revisionOf(other) ?? 0n) < (revisionOf(rs) ?? 0n));
        expect(lower.length).toBeLessThan(old.length - limit);
      }
      const { deployment } = state;
      if (deletions.length > 0) expect(deployment.spec?.paused || isComplete(deployment, deployment.status)).toBe(true);
    });
  });

  test("has a status that adds up, with one condition of each type", () => {
    check((state) => {
      const { status } = plan(state, now).status ?? {};
      if (!status) return;
      const sum = (count: (rs: ReplicaSet) => number) => state.replicaSets.reduce((all, rs) => all + count(rs), 0);
      expect(status.observedGeneration).toBe(1);
      expect(status.replicas ?? 0).toBe(sum((rs) => rs.status?.replicas ?? 0));
      expect(status.availableReplicas ?? 0).toBe(sum(availableOf));
      expect(status.collisionCount).toBe(state.deployment.status?.collisionCount);
      const types = (status.conditions ?? []).map(({ type }) => type);
      expect(new Set(types).size).toBe(types.length);
      const hasDeadline = state.deployment.spec?.progressDeadlineSeconds === 600;
      if (isRollout(state)) expect(types.includes("Progressing")).toBe(hasDeadline && types.includes("Progressing"));
    });
  });

  test("writes nothing more when the world stands still", () => {
    check((state) => {
      const model = modelOf(state);
      for (let sync = 0; sync < 40 && model.sync(); sync++);
      expect(model.sync()).toBe(false);
    });
  });

  test("reaches what is asked for, and then writes nothing", () => {
    check((state) => {
      const model = modelOf(state);
      if (isDeleting(state.deployment) || state.deployment.spec?.paused) return;
      if (neverEnds(state)) return;
      model.settle();
      const wanted = state.deployment.spec?.template ?? {};
      const current = findNewReplicaSet(model.deployment, model.replicaSets);
      expect(sameTemplate(current?.spec?.template ?? {}, wanted)).toBe(true);
      for (const rs of model.replicaSets) expect(sizeOf(rs)).toBe(rs === current ? replicasOf(model.deployment) : 0);
      expect(model.deployment.metadata?.annotations?.[revisionAnnotation]).toBe(
        current?.metadata?.annotations?.[revisionAnnotation],
      );
      expect(model.sync()).toBe(false);
    }, 2000);
  });
});

function modelOf({ deployment, replicaSets }: DeploymentSnapshot): Model {
  const model = new Model(deployment);
  model.replicaSets = [...replicaSets];
  model.now = now;
  return model;
}
