import fc from "fast-check";
import { expect, test } from "vitest";
import { deployment } from "../../testing/deployment-fixture.ts";
import { GuardModel } from "../../testing/guard-fixture.ts";
import { replicasOf } from "../deployment/fence-posts.ts";
import { isComplete } from "../deployment/progress.ts";

const onFailure = "rollout.wherry.dev/on-failure";
const record = "rollout.wherry.dev/record";
const images = ["a", "b", "c", "d"];

type Step =
  | { do: "image"; image: string; cause: string | undefined }
  | { do: "undo"; image: string }
  | { do: "scale"; replicas: number }
  | { do: "pause"; paused: boolean }
  | { do: "set"; key: string; value: string | undefined }
  | { do: "world"; broken: readonly string[] }
  | { do: "sync" }
  | { do: "crash"; writes: number }
  | { do: "pods"; which: number; available: number }
  | { do: "guard" }
  | { do: "wait"; ms: number }
  | { do: "rest" }
  /** A whole rollout, in a world of its own. */
  | { do: "roll"; image: string; broken: readonly string[] };

const image = fc.constantFrom(...images);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("image" as const),
      image,
      cause: fc.constantFrom(undefined, undefined, "x", "y"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("undo" as const), image }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("scale" as const), replicas: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pause" as const), paused: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        do: fc.constant("set" as const),
        key: fc.constant(onFailure),
        value: fc.constantFrom(undefined, "undo", "revert"),
      }),
      fc.record({
        do: fc.constant("set" as const),
        key: fc.constant(record),
        value: fc.constantFrom(undefined, "true", "yes"),
      }),
    ),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("world" as const), broken: fc.subarray(images) }) },
  { weight: 6, arbitrary: fc.constant<Step>({ do: "sync" }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), writes: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("pods" as const), which: fc.nat(4), available: fc.nat(6) }) },
  { weight: 6, arbitrary: fc.constant<Step>({ do: "guard" }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(1_400_000) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "rest" }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("roll" as const), image, broken: fc.subarray(images) }) },
);

/** Checks each undo as it happens, and what may be undone at all. */
class Checked extends GuardModel {
  /** Templates that have been complete with pods, by their image. */
  readonly complete = new Set<string>();
  /** Templates that somebody asked for since the last undo. */
  asked = 1;
  readonly undone = new Map<string, number>();

  override sync(writes?: number): boolean {
    const wrote = super.sync(writes);
    if (replicasOf(this.deployment) > 0 && isComplete(this.deployment, this.deployment.status))
      this.complete.add(this.image);
    return wrote;
  }

  override guard(): boolean {
    const before = { image: this.image, paused: this.deployment.spec?.paused, annotations: this.deployment.metadata };
    const undos = this.undos.length;
    const settled = JSON.stringify(this.deployment.spec?.replicas);
    const wrote = super.guard();
    if (!wrote) return false;
    const enabled = (key: string, value: string) => before.annotations?.annotations?.[key] === value;
    expect(enabled(onFailure, "undo") || enabled(record, "true")).toBe(true);
    expect(JSON.stringify(this.deployment.spec?.replicas)).toBe(settled);
    const last = this.steps.at(-1);
    if (last?.act.endsWith("is complete")) this.undone.delete(before.image);
    if (this.undos.length === undos) {
      expect(this.image).toBe(before.image);
      return true;
    }
    expect(enabled(onFailure, "undo")).toBe(true);
    expect(before.paused ?? false).toBe(false);
    expect(this.complete).toContain(this.image);
    expect(this.image).not.toBe(before.image);
    // One undo for one thing that a person asked for, and for one template once until it is complete.
    expect(this.asked).toBeGreaterThan(0);
    this.asked = 0;
    expect(this.undone.get(before.image) ?? 0).toBe(0);
    this.undone.set(before.image, 1);
    return true;
  }

  play(todo: Step): void {
    switch (todo.do) {
      case "image":
        if (todo.image !== this.image) this.asked++;
        this.setImage(todo.image, todo.cause);
        return;
      case "undo":
        if (!this.replicaSets.some((rs) => rs.spec?.template?.spec?.containers[0]?.image === todo.image)) return;
        if (this.deployment.spec?.paused) return;
        if (todo.image !== this.image) this.asked++;
        this.undo(todo.image);
        return;
      case "scale":
        this.edit(() => ({ replicas: todo.replicas }));
        return;
      case "pause":
        this.edit(() => ({ paused: todo.paused }));
        return;
      case "set":
        this.annotate({ [todo.key]: todo.value });
        return;
      case "world":
        this.broken = new Set(todo.broken);
        return;
      case "sync":
        this.sync();
        return;
      case "crash":
        this.sync(todo.writes);
        return;
      case "pods": {
        const rs = this.replicaSets[todo.which % Math.max(1, this.replicaSets.length)];
        if (rs) this.observe(rs, todo.available);
        return;
      }
      case "guard":
        this.guard();
        return;
      case "wait":
        this.now += todo.ms;
        return;
      case "rest":
        this.rest();
        return;
      case "roll":
        this.play({ do: "world", broken: todo.broken });
        this.play({ do: "image", image: todo.image, cause: undefined });
        this.rest();
    }
  }
}

const scenario = fc.record({
  replicas: fc.nat(4),
  settings: fc.constantFrom(
    { [onFailure]: "undo" },
    { [record]: "true" },
    { [onFailure]: "undo", [record]: "true" },
    { [onFailure]: "undo", [record]: "true", "kubernetes.io/change-cause": "x" },
  ),
  steps: fc.array(step, { maxLength: 40 }),
});

function played({
  replicas,
  settings,
  steps,
}: {
  replicas: number;
  settings: object;
  steps: readonly Step[];
}): Checked {
  const model = new Checked(deployment({ replicas, image: "a" }));
  model.annotate(settings as Record<string, string>);
  for (const one of steps) model.play(one);
  return model;
}

let undos = 0;

test("each undo has one cause of its own and a complete revision to go to, and everything comes to rest", () => {
  fc.assert(
    fc.property(scenario, (todo) => {
      const model = played(todo);
      model.rest();
      undos += model.undos.length;
      expect(model.next()).toBeUndefined();
      const writes = model.steps.length;
      for (let i = 0; i < 5; i++) {
        model.now += 700_000;
        model.sync();
        model.podsCome();
        model.guard();
      }
      expect(model.steps.length).toBe(writes);
    }),
    { numRuns: 3000 },
  );
  // The property says nothing unless undos happen.
  expect(undos).toBeGreaterThan(100);
});

test("with record, the present revision has a change-cause, and the next one is called what it changes", () => {
  fc.assert(
    fc.property(scenario, (todo) => {
      const model = played(todo);
      model.edit(() => ({ paused: false }));
      model.annotate({ [record]: "true" });
      model.rest();
      const current = model.history.at(-1) ?? "";
      expect(current).not.toMatch(/<none>$/);
      model.setImage("e");
      model.rest();
      // The failed rollout to `e` may have been undone: then its revision is the one before.
      const last = model.history.slice(-2).map((row) => row.replace(/^\d+ /, ""));
      expect(last.some((text) => / → e$/.test(text))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("without its annotations, and with values it does not know, the guard does nothing at all", () => {
  const off = fc.constantFrom({}, { [onFailure]: "revert" }, { [record]: "yes" }, { [record]: "false" });
  const steps = fc.array(
    step.filter((one) => one.do !== "set"),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.record({ replicas: fc.nat(4), settings: off, steps }), (todo) => {
      const model = played(todo);
      model.rest();
      expect(model.steps).toEqual([]);
      expect(
        model.replicaSets.flatMap((rs) => Object.keys(rs.metadata?.labels ?? {})).filter((l) => /wherry/.test(l)),
      ).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
