/** What happens to the ReplicaSets when the size of their Deployment changes. */
import { describe, expect, test } from "vitest";
import { deployment, replicaSet } from "../../testing/deployment-fixture.ts";
import { Draft } from "./draft.ts";
import { isScalingEvent, scaleAll } from "./scaling.ts";

const desiredKey = "deployment.kubernetes.io/desired-replicas";
const maxKey = "deployment.kubernetes.io/max-replicas";
const noted = (desired: number | string, max: number | string) => ({
  [desiredKey]: String(desired),
  [maxKey]: String(max),
});
const rolling = (maxSurge: number | string, maxUnavailable: number | string = 0) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

type Set = ReturnType<typeof replicaSet>;
const draftOf = (spec: object, newSet: Set | undefined, old: readonly Set[], status = {}) =>
  new Draft({ ...deployment(spec), status }, newSet, old);
const sizes = (draft: Draft) => Object.fromEntries(draft.all.map((rs) => [rs.metadata?.name, rs.spec?.replicas]));

describe("a scaling event", () => {
  test.each<[string, Set[], boolean]>([
    ["is a note of another size on one in use", [replicaSet("a", { size: 3, annotations: noted(2, 3) })], true],
    ["is not the same size", [replicaSet("a", { size: 3, annotations: noted(3, 4) })], false],
    ["is not one on an idle ReplicaSet", [replicaSet("a", { size: 0, annotations: noted(2, 3) })], false],
    ["is not a missing note", [replicaSet("a", { size: 2 })], false],
    ["is not a note that is no number", [replicaSet("a", { size: 2, annotations: noted("x", 3) })], false],
  ])("%s", (_, old, expected) => {
    expect(isScalingEvent(draftOf({ replicas: 3 }, undefined, old))).toBe(expected);
  });
});

describe("at most one ReplicaSet in use", () => {
  test("takes the whole size", () => {
    const draft = draftOf({ replicas: 7 }, replicaSet("new"), [replicaSet("old", { size: 3 })]);
    scaleAll(draft);
    expect(sizes(draft)).toEqual({ new: 0, old: 7 });
    expect(draft.changes.map(({ replicaSet: rs }) => rs.metadata?.annotations)).toEqual([noted(7, 9)]);
    expect(draft.changes[0]?.events.map(({ message }) => message)).toEqual(["Scaled up replica set old from 3 to 7"]);
  });

  test("when none is in use it is the new one", () => {
    const draft = draftOf({ replicas: 2 }, replicaSet("new"), [replicaSet("old", { created: 9 })]);
    scaleAll(draft);
    expect(sizes(draft)).toEqual({ new: 2, old: 0 });
  });

  test("without a new one it is the newest old one, of equals the last by name", () => {
    const old = [replicaSet("a", { created: 5 }), replicaSet("b", { created: 9 }), replicaSet("c", { created: 9 })];
    const draft = draftOf({ replicas: 2 }, undefined, old);
    scaleAll(draft);
    expect(sizes(draft)).toEqual({ a: 0, b: 0, c: 2 });
  });

  test("whose size is right is not written, annotations included", () => {
    const draft = draftOf({ replicas: 3 }, replicaSet("new", { size: 3, annotations: noted(9, 9) }), []);
    scaleAll(draft);
    expect(draft.changes).toEqual([]);
  });
});

describe("a saturated new ReplicaSet", () => {
  const old = [replicaSet("a", { size: 2 }), replicaSet("b", { size: 1 })];
  test("sends all old ones away", () => {
    const draft = draftOf({ replicas: 3 }, replicaSet("new", { size: 3, annotations: noted(3, 4) }), old);
    scaleAll(draft);
    expect(sizes(draft)).toEqual({ a: 0, b: 0, new: 3 });
  });

  test.each<[string, Set]>([
    ["size", replicaSet("new", { size: 2, available: 3, annotations: noted(3, 4) })],
    ["noted size", replicaSet("new", { size: 3, annotations: noted(2, 3) })],
    ["availability", replicaSet("new", { size: 3, available: 2, annotations: noted(3, 4) })],
  ])("is not one whose %s is another", (_, rs) => {
    const draft = draftOf({ replicas: 3, strategy: { type: "Recreate" } }, rs, old);
    scaleAll(draft);
    expect(sizes(draft)).toMatchObject({ a: 2, b: 1 });
  });
});

describe("in proportion", () => {
  const scaled = (
    replicas: number,
    old: [number, number | string],
    fresh: [number, number | string],
    surge: number | string = 3,
    status = {},
  ) => {
    const draft = draftOf(
      { replicas, ...rolling(surge) },
      replicaSet("new", { size: fresh[0], available: 0, annotations: noted(1, fresh[1]), created: 60 }),
      [replicaSet("old", { size: old[0], annotations: noted(1, old[1]) })],
      status,
    );
    scaleAll(draft);
    return draft;
  };

  test.each<[number, [number, number], [number, number], [number, number]]>([
    [15, [8, 13], [5, 13], [11, 7]],
    [12, [8, 13], [5, 13], [9, 6]],
    [5, [11, 18], [7, 18], [5, 3]],
    [0, [8, 13], [5, 13], [0, 0]],
  ])("to %i from old %o and new %o: %o", (replicas, old, fresh, [oldSize, newSize]) => {
    expect(sizes(scaled(replicas, old, fresh))).toEqual({ old: oldSize, new: newSize });
  });

  test("every ReplicaSet is written with both notes, which ends the scaling event", () => {
    const draft = scaled(15, [8, 13], [5, 13]);
    for (const { metadata } of draft.all) expect(metadata?.annotations).toEqual(noted(15, 18));
    expect(isScalingEvent(draft)).toBe(false);
  });

  test("nothing to add: sizes stay, notes are refreshed, no event is said", () => {
    const draft = scaled(10, [8, 9], [5, 9]);
    expect(sizes(draft)).toEqual({ old: 8, new: 5 });
    expect(draft.changes.flatMap(({ events }) => events)).toEqual([]);
    for (const { metadata } of draft.all) expect(metadata?.annotations).toEqual(noted(10, 13));
  });

  test("halves are rounded away from zero", () => {
    // From 4 to 6: 3 becomes 4.5 and so 5, after which no room is left for the other.
    expect(sizes(scaled(6, [3, 4], [1, 4], 0))).toEqual({ old: 5, new: 1 });
    // From 4 to 2: 3 becomes 1.5 and so 2, 1 becomes 0.5 and so 1, and the first gives the one that is too many.
    expect(sizes(scaled(2, [3, 4], [1, 4], 0))).toEqual({ old: 1, new: 1 });
  });

  test("what is left over goes to the first, never below zero", () => {
    const sets = ["a", "b", "c"].map((name, i) => replicaSet(name, { size: 1, annotations: noted(3, 3), created: i }));
    const draft = draftOf({ replicas: 4, ...rolling(0, 1) }, undefined, sets);
    scaleAll(draft);
    expect(sizes(draft)).toEqual({ a: 1, b: 1, c: 2 });
    const down = draftOf({ replicas: 1, ...rolling(0, 1) }, undefined, [
      replicaSet("big", { size: 2, annotations: noted(3, 100) }),
      replicaSet("small", { size: 2, annotations: noted(3, 4), created: 1 }),
    ]);
    scaleAll(down);
    expect(sizes(down)).toEqual({ big: 0, small: 1 });
  });

  test("of equal sizes the newer grows first, the last by name", () => {
    const sets = ["a", "b", "c"].map((name) => replicaSet(name, { size: 2, annotations: noted(6, 6) }));
    const draft = draftOf({ replicas: 7, ...rolling(0, 1) }, undefined, sets);
    scaleAll(draft);
    expect(sizes(draft)).toEqual({ a: 2, b: 2, c: 3 });
  });

  test("of equal sizes the older shrinks first, the first by name", () => {
    const sets = ["a", "b", "c"].map((name, i) =>
      replicaSet(name, { size: 2, annotations: noted(6, 6), created: i < 2 ? 0 : 1 }),
    );
    const draft = draftOf({ replicas: 5, ...rolling(0, 1) }, undefined, sets);
    scaleAll(draft);
    expect(sizes(draft)).toEqual({ a: 1, b: 2, c: 2 });
  });

  test.each(["x", "0"])("a noted maximum of %j is replaced by the size in the Deployment's status", (max) => {
    expect(sizes(scaled(20, [8, max], [5, max], 0, { replicas: 13 }))).toEqual({ old: 12, new: 8 });
  });

  test("without any knowledge of the size before, the first takes it all", () => {
    expect(sizes(scaled(20, [8, "x"], [5, "x"], 0))).toEqual({ old: 15, new: 5 });
  });

  test("Recreate does not", () => {
    const draft = draftOf(
      { replicas: 9, strategy: { type: "Recreate" } },
      replicaSet("new", { size: 2, available: 0 }),
      [replicaSet("old", { size: 3 })],
    );
    scaleAll(draft);
    expect(draft.changes).toEqual([]);
  });
});
