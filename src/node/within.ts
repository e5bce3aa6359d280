import type { Clock } from "../base/clock.ts";

/** Waits for `work`, but no longer than `ms`. Failures of `work` are the caller's to log. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const abort = new AbortController();
  try {
    await Promise.race([work, clock.sleep(ms, abort.signal)]);
  } finally {
    abort.abort();
  }
}
