/** Lets a rollout take its course and says how it ended. */
import type { KindRef } from "../../api/kind.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { revisionsOf } from "../../testing/rollout.ts";
import type { Workload } from "../kinds/kind.ts";
import type { Outcome } from "../report.ts";
import { replaceByHand } from "./by-hand.ts";
import type { Observer } from "./observer.ts";

export interface Ending {
  readonly outcome: Exclude<Outcome, "impossible">;
  /** Until then, in milliseconds of the cluster's time. */
  readonly after: number;
  /** When the deadline passed, if it did. */
  readonly deadlineAfter?: number;
}

/** How long a rollout without a deadline is watched, in milliseconds. */
const patience = 1_800_000;

/** Looks at a rollout whenever time has passed. Answers how it ended, once it has. */
export type Referee = () => Ending | undefined;

interface Rules {
  readonly done: (object: Workload) => boolean;
  readonly endsAtDeadline: boolean;
  /** How long is waited for that, in milliseconds; of kinds without a deadline, from when it got on last. */
  readonly limit: number;
}

/** Until it is complete, or its deadline has passed, or nothing comes of it. */
export function referee({ clock }: Cluster, observer: Observer): Referee {
  const { object, subject } = observer;
  const deadline = object && subject.kind.deadlineOf(object);
  const limit = deadline === undefined ? patience : 2 * deadline;
  const done = (current: Workload) => subject.kind.isComplete(current, observer.pods);
  return refereeOf(clock, observer, { done, endsAtDeadline: true, limit });
}

/** As {@link referee}, and lets the time pass. */
export const untilEnded = (cluster: Cluster, observer: Observer): Promise<Ending> =>
  pass(cluster, observer, referee(cluster, observer));

/**
 * Until it is complete and all its pods are at work, whether the deadline passes or not.
 * @param limit milliseconds
 */
export function untilRestored(cluster: Cluster, observer: Observer, limit = patience): Promise<Ending> {
  const { kind } = observer.subject;
  const done = (object: Workload) =>
    kind.isComplete(object, observer.pods) && observer.counts.serving >= kind.wanted(object);
  return pass(cluster, observer, refereeOf(cluster.clock, observer, { done, endsAtDeadline: false, limit }));
}

/** The referee ends the game itself. Meanwhile somebody replaces the pods that are only replaced by hand. */
function pass(cluster: Cluster, observer: Observer, look: Referee): Promise<Ending> {
  const next = async () => {
    const ending = look();
    if (!ending) await replaceByHand(observer);
    return ending;
  };
  return cluster.clock.runUntil(next, { timeout: Number.MAX_SAFE_INTEGER });
}

function refereeOf(clock: Cluster["clock"], observer: Observer, { done, endsAtDeadline, limit }: Rules): Referee {
  const { kind } = observer.subject;
  const began = clock.now();
  let ending: Ending | undefined;
  return () => {
    if (ending) return ending;
    observer.sample();
    const { object, deadlinePassedAt, progressedAt } = observer;
    const after = clock.now() - began;
    const waited = kind.reportsFailure ? after : Math.min(after, clock.now() - progressedAt);
    const deadlineAfter =
      deadlinePassedAt === undefined || deadlinePassedAt < began ? undefined : deadlinePassedAt - began;
    if (deadlineAfter !== undefined && (endsAtDeadline || after >= limit))
      ending = { outcome: "stalls", after: deadlineAfter };
    else if (object && done(object))
      ending = { outcome: "finishes", after, ...(deadlineAfter === undefined ? {} : { deadlineAfter }) };
    else if (waited >= limit) ending = { outcome: "hangs", after };
    return ending;
  };
}

/** `kubectl rollout undo`. @returns false when there is no revision to go back to */
export async function undo({ client }: Cluster, { subject: { kind, where } }: Observer): Promise<boolean> {
  const [, before] = await revisionsOf(client, kind.ref as KindRef, where);
  await before?.goBack();
  return before !== undefined;
}
