/** Which old ReplicaSets go. */
import { expect, test } from "vitest";
import { deployment, replicaSet } from "../../testing/deployment-fixture.ts";
import { expiredHistory } from "./history.ts";

type Set = ReturnType<typeof replicaSet>;
const revision = (number: number | string) => ({ "deployment.kubernetes.io/revision": String(number) });
const idle = (name: string, number: number | string, created = 0) =>
  replicaSet(name, { annotations: revision(number), created });
const expired = (limit: number | undefined, ...old: Set[]) =>
  expiredHistory(deployment(limit === undefined ? {} : { revisionHistoryLimit: limit }), old).map(
    ({ metadata }) => metadata?.name,
  );
const five = [idle("e", 5), idle("a", 1), idle("d", 4), idle("b", 2), idle("c", 3)];

test.each<[number, string[]]>([
  [5, []],
  [6, []],
  [3, ["a", "b"]],
  [0, ["a", "b", "c", "d", "e"]],
  [2_147_483_647, []],
])("of five, %i are kept: the lowest revisions go, lowest first: %o", (limit, gone) => {
  expect(expired(limit, ...five)).toEqual(gone);
});

test.each<[string, Set]>([
  ["has pods", replicaSet("a", { annotations: revision(1), size: 0, actual: 1 })],
  ["is to have pods", replicaSet("a", { annotations: revision(1), size: 1, actual: 0 })],
  ["has a spec that was not seen", { ...idle("a", 1), metadata: { ...idle("a", 1).metadata, generation: 2 } }],
])("one that %s is skipped, and no other goes in its place", (_, first) => {
  expect(expired(2, first, idle("b", 2), idle("c", 3), idle("d", 4))).toEqual(["b"]);
});

test("one that is being deleted does not count", () => {
  const dying = { ...idle("a", 1), metadata: { ...idle("a", 1).metadata, deletionTimestamp: "2025-01-01T00:00:00Z" } };
  expect(expired(2, dying, idle("b", 2), idle("c", 3), idle("d", 4))).toEqual(["b"]);
});

test("of equal revisions the older goes first, then by name", () => {
  expect(expired(1, idle("z", 1, 5), idle("b", 1, 9), idle("a", 1, 9))).toEqual(["z", "a"]);
});
