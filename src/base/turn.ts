/**
 * Turns of the event loop. The module's `setImmediate` is the system's own, also where a test runner has put a timer of
 * its own in the place of the global one.
 */
import { setImmediate } from "node:timers";
import type { Clock } from "./clock.ts";

/** Calls `fn` in the next turn. */
export const soon = (fn: () => void): void => {
  setImmediate(fn);
};

/** Resolves in the next turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Waiter {
  readonly hasWaited: () => boolean;
  readonly resolve: () => void;
}

/** A turn that lasts longer shows that there is other work. Milliseconds. */
const busyTurn = 1;
/** Who waits for a short turn: all of them look at the same turns, however many they are. */
const waiting = new WeakMap<Clock, Waiter[]>();

/** Resolves after a turn in which there was little to do; or, when none comes, after one at whose end `hasWaited` is true. */
export function calmTurn(clock: Clock, hasWaited: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const waiter = { hasWaited, resolve };
    const others = waiting.get(clock);
    if (others) others.push(waiter);
    else {
      waiting.set(clock, [waiter]);
      watchTurn(clock);
    }
  });
}

function watchTurn(clock: Clock): void {
  const began = clock.monotonic();
  setImmediate(() => {
    const isCalm = clock.monotonic() - began < busyTurn;
    const left: Waiter[] = [];
    for (const waiter of waiting.get(clock) ?? [])
      if (isCalm || waiter.hasWaited()) waiter.resolve();
      else left.push(waiter);
    if (left.length === 0) return void waiting.delete(clock);
    waiting.set(clock, left);
    watchTurn(clock);
  });
}
