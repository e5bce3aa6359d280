/** What a disturbed run may differ in from the undisturbed one. Everything else is a difference. */
import type { Fault, Write } from "./faults.ts";
import type { Outcome } from "./run.ts";
import { interrupts, type Workload } from "./workloads.ts";

const countOf = (all: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const item of all) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
};

/** How often the acting controller died. */
const deathsOf = (fault: Fault, { writes }: Outcome): number =>
  fault.fault === "crash" || fault.fault === "stale"
    ? 1
    : fault.fault === "crash after every write"
      ? writes.length
      : 0;

/**
 * Differences between a run and the undisturbed one, in words; none when there are none. The rules:
 *
 * - **States.** After every step that is waited out the state is the same, as {@link snapshotOf} has it.
 * - **Promises.** None is broken on the way.
 * - **Creates and deletes** of every kind are exactly as many: nothing is made twice, nothing for nothing. Where the
 *   user interrupts a rollout, that may have got further or less far: then creates less deletes are as many.
 * - **Updates, patches and writes of a status.** After a crash and an immediate start there are no more of any kind than
 *   without it: what is left is done in the same steps, or in fewer. But a status may be written once more: what came in
 *   one batch of events, and was looked at once, is listed at another moment. While a controller is away, pods go on to become
 *   available, so that one step may fall apart in two, and other states are met on the way: then there is at most one
 *   more update or patch, and a status is written at most twice as often. A cache that lags may split more of the steps:
 *   then there are at most twice as many of each kind. Where the user interrupts a rollout, there may always be twice as
 *   many; and as it may have come to its end before that was seen, as many as follow by these rules from nobody's interrupting.
 *   (A write that changes nothing, or that the server refuses, is not one of these.)
 * - **Events.** Each pod that was created or deleted was told of, once, but for the one write of which a controller
 *   died before it could tell. The reasons are those of the undisturbed run.
 */
export function differences(
  expected: Outcome,
  actual: Outcome,
  fault: Fault,
  workload: Workload,
  /** The undisturbed run of the same workload when nobody interrupts. */
  whole = expected,
): readonly string[] {
  if (actual.failure !== undefined) return [actual.failure];
  return [
    ...actual.broken,
    ...stateDifferences(expected, actual),
    ...writeDifferences(expected, actual, fault, interrupts(workload) ? whole : undefined),
    ...eventDifferences(expected, actual, deathsOf(fault, actual)),
  ];
}

function stateDifferences(expected: Outcome, actual: Outcome): readonly string[] {
  return expected.checkpoints.flatMap((lines, step) => {
    const there = actual.checkpoints[step] ?? [];
    const [missing, surplus] = [leftOver(lines, there), leftOver(there, lines)];
    return [
      ...missing.map((line) => `step ${step} lacks ${line}`),
      ...surplus.map((line) => `step ${step} has ${line}`),
    ];
  });
}

/** What of `a` is not in `b`, counting how often. */
function leftOver(a: readonly string[], b: readonly string[]): readonly string[] {
  const left = new Map(countOf(b));
  return a.filter((item) => {
    const count = left.get(item) ?? 0;
    left.set(item, count - 1);
    return count <= 0;
  });
}

/** @param whole how it is when nobody interrupts; absent: nobody does */
function writeDifferences(expected: Outcome, actual: Outcome, fault: Fault, whole?: Outcome): readonly string[] {
  const [wanted, made] = [countOf(expected.writes), countOf(actual.writes)];
  const inFull = whole && countOf(whole.writes);
  const balance = (counts: ReadonlyMap<string, number>, resource: string) =>
    (counts.get(`create ${resource}`) ?? 0) - (counts.get(`delete ${resource}`) ?? 0);
  return [...new Set([...wanted.keys(), ...made.keys()])].flatMap((write) => {
    const [before, now] = [wanted.get(write) ?? 0, made.get(write) ?? 0];
    const [verb, resource = ""] = write.split(" ");
    const exact = verb === "create" || verb === "delete";
    if (exact && inFull && balance(wanted, resource) !== balance(made, resource))
      return [`creates less deletes of ${resource}: ${balance(made, resource)}, not ${balance(wanted, resource)}`];
    if (exact && !inFull) return now === before ? [] : [`${write}: ${now} times, not ${before}`];
    const most = inFull
      ? Math.max(2 * before, mostUpdates(fault, write, inFull.get(write) ?? 0))
      : mostUpdates(fault, write, before);
    return now <= most ? [] : [`${write}: ${now} times, more than ${most}`];
  });
}

function mostUpdates(fault: Fault, write: Write, before: number): number {
  if (fault.fault !== "crash") return 2 * before;
  if (fault.down === 0) return write.endsWith("/status") ? before + 1 : before;
  return write.endsWith("/status") ? 2 * before : before + 1;
}

function eventDifferences(expected: Outcome, actual: Outcome, deaths: number): readonly string[] {
  const [wanted, said, made] = [countOf(expected.said), countOf(actual.said), countOf(actual.writes)];
  const strange = [...said.keys()].filter((event) => !wanted.has(event)).map((event) => `it says ${event}`);
  const missing = [...wanted.keys()].filter((event) => !said.has(event) && deaths === 0).map((e) => `never ${e}`);
  const untold = (["Create", "Delete"] as const).flatMap((verb) => {
    const writes = made.get(`${verb.toLowerCase()} pods`) ?? 0;
    const told = actual.said.filter((event) => event.endsWith(` Successful${verb}`)).length;
    const tells = expected.said.some((event) => event.endsWith(` Successful${verb}`));
    return !tells || (told <= writes && told >= writes - deaths) ? [] : [`${writes} × ${verb}, told ${told} times`];
  });
  return [...strange, ...missing, ...untold];
}
