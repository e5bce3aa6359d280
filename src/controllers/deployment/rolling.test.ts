/** One step of a rolling update: at most one of up and down. */
import { describe, expect, test } from "vitest";
import { deployment, replicaSet } from "../../testing/deployment-fixture.ts";
import { Draft } from "./draft.ts";
import { newReplicaSetSize } from "./new-replica-set.ts";
import { rollingStep } from "./rolling.ts";

type Set = ReturnType<typeof replicaSet>;
const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

/** The sizes after one step, and whether one was taken. */
function step(spec: object, newSet: Set | undefined, old: readonly Set[]) {
  const draft = new Draft(deployment(spec), newSet, old);
  const taken = rollingStep(draft);
  const sizes = Object.fromEntries(draft.all.map((rs) => [rs.metadata?.name, rs.spec?.replicas]));
  const events = draft.changes.flatMap((change) => change.events.map(({ message }) => message));
  return { taken, sizes, events };
}

describe("the new ReplicaSet", () => {
  test("is created as large as the surge allows", () => {
    const { sizes, events } = step({ replicas: 10, ...rolling(3, 2) }, undefined, [replicaSet("old", { size: 10 })]);
    const [name = ""] = Object.keys(sizes).filter((key) => key !== "old");
    expect(sizes[name]).toBe(3);
    expect(events[0]).toBe(`Scaled up replica set ${name} from 0 to 3`);
  });

  test("is created empty, and without an event, when there is no room", () => {
    const { sizes, events } = step({ replicas: 10, ...rolling(3, 2) }, undefined, [
      replicaSet("bad", { size: 5, available: 0, created: 1 }),
      replicaSet("good", { size: 8 }),
    ]);
    const [name = ""] = Object.keys(sizes).filter((key) => key !== "bad" && key !== "good");
    expect(sizes[name]).toBe(0);
    expect(events.every((text) => text.startsWith("Scaled down replica set bad"))).toBe(true);
  });

  test.each<[string, number, number, number, number]>([
    ["grows into the room that is left", 3, 8, 5, 13],
    ["grows no further than wanted", 9, 2, 10, 13],
    ["stays when there is no room", 5, 8, 5, 13],
    ["stays when there is less than no room", 5, 9, 5, 13],
  ])("%s", (_, fresh, old, expected) => {
    const rs = replicaSet("new", { size: fresh });
    const draft = new Draft(deployment({ replicas: 10, ...rolling(3, 2) }), rs, [replicaSet("old", { size: old })]);
    expect(newReplicaSetSize(draft, rs)).toBe(expected);
  });

  test("that is too large shrinks at once", () => {
    const { sizes, events } = step({ replicas: 3 }, replicaSet("new", { size: 5 }), []);
    expect(sizes).toEqual({ new: 3 });
    expect(events).toEqual(["Scaled down replica set new from 5 to 3"]);
  });

  test("that grows leaves the old ones for the next step", () => {
    const { taken, sizes } = step({ replicas: 4, ...rolling(2, 2) }, replicaSet("new", { size: 1 }), [
      replicaSet("old", { size: 4 }),
    ]);
    expect({ taken, sizes }).toEqual({ taken: true, sizes: { old: 4, new: 2 } });
  });
});

describe("old ReplicaSets", () => {
  const spec = { replicas: 10, ...rolling(3, 2) };

  test("that are empty need no step", () => {
    expect(step(spec, replicaSet("new", { size: 10 }), [replicaSet("old")]).taken).toBe(false);
  });

  test("stay when new pods that are not available use up the budget", () => {
    const { taken } = step(spec, replicaSet("new", { size: 5, available: 0 }), [
      replicaSet("old", { size: 8, available: 7 }),
    ]);
    expect(taken).toBe(false);
  });

  test.each<[string, Set, Set[], Record<string, number>]>([
    [
      "each new available pod lets one old one go",
      replicaSet("new", { size: 5, available: 1 }),
      [replicaSet("old", { size: 8 })],
      { old: 7, new: 5 },
    ],
    [
      "as many healthy ones go as are above the least",
      replicaSet("new", { size: 3, available: 0, actual: 0 }),
      [replicaSet("old", { size: 10 })],
      { old: 8, new: 3 },
    ],
    [
      "unhealthy ones go first, the oldest ReplicaSet before the others",
      replicaSet("new", { size: 1, available: 1 }),
      [
        replicaSet("later", { size: 4, available: 1, created: 2 }),
        replicaSet("first", { size: 8, available: 6, created: 1 }),
      ],
      { first: 6, later: 1, new: 1 },
    ],
    [
      "no more unhealthy ones than the budget",
      replicaSet("new", { size: 5, available: 3 }),
      [replicaSet("old", { size: 8, available: 0 })],
      { old: 5, new: 5 },
    ],
    [
      "a ReplicaSet whose pods are all available loses none as unhealthy",
      replicaSet("new", { size: 2, available: 0 }),
      [replicaSet("good", { size: 8, created: 1 }), replicaSet("bad", { size: 3, available: 0, created: 2 })],
      { good: 8, bad: 0, new: 2 },
    ],
    [
      "healthy ones go from the oldest ReplicaSet on",
      replicaSet("new", { size: 10 }),
      [replicaSet("b", { size: 2, created: 2 }), replicaSet("a", { size: 1, created: 1 })],
      { a: 0, b: 0, new: 10 },
    ],
    [
      "healthy ones go from the first by name when they are of one age",
      replicaSet("new", { size: 6, available: 4 }),
      [replicaSet("b", { size: 3 }), replicaSet("a", { size: 3 })],
      { a: 1, b: 3, new: 6 },
    ],
  ])("%s", (_, fresh, old, expected) => {
    // The new one is kept from growing: all the room there is, is taken.
    const total = [fresh, ...old].reduce((sum, rs) => sum + (rs.spec?.replicas ?? 0), 0);
    const replicas = 10;
    const surge = Math.max(0, total - replicas);
    const { taken, sizes } = step({ replicas, ...rolling(surge, 2) }, fresh, old);
    expect({ taken, sizes }).toEqual({ taken: true, sizes: expected });
  });

  test("of three with 25% go only when a new one is available", () => {
    const three = { replicas: 3, ...rolling("25%", "25%") };
    const old = [replicaSet("old", { size: 3 })];
    expect(step(three, replicaSet("new", { size: 1, available: 0 }), old).taken).toBe(false);
    expect(step(three, replicaSet("new", { size: 1 }), old).sizes).toEqual({ old: 2, new: 1 });
  });

  test("a single pod without surge goes before its successor comes", () => {
    const one = { replicas: 1, ...rolling(0, "1%") };
    expect(step(one, replicaSet("new", { size: 0 }), [replicaSet("old", { size: 1 })]).sizes).toEqual({
      old: 0,
      new: 0,
    });
  });
});
