/** The steps of the Recreate strategy. */
import { describe, expect, test } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { deployment, replicaSet } from "../../testing/deployment-fixture.ts";
import { Draft } from "./draft.ts";
import { recreateStep } from "./recreate.ts";

type Set = ReturnType<typeof replicaSet>;
function step(newSet: Set | undefined, old: readonly Set[], pods: Record<string, readonly Pod[]> = {}) {
  const draft = new Draft(deployment({ strategy: { type: "Recreate" } }), newSet, old);
  const settled = recreateStep(draft, new Map(Object.entries(pods)));
  const sizes = draft.all.map((rs) => rs.spec?.replicas);
  return { settled, sizes, created: draft.created };
}
const pod = (phase: string, deleting = false): Pod => ({
  metadata: { name: phase, ...(deleting ? { deletionTimestamp: "2025-01-01T00:00:00Z" } : {}) },
  status: { phase },
});
const gone = replicaSet("old", { size: 0 });

test("all old ReplicaSets shrink to nothing at once, and no new one is made in that step", () => {
  const old = [replicaSet("a", { size: 3 }), replicaSet("b", { size: 1 })];
  expect(step(undefined, old)).toEqual({ settled: false, sizes: [0, 0], created: false });
});

test("a status that still counts old pods is waited for", () => {
  expect(step(undefined, [replicaSet("old", { size: 0, actual: 1 })]).created).toBe(false);
});

describe("an old pod that is", () => {
  test.each<[string, Pod, boolean]>([
    ["running", pod("Running"), true],
    ["pending", pod("Pending"), true],
    ["of unknown phase", pod("Unknown"), true],
    ["terminating", pod("Running", true), true],
    ["succeeded", pod("Succeeded"), false],
    ["failed", pod("Failed"), false],
  ])("%s", (_, one, holds) => {
    expect(step(undefined, [gone], { old: [one] })).toMatchObject({ created: !holds, settled: !holds });
  });
});

test("pods of the new ReplicaSet do not hold it back", () => {
  const fresh = replicaSet("new", { size: 1 });
  expect(step(fresh, [gone], { new: [pod("Running")] })).toEqual({ settled: true, sizes: [0, 3], created: false });
});

test("the new ReplicaSet is made at its full size", () => {
  expect(step(undefined, [gone], { old: [] })).toEqual({ settled: true, sizes: [0, 3], created: true });
});
