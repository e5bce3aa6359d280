/** Which faults there are for a run of which the undisturbed one is known. */
import type { Fault } from "./faults.ts";
import type { Outcome } from "./run.ts";

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

/** Every fault at every place. */
export function faultsFor({ writes, events }: Outcome): readonly Fault[] {
  return [
    ...upTo(writes.length).flatMap((write): Fault[] => [
      { fault: "crash", write, down: 0 },
      { fault: "crash", write, down: 3000 },
      { fault: "stale", write, depth: 1, ms: 2500 },
      { fault: "stale", write, depth: 4, ms: 2500 },
    ]),
    { fault: "crash after every write" },
    ...[100, 1500, 5000].map((ms): Fault => ({ fault: "delay", ms })),
    ...upTo(events).flatMap((event): Fault[] => [
      { fault: "delay", event, ms: 2500 },
      { fault: "drop", event, ms: 2500 },
      { fault: "freeze", event, ms: 2500 },
    ]),
  ];
}

/**
 * So many, evenly over the whole.
 * @param shift between 0 and 1: where the first lies within its share
 */
export const sampled = <T>(all: readonly T[], count: number, shift = 0): readonly T[] =>
  count >= all.length ? all : upTo(count).map((i) => all[Math.floor((i - 1 + shift) * (all.length / count))] as T);
