import type { Cancel, Random } from "../base/clock.ts";
import { type DrivenClock, settle } from "./driven-clock.ts";
import { type Timer, TimerHeap } from "./timer-heap.ts";

export interface VirtualClock extends DrivenClock {
  /** How many timers are pending. */
  readonly pending: number;
}

const patience = 3_600_000;

/**
 * A clock that moves only when told. Work between timers must need no real I/O: settling waits for promises and
 * immediates, not for files and sockets.
 * @param start milliseconds since the epoch; by default 2025-01-01T00:00:00Z
 */
export function createVirtualClock(start = 1_735_689_600_000): VirtualClock {
  let now = start;
  const timers = new TimerHeap();

  const schedule = (ms: number, fire: () => void): Cancel => {
    const timer = timers.add(now + Math.max(0, ms), fire);
    return () => timers.remove(timer);
  };

  const fireNext = (): void => {
    const timer = timers.soonest as Timer;
    timers.remove(timer);
    now = Math.max(now, timer.at);
    timer.fire();
  };

  const clock: VirtualClock = {
    patience,
    now: () => now,
    monotonic: () => now - start,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const finish = () => {
          cancel();
          signal?.removeEventListener("abort", finish);
          resolve();
        };
        const cancel = schedule(ms, finish);
        signal?.addEventListener("abort", finish, { once: true });
      }),
    after: schedule,
    every(ms, fn) {
      if (!(ms > 0)) throw new RangeError(`an interval must be longer than 0 ms, not ${ms}`);
      let cancel: Cancel;
      const again = () => {
        cancel = schedule(ms, again);
        fn();
      };
      cancel = schedule(ms, again);
      return () => cancel();
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let next = timers.soonest; next && next.at <= end; next = timers.soonest) {
        fireNext();
        if (timers.soonest?.at !== now) await settle();
      }
      // Whoever ran at the same time may have been further.
      now = Math.max(now, end);
    },
    async runUntil(done, limit = patience) {
      const end = now + limit;
      await settle();
      while (!(await done())) {
        const next = timers.soonest;
        if (!next) throw new Error("the condition does not hold, and no timer is left that could bring it about");
        if (next.at > end) {
          now = Math.max(now, end);
          throw new Error(`the condition does not hold after ${limit} ms of virtual time`);
        }
        fireNext();
        if (timers.soonest?.at !== now) await settle();
      }
    },
    settle,
    async drive(work) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      work.then(done, done);
      for (;;) {
        await settle();
        if (settled) return work;
        if (timers.size === 0) throw new Error("this takes time, but no timer is left to wait for");
        fireNext();
      }
    },
    get pending() {
      return timers.size;
    },
  };
  return clock;
}

export interface SeededRandom extends Random {
  /** The seed of all that is still to come. */
  readonly state: number;
}

/** Numbers that look random and are the same for the same seed. */
export function createSeededRandom(seed = 1): SeededRandom {
  let state = seed >>> 0;
  const next32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const bytes = (n: number) => {
    const out = new Uint8Array(n);
    for (let i = 0; i < n; i++) out[i] = next32() & 0xff;
    return out;
  };
  return {
    get state() {
      return state;
    },
    next: () => next32() / 2 ** 32,
    bytes,
    uuid() {
      const b = bytes(16);
      b[6] = ((b[6] as number) & 0x0f) | 0x40;
      b[8] = ((b[8] as number) & 0x3f) | 0x80;
      const hex = Buffer.from(b).toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}
