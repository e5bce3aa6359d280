import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { compareRevisions, highestOf } from "../../api/apps/revision-number.ts";
import { deployment, imageOf, Model, template } from "../../testing/deployment-fixture.ts";
import { propertyRuns } from "../../testing/property-runs.ts";
import { revisionAnnotation, revisionOf } from "./annotations.ts";
import { fencePosts, replicasOf } from "./fence-posts.ts";
import { sameTemplate } from "./pod-template.ts";
import { sizeOf, totalSize } from "./replica-sets.ts";

const runs = propertyRuns("Deployment over time");
afterAll(() => console.log(runs.text()));

const bound = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
);
const strategy = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ maxSurge: bound, maxUnavailable: bound })
      .map((rollingUpdate) => ({ type: "RollingUpdate", rollingUpdate })),
  },
  { weight: 1, arbitrary: fc.constant({ type: "Recreate" }) },
);
type Step =
  | { do: "sync" }
  | { do: "crash"; writes: number }
  | { do: "pods"; which: number; available: number }
  | { do: "image"; image: string }
  | { do: "scale"; replicas: number }
  | { do: "pause"; paused: boolean }
  | { do: "wait"; ms: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ do: "sync" }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), writes: fc.integer({ min: 0, max: 3 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("pods" as const), which: fc.nat(5), available: fc.nat(12) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("image" as const), image: fc.constantFrom("a", "b", "c") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("scale" as const), replicas: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pause" as const), paused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(700_000) }) },
);

function play(model: Model, todo: Step): void {
  switch (todo.do) {
    case "sync":
      model.sync();
      return;
    case "crash":
      model.sync(todo.writes);
      return;
    case "pods": {
      const rs = model.replicaSets[todo.which % Math.max(1, model.replicaSets.length)];
      if (rs) model.observe(rs, todo.available);
      return;
    }
    case "image":
      model.edit(() => ({ template: template(todo.image) }));
      return;
    case "scale":
      model.edit(() => ({ replicas: todo.replicas }));
      return;
    case "pause":
      model.edit(() => ({ paused: todo.paused }));
      return;
    case "wait":
      model.now += todo.ms;
  }
}

const scenario = fc.record({ replicas: fc.nat(12), strategy, steps: fc.array(step, { maxLength: 60 }) });

test("whatever happens, it settles on the template, at its size, under the highest revision", () => {
  fc.assert(
    fc.property(scenario, ({ replicas, strategy, steps }) => {
      const model = new Model(deployment({ replicas, strategy, image: "a" }));
      for (const one of steps) play(model, one);
      model.edit(() => ({ paused: false }));
      model.settle();
      const wanted = model.deployment.spec?.template ?? {};
      const current = model.replicaSets.filter((rs) => sameTemplate(rs.spec?.template ?? {}, wanted));
      expect(current.length).toBe(1);
      for (const rs of model.replicaSets) expect(sizeOf(rs)).toBe(rs === current[0] ? replicasOf(model.deployment) : 0);
      const revisions = model.replicaSets.map((rs) => revisionOf(rs) ?? -1n);
      expect(new Set(revisions).size).toBe(revisions.length);
      expect(revisionOf(current[0] ?? {})).toBe(highestOf(revisions));
      expect(model.deployment.metadata?.annotations?.[revisionAnnotation]).toBe(String(highestOf(revisions)));
      expect(model.sync()).toBe(false);
    }),
    runs.of(1000),
  );
});

test("a rollout never has more than replicas + surge, nor takes a healthy pod that is needed", () => {
  const rollout = fc.record({
    replicas: fc.integer({ min: 1, max: 12 }),
    strategy: fc
      .record({ maxSurge: bound, maxUnavailable: bound })
      .map((rollingUpdate) => ({ type: "RollingUpdate", rollingUpdate })),
    steps: fc.array(
      fc.oneof(
        fc.constant<Step>({ do: "sync" }),
        fc.record({ do: fc.constant("pods" as const), which: fc.nat(5), available: fc.nat(12) }),
        fc.record({ do: fc.constant("image" as const), image: fc.constantFrom("a", "b", "c") }),
      ),
      { maxLength: 80 },
    ),
  });
  fc.assert(
    fc.property(rollout, ({ replicas, strategy, steps }) => {
      const model = new Model(deployment({ replicas, strategy, image: "a" }));
      model.settle();
      const { surge, unavailable } = fencePosts(model.deployment);
      for (const one of steps) {
        const before = [...model.replicaSets];
        play(model, one);
        expect(totalSize(model.replicaSets)).toBeLessThanOrEqual(replicas + surge);
        if (one.do !== "sync") continue;
        const available = (all: typeof before) =>
          all.reduce((sum, rs) => sum + Math.min(sizeOf(rs), rs.status?.availableReplicas ?? 0), 0);
        const least = Math.min(available(before), replicas - unavailable);
        expect(available(model.replicaSets)).toBeGreaterThanOrEqual(least);
      }
    }),
    runs.of(1000),
  );
});

test("a sync that is repeated on what it left writes nothing", () => {
  fc.assert(
    fc.property(scenario, ({ replicas, strategy, steps }) => {
      const model = new Model(deployment({ replicas, strategy, image: "a" }));
      for (const one of steps) play(model, one);
      // Creating, stepping and reporting may take a few syncs of an unchanged world, then it must rest.
      for (let i = 0; i < 40 && model.sync(); i++);
      const todo = model.plan();
      expect([todo.changes, todo.deletions, todo.update, todo.status]).toEqual([[], [], undefined, undefined]);
    }),
    runs.of(1000),
  );
});

test("undo and undo again lead back to the same template", () => {
  fc.assert(
    fc.property(
      fc.nat(6),
      fc.array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 6 }),
      (replicas, images) => {
        const model = new Model(deployment({ replicas, image: "a" }));
        model.settle();
        for (const image of images) {
          model.edit(() => ({ template: template(image) }));
          model.settle();
        }
        fc.pre(model.replicaSets.length > 1);
        const undo = () => {
          const [, previous] = [...model.replicaSets].sort((x, y) =>
            compareRevisions(revisionOf(y) ?? 0n, revisionOf(x) ?? 0n),
          );
          model.edit(() => ({ template: template(previous ? imageOf(previous) : "") }));
          model.settle();
        };
        const before = model.deployment.spec?.template;
        undo();
        expect(model.deployment.spec?.template).not.toEqual(before);
        undo();
        expect(model.deployment.spec?.template).toEqual(before);
        expect(model.sizes()[images.at(-1) ?? ""]).toBe(replicas);
      },
    ),
    runs.of(300),
  );
});
