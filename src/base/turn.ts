/**
 * Turns of the event loop. The module's `setImmediate` is the system's own, also where a test runner has put a timer of
 * its own in the place of the global one.
 */
import { setImmediate } from "node:timers";

/** Calls `fn` in the next turn. */
export const soon = (fn: () => void): void => {
  setImmediate(fn);
};

/** Resolves in the next turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
