import { expect, test } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { orderedStrategy } from "../../testing/manifest-fixture.ts";
import type { Strategy } from "../report.ts";
import { Discipline } from "./discipline.ts";

const pod = (ordinal: number, tag: number): Pod => ({
  metadata: { name: `db-${ordinal}`, uid: `${ordinal}-${tag}` },
  spec: { containers: [{ name: "main", image: `db:${tag}` }] },
});
const all = () => true;
const allBut = (ordinal: number) => (other: Pod) => other.metadata?.name !== `db-${ordinal}`;
/** Three pods of version 1. */
function settled(strategy: Partial<Strategy> = {}): Discipline {
  const discipline = new Discipline({ ...orderedStrategy, ...strategy });
  for (const ordinal of [0, 1, 2]) discipline.found(pod(ordinal, 1));
  return discipline;
}

test("a pod that starts before another, lower one is available breaks the order, unless pods are Parallel", () => {
  const discipline = settled();
  discipline.created(pod(2, 2), [pod(0, 1), pod(1, 1)], 0, all);
  expect(discipline.broken).toEqual([]);
  discipline.created(pod(3, 1), [pod(0, 1), pod(1, 1)], 0, allBut(1));
  expect(discipline.broken).toEqual([{ promise: "order", message: "db-3 was started while db-1 was not available" }]);
  const parallel = settled({ podManagementPolicy: "Parallel" });
  parallel.created(pod(3, 1), [pod(0, 1), pod(1, 1)], 0, allBut(1));
  expect(parallel.broken).toEqual([]);
});

test("an update from below, or before the pod above is available, breaks the order, unless a node was lost", () => {
  const before = () => {
    const discipline = settled();
    discipline.created(pod(2, 2), [pod(0, 1), pod(1, 1)], 0, all);
    return discipline;
  };
  const [skipped, hasty, lost] = [settled(), before(), settled()];
  skipped.created(pod(1, 2), [pod(0, 1), pod(2, 1)], 0, all);
  expect(skipped.broken).toEqual([{ promise: "order", message: "db-1 was updated before db-2" }]);
  hasty.created(pod(1, 2), [pod(0, 1), pod(2, 2)], 0, allBut(2));
  expect(hasty.broken).toEqual([{ promise: "order", message: "db-1 was updated before db-2" }]);
  const several = settled({ leastAvailable: 1 });
  several.created(pod(1, 2), [pod(0, 1), pod(2, 1)], 0, all);
  expect(several.broken).toEqual([]);
  lost.suspend();
  lost.created(pod(1, 2), [pod(0, 1), pod(2, 1)], 0, all);
  expect(lost.broken).toEqual([]);
});

test("a pod below the partition keeps its version, counted from the first ordinal", () => {
  const discipline = settled({ partition: 1 });
  discipline.created(pod(1, 2), [pod(0, 1), pod(2, 2)], 0, all);
  discipline.created(pod(0, 1), [pod(1, 2), pod(2, 2)], 0, all);
  expect(discipline.broken).toEqual([]);
  discipline.created(pod(1, 3), [pod(2, 3)], 1, all);
  expect(discipline.broken).toEqual([
    { promise: "keeps", message: "db-1 is below the partition and has got the new version" },
  ]);
});

test("with OnDelete nothing goes that nobody deletes", () => {
  const discipline = settled({ type: "OnDelete" });
  discipline.deletedByHand(pod(0, 1));
  discipline.deleting(pod(0, 1));
  expect(discipline.broken).toEqual([]);
  discipline.deleting(pod(1, 1));
  expect(discipline.broken).toEqual([{ promise: "keeps", message: "db-1 was deleted, and nobody had asked for it" }]);
});
