/** A clock that a test moves: the virtual one jumps, the real one is waited for. */
import { type Clock, systemClock } from "../base/clock.ts";
import { nextTurn } from "../base/turn.ts";

export interface DrivenClock extends Clock {
  /** How long to wait for a condition when nobody says, in milliseconds. */
  readonly patience: number;
  /** Runs everything that is due within the next `ms` milliseconds, in order, letting all work settle in between. */
  advance(ms: number): Promise<void>;
  /**
   * Goes from timer to timer until `done()` holds.
   * @param limit milliseconds of its time after which to give up, by default {@link patience}
   * @throws when the limit passes, or no timer is left to wait for
   */
  runUntil(done: () => boolean | Promise<boolean>, limit?: number): Promise<void>;
  /** Lets all work that needs no time come to rest. */
  settle(): Promise<void>;
  /** Lets as much time pass as the work takes. @throws when no timer is left that it could wait for */
  drive<T>(work: Promise<T>): Promise<T>;
}

/** How often a condition is looked at in real time, in milliseconds. */
const lookEvery = 20;
/** People wait no longer than this. */
const patience = 60_000;

/** The system's clock: where a virtual one would jump, it waits. */
export function createRealClock(): DrivenClock {
  return {
    ...systemClock,
    patience,
    advance: (ms) => systemClock.sleep(ms),
    settle,
    drive: (work) => work,
    async runUntil(done, limit = patience) {
      const end = systemClock.monotonic() + limit;
      while (!(await done())) {
        if (systemClock.monotonic() > end) throw new Error(`the condition does not hold after ${limit} ms`);
        await systemClock.sleep(lookEvery);
      }
    },
  };
}

let settling: Promise<void> | undefined;

/** Waits until no promise callback and no immediate of this process is left to run. */
export function settle(): Promise<void> {
  // Two that wait at the same time would each see the other's immediate, for ever: they wait together.
  settling ??= untilQuiet().finally(() => {
    settling = undefined;
  });
  return settling;
}

async function untilQuiet(): Promise<void> {
  let quiet = 0;
  while (quiet < 2) {
    await nextTurn();
    quiet = process.getActiveResourcesInfo().includes("Immediate") ? 0 : quiet + 1;
  }
}
