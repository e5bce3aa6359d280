import { describe, expect, test } from "vitest";
import type { ReplicaSet } from "../../api/generated/types.ts";
import { deployment, Model, template } from "../../testing/deployment-fixture.ts";
import { newReplicaSetAnnotations, revisionAnnotation, revisionHistoryAnnotation } from "./annotations.ts";
import { withCondition } from "./conditions.ts";
import { fencePosts } from "./fence-posts.ts";
import { collided, createFailed } from "./plan.ts";
import { sameTemplate, templateHash } from "./pod-template.ts";

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

describe("fence posts", () => {
  test.each([
    [1, "25%", "25%", 1, 0],
    [2, "25%", "25%", 1, 0],
    [3, "25%", "25%", 1, 0],
    [4, "25%", "25%", 1, 1],
    [5, "25%", "25%", 2, 1],
    [10, "25%", "25%", 3, 2],
    [1, 0, "1%", 0, 1],
    [10, 0, "1%", 0, 1],
    [5, 1, 0, 1, 0],
    [2, 0, 5, 0, 2],
    [0, 1, 1, 1, 0],
  ])("%i replicas, surge %s, unavailable %s: %i and %i", (replicas, maxSurge, maxUnavailable, surge, unavailable) => {
    expect(fencePosts(deployment({ replicas, ...rolling(maxSurge, maxUnavailable) }))).toEqual({ surge, unavailable });
  });

  test("there are none for Recreate", () => {
    expect(fencePosts(deployment({ strategy: { type: "Recreate" } }))).toEqual({ surge: 0, unavailable: 0 });
  });
});

describe("the first rollout", () => {
  test("creates revision 1 at full size and reports it", () => {
    const model = new Model(deployment());
    model.sync();
    const [rs] = model.replicaSets;
    const hash = rs?.metadata?.labels?.["pod-template-hash"];
    expect(rs?.metadata?.name).toBe(`web-${hash}`);
    expect(rs?.metadata?.annotations).toEqual({
      "deployment.kubernetes.io/desired-replicas": "3",
      "deployment.kubernetes.io/max-replicas": "4",
      "deployment.kubernetes.io/revision": "1",
    });
    expect(rs?.spec?.selector.matchLabels).toEqual({ app: "web", "pod-template-hash": hash });
    expect(rs?.metadata?.ownerReferences).toEqual([
      { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d", controller: true, blockOwnerDeletion: true },
    ]);
    expect(model.events).toEqual([`Scaled up replica set web-${hash} from 0 to 3`]);
    expect(model.deployment.metadata?.annotations).toEqual({ [revisionAnnotation]: "1" });
    expect(model.condition("Progressing")).toMatchObject({
      status: "True",
      reason: "NewReplicaSetCreated",
      message: `Created new replica set "web-${hash}"`,
    });
    expect(model.condition("Available")).toMatchObject({ status: "False", reason: "MinimumReplicasUnavailable" });
    expect(model.deployment.status).toMatchObject({ observedGeneration: 1, unavailableReplicas: 3 });
  });

  test("ends available, complete, and asking for nothing", () => {
    const model = new Model(deployment());
    model.settle();
    const name = model.replicaSets[0]?.metadata?.name;
    expect(model.deployment.status).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(model.deployment.status?.unavailableReplicas).toBeUndefined();
    expect(model.condition("Available")?.message).toBe("Deployment has minimum availability.");
    expect(model.condition("Progressing")).toMatchObject({
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "${name}" has successfully progressed.`,
    });
    expect(model.sync()).toBe(false);
    expect(model.lastPlan.requeueAfter).toBeUndefined();
  });
});

test("a rolling update of ten with 25% goes 3 up, 2 down, 2 up, then one by one", () => {
  const model = new Model(deployment({ replicas: 10 }));
  model.settle();
  model.edit(() => ({ template: template("app:2") }));
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 8, "app:2": 3 });
  model.observe(model.find("app:1"), 8);
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 8, "app:2": 5 });
  model.observe(model.find("app:2"), 1);
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 7, "app:2": 5 });
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 7, "app:2": 6 });
});

test("a rollout to a template that never runs keeps the old pods, and misses its deadline", () => {
  const model = new Model(deployment({ replicas: 1 }));
  model.settle();
  model.edit(() => ({ template: template("app:missing") }));
  for (let i = 0; i < 5; i++) {
    model.sync();
    model.observe(model.find("app:1"), 1);
    model.observe(model.find("app:missing"), 0);
  }
  expect(model.sizes()).toEqual({ "app:1": 1, "app:missing": 1 });
  const name = model.find("app:missing").metadata?.name;
  expect(model.condition("Progressing")).toMatchObject({
    reason: "ReplicaSetUpdated",
    message: `ReplicaSet "${name}" is progressing.`,
  });
  expect(model.lastPlan.requeueAfter).toBe(601_000);
  model.now += 601_000;
  model.sync();
  expect(model.condition("Progressing")).toMatchObject({
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: `ReplicaSet "${name}" has timed out progressing.`,
  });
  expect(model.condition("Available")?.status).toBe("True");
  expect(model.lastPlan.requeueAfter).toBeUndefined();
});

test("pods that are lost after the rollout start no deadline", () => {
  const model = new Model(deployment());
  model.settle();
  model.now += 3_600_000;
  model.observe(model.find("app:1"), 2);
  model.sync();
  expect(model.deployment.status).toMatchObject({ availableReplicas: 2, unavailableReplicas: 1 });
  expect(model.condition("Progressing")?.reason).toBe("NewReplicaSetAvailable");
  expect(model.lastPlan.requeueAfter).toBeUndefined();
});

test("a ReplicaSet's size annotations change only when its size does", () => {
  const model = new Model(deployment({ replicas: 10 }));
  model.settle();
  model.edit(() => ({ template: template("app:bad") }));
  for (let i = 0; i < 5; i++) {
    model.sync();
    model.observe(model.find("app:1"), 10);
    model.observe(model.find("app:bad"), 0);
  }
  expect(model.sizes()).toEqual({ "app:1": 8, "app:bad": 5 });
  model.edit(() => rolling(2, "25%"));
  model.sync();
  expect(model.lastPlan.changes).toEqual([]);
});

test("a Progressing condition that is missing is made up for", () => {
  const model = new Model(deployment({ progressDeadlineSeconds: 2_147_483_647 }));
  model.settle();
  expect(model.condition("Progressing")).toBeUndefined();
  model.edit(() => ({ progressDeadlineSeconds: 600 }));
  model.observe(model.find("app:1"), 2);
  model.sync();
  const name = model.find("app:1").metadata?.name;
  expect(model.condition("Progressing")).toMatchObject({
    status: "True",
    reason: "FoundNewReplicaSet",
    message: `Found new replica set "${name}"`,
  });
});

test("unhealthy old pods go first, without waiting for new ones", () => {
  const model = new Model(deployment({ replicas: 10 }));
  model.settle();
  model.edit(() => ({ template: template("app:bad") }));
  for (let i = 0; i < 4; i++) {
    model.sync();
    model.observe(model.find("app:1"), 10);
    model.observe(model.find("app:bad"), 0);
  }
  expect(model.sizes()).toEqual({ "app:1": 8, "app:bad": 5 });
  model.edit(() => ({ template: template("app:3") }));
  model.sync();
  expect(model.sizes()).toMatchObject({ "app:1": 8, "app:bad": 0, "app:3": 0 });
  model.observeAll();
  model.sync();
  expect(model.sizes()).toMatchObject({ "app:1": 8, "app:3": 5 });
});

test("going back to an old template reuses its ReplicaSet under the next revision", () => {
  const model = new Model(deployment());
  model.settle();
  model.edit(() => ({ template: template("app:2") }));
  model.settle();
  model.edit(() => ({ template: template("app:1") }));
  model.settle();
  expect(model.replicaSets.length).toBe(2);
  expect(model.find("app:1").metadata?.annotations).toMatchObject({
    [revisionAnnotation]: "3",
    [revisionHistoryAnnotation]: "1",
  });
  expect(model.deployment.metadata?.annotations?.[revisionAnnotation]).toBe("3");
  model.edit(() => ({ template: template("app:2") }));
  model.settle();
  model.edit(() => ({ template: template("app:1") }));
  model.settle();
  expect(model.find("app:1").metadata?.annotations?.[revisionHistoryAnnotation]).toBe("1,3");
});

test("revision history drops its oldest entries beyond 2000 characters", () => {
  const history = Array.from({ length: 400 }, (_, i) => String(1000 + i)).join(",");
  const current = { [revisionAnnotation]: "1400", [revisionHistoryAnnotation]: history };
  const next = newReplicaSetAnnotations(deployment(), current, 1401n)[revisionHistoryAnnotation] ?? "";
  expect(next.length).toBeLessThanOrEqual(2000);
  expect(next.startsWith("1001,")).toBe(true);
  expect(next.endsWith(",1399,1400")).toBe(true);
});

test("annotations flow to the current ReplicaSet and freeze with it", () => {
  const first = deployment();
  first.metadata = {
    ...first.metadata,
    annotations: { "kubernetes.io/change-cause": "first", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
  };
  const model = new Model(first);
  model.settle();
  model.edit(() => ({ template: template("app:2") }));
  const annotations = { ...model.deployment.metadata?.annotations, "kubernetes.io/change-cause": "second" };
  model.deployment = { ...model.deployment, metadata: { ...model.deployment.metadata, annotations } };
  model.settle();
  const causes = model.replicaSets.map((rs) => rs.metadata?.annotations?.["kubernetes.io/change-cause"]);
  expect(causes).toEqual(["first", "second"]);
  expect(model.find("app:1").metadata?.annotations).not.toHaveProperty(
    "kubectl.kubernetes.io/last-applied-configuration",
  );
});

describe("scaling", () => {
  const midRollout = (replicas: number, old: number, fresh: number) => {
    const model = new Model(deployment({ replicas, ...rolling(3, 2) }));
    model.settle();
    model.edit(() => ({ template: template("app:2") }));
    model.sync();
    model.replicaSets = model.replicaSets.map(
      (rs): ReplicaSet => ({
        ...rs,
        spec: { ...rs.spec, replicas: rs === model.find("app:1") ? old : fresh } as ReplicaSet["spec"],
      }),
    );
    return model;
  };

  test.each([
    [10, { old: 8, fresh: 5 }, 15, { old: 11, fresh: 7 }],
    [10, { old: 8, fresh: 5 }, 12, { old: 9, fresh: 6 }],
    [15, { old: 11, fresh: 7 }, 5, { old: 5, fresh: 3 }],
    [10, { old: 8, fresh: 5 }, 0, { old: 0, fresh: 0 }],
  ])("of %i replicas %o to %i gives %o", (from, before, to, after) => {
    const model = midRollout(from, before.old, before.fresh);
    model.edit(() => ({ replicas: to }));
    model.sync();
    expect(model.sizes()).toEqual({ "app:1": after.old, "app:2": after.fresh });
    for (const rs of model.replicaSets)
      expect(rs.metadata?.annotations?.["deployment.kubernetes.io/desired-replicas"]).toBe(String(to));
  });

  test("a single ReplicaSet takes the whole change", () => {
    const model = new Model(deployment({ replicas: 0 }));
    model.settle();
    model.edit(() => ({ replicas: 500 }));
    model.sync();
    expect(model.sizes()).toEqual({ "app:1": 500 });
    expect(model.events.at(-1)).toMatch(/^Scaled up replica set web-\w+ from 0 to 500$/);
  });

  test("a saturated new ReplicaSet takes over", () => {
    const model = midRollout(10, 3, 10);
    model.observeAll();
    const last = model.find("app:1");
    const annotations = { ...last.metadata?.annotations, "deployment.kubernetes.io/desired-replicas": "9" };
    model.replicaSets[0] = { ...last, metadata: { ...last.metadata, annotations } };
    model.sync();
    expect(model.sizes()).toEqual({ "app:1": 0, "app:2": 10 });
  });
});

test("a paused deployment scales but does not roll; resuming goes on", () => {
  const model = new Model(deployment());
  model.settle();
  model.edit(() => ({ paused: true, template: template("app:2"), replicas: 5 }));
  model.settle();
  expect(model.sizes()).toEqual({ "app:1": 5 });
  expect(model.condition("Progressing")).toMatchObject({
    status: "Unknown",
    reason: "DeploymentPaused",
    message: "Deployment is paused",
  });
  model.edit(() => ({ paused: false }));
  model.sync();
  expect(model.condition("Progressing")?.reason).toMatch(/NewReplicaSetCreated|DeploymentResumed/);
  model.settle();
  expect(model.sizes()).toEqual({ "app:1": 0, "app:2": 5 });
});

test("Recreate waits for every old pod, terminating ones too", () => {
  const model = new Model(deployment({ strategy: { type: "Recreate" } }));
  model.settle();
  model.edit(() => ({ template: template("app:2") }));
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 0 });
  model.observeAll();
  const old = model.find("app:1").metadata?.uid ?? "";
  const terminating = {
    metadata: { name: "p", deletionTimestamp: "2025-01-01T00:00:00Z" },
    status: { phase: "Running" },
  };
  model.pods = new Map([[old, [terminating]]]);
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 0 });
  model.pods = new Map([[old, [{ ...terminating, status: { phase: "Succeeded" } }]]]);
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 0, "app:2": 3 });
});

test("history beyond the limit goes once the rollout is complete", () => {
  const model = new Model(deployment({ revisionHistoryLimit: 2 }));
  for (const image of ["app:1", "app:2", "app:3", "app:4", "app:5"]) {
    model.edit(() => ({ template: template(image) }));
    model.settle();
  }
  expect(Object.keys(model.sizes())).toEqual(["app:3", "app:4", "app:5"]);
});

test("the failure of a ReplicaSet shows on its Deployment until it is over", () => {
  const model = new Model(deployment());
  model.sync();
  const rs = model.replicaSets[0] as ReplicaSet;
  const failure = {
    type: "ReplicaFailure",
    status: "True",
    reason: "FailedCreate",
    message: "quota",
    lastTransitionTime: "2025-01-01T00:00:00Z",
  };
  model.replicaSets[0] = { ...rs, status: { replicas: 0, conditions: [failure] } };
  model.sync();
  expect(model.condition("ReplicaFailure")).toMatchObject({ status: "True", reason: "FailedCreate", message: "quota" });
  model.settle();
  expect(model.condition("ReplicaFailure")).toBeUndefined();
});

test("a selector of everything is refused with an event", () => {
  const model = new Model(deployment({ selector: {} }));
  model.sync();
  expect(model.events).toEqual(["This deployment is selecting all pods. A non-empty selector is required."]);
  expect(model.replicaSets).toEqual([]);
});

test("the rollback annotation restores a revision and disappears", () => {
  const model = new Model(deployment());
  model.settle();
  model.edit(() => ({ template: template("app:2") }));
  model.settle();
  const ask = (revision: string) => {
    const annotations = { ...model.deployment.metadata?.annotations, "deprecated.deployment.rollback.to": revision };
    model.deployment = { ...model.deployment, metadata: { ...model.deployment.metadata, annotations } };
    model.events = [];
    model.sync();
  };
  ask("0");
  expect(model.events).toEqual(['Rolled back deployment "web" to revision 1']);
  expect(model.deployment.spec?.template).toEqual(template("app:1"));
  expect(model.deployment.metadata?.annotations).not.toHaveProperty("deprecated.deployment.rollback.to");
  ask("7");
  expect(model.events).toEqual(["Unable to find the revision to rollback to."]);
  ask("3");
  expect(model.events).toEqual(['The rollback revision contains the same template as current deployment "web"']);
});

describe("pod templates", () => {
  test("are equal by meaning, hash label aside", () => {
    const a = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i" }] } };
    const b = {
      spec: { containers: [{ image: "i", name: "c", resources: {}, ports: [] }] },
      metadata: { labels: { app: "web", "pod-template-hash": "x" }, annotations: {} },
    };
    expect(sameTemplate(a, b)).toBe(true);
    const limits = (cpu: string) => ({ spec: { containers: [{ name: "c", resources: { limits: { cpu } } }] } });
    expect(sameTemplate(limits("100m"), limits("0.1"))).toBe(true);
    expect(sameTemplate(limits("100m"), limits("0.2"))).toBe(false);
    const volume = (source: object) => ({ spec: { containers: [], volumes: [{ name: "v", ...source }] } });
    expect(sameTemplate(volume({ emptyDir: {} }), volume({}))).toBe(false);
  });

  test("have short, label-safe hashes that a collision changes", () => {
    const hashes = [undefined, 1, 2].map((count) => templateHash(template("app:1"), count));
    expect(new Set(hashes).size).toBe(3);
    for (const hash of hashes) expect(hash).toMatch(/^[bcdf456789]{1,10}$/);
    expect(templateHash(template("app:1"), undefined)).toBe(hashes[0]);
  });
});

test("a failed creation is reported; a collision counts up", () => {
  const rs = { metadata: { name: "web-abc" } };
  const { event, status } = createFailed(deployment(), rs, "boom", 0);
  const message = 'Failed to create new replica set "web-abc": boom';
  expect(event).toEqual({ type: "Warning", reason: "ReplicaSetCreateError", message });
  expect(status?.status?.conditions?.[0]).toMatchObject({ status: "False", reason: "ReplicaSetCreateError", message });
  expect(collided(collided(deployment())).status?.collisionCount).toBe(2);
});

test("a condition keeps its times for as long as it says the same", () => {
  const make = (status: string, reason: string, time: string) => ({
    type: "Progressing",
    status,
    reason,
    message: time,
    lastUpdateTime: time,
    lastTransitionTime: time,
  });
  const other = { type: "Available", status: "True" };
  const first = [make("True", "A", "t1"), other];
  expect(withCondition(first, make("True", "A", "t2"))).toBe(first);
  expect(withCondition(first, make("True", "B", "t2"))).toEqual([
    other,
    { ...make("True", "B", "t2"), lastTransitionTime: "t1" },
  ]);
  expect(withCondition(first, make("False", "B", "t2"))[1]?.lastTransitionTime).toBe("t2");
});
