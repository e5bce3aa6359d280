/** The clock that a test owns. */
import { systemClock } from "../base/clock.ts";
import { isNotFound } from "../base/errors.ts";
import type { DrivenClock } from "./driven-clock.ts";
import { type Duration, durationText, milliseconds } from "./durations.ts";

export interface TestClock {
  /** Milliseconds since the epoch, in the cluster's time. */
  now(): number;
  /** Lets that much time pass: everything that is due in it happens, in order, and all work it causes is done. */
  advance(duration: Duration): Promise<void>;
  /**
   * Lets time pass until the condition holds, from one thing that is due to the next, and no further.
   * @param condition asked anew after every step; an object that is not there yet (`NotFound`) means no
   * @returns what the condition gave
   * @throws Error that tells what the cluster was like, when the timeout passes
   */
  runUntil<T>(condition: () => T | Promise<T>, options?: RunUntilOptions): Promise<NonNullable<T>>;
  /** Lets everything happen that needs no time to pass. */
  settle(): Promise<void>;
  /** From now on time passes by itself, as in the real world, beside being moved by hand. @returns ends that */
  follow(): () => void;
}

export interface RunUntilOptions {
  /** Of the cluster's time. Default one hour; one minute when that is real. */
  readonly timeout?: Duration;
}

/** How often a clock that follows catches up, in real milliseconds. */
const followEvery = 10;

/** @param describe what the cluster is like, for errors */
export function createTestClock(
  clock: DrivenClock,
  describe: () => Promise<string>,
): TestClock & { readonly stop: () => void } {
  const followers = new Set<object>();
  const follow = (): void => {
    const began = systemClock.monotonic();
    systemClock.after(followEvery, async () => {
      if (followers.size === 0) return;
      await clock.advance(systemClock.monotonic() - began);
      if (followers.size > 0) follow();
    });
  };
  return {
    follow() {
      const follower = {};
      followers.add(follower);
      if (followers.size === 1) follow();
      return () => void followers.delete(follower);
    },
    stop: () => followers.clear(),
    now: clock.now,
    settle: clock.settle,
    advance: async (duration) => clock.advance(milliseconds(duration, "clock.advance")),
    async runUntil<T>(condition: () => T | Promise<T>, { timeout = clock.patience }: RunUntilOptions = {}) {
      const limit = milliseconds(timeout, "timeout");
      const began = clock.now();
      let last: T | undefined;
      let missing: unknown;
      try {
        await clock.runUntil(async () => {
          missing = undefined;
          try {
            last = await condition();
          } catch (error) {
            if (!isNotFound(error)) throw new ConditionFailed(error);
            missing = error;
            return false;
          }
          return Boolean(last);
        }, limit);
      } catch (error) {
        if (error instanceof ConditionFailed) throw error.cause;
        const passed = durationText(clock.now() - began);
        const why = missing ? ` (it last failed with: ${(missing as Error).message})` : "";
        throw new Error(
          `the condition did not hold within ${durationText(limit)} of the cluster's time; ${passed} passed${why}\n${await describe()}`,
        );
      }
      return last as NonNullable<T>;
    },
  };
}

/** Tells the test's own errors from the clock's. */
class ConditionFailed extends Error {
  constructor(cause: unknown) {
    super("the condition failed", { cause });
  }
}
