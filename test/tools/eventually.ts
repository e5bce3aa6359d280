import { systemClock } from "../../src/base/clock.ts";

/**
 * Tries until it does not throw, and returns what it returned. The bound is generous: it only ends a test that would
 * wait for ever.
 * @throws the last error, past the bound
 */
export async function eventually<T>(attempt: () => T | Promise<T>, seconds = 60): Promise<T> {
  const deadline = systemClock.monotonic() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (systemClock.monotonic() > deadline) throw error;
    }
    await systemClock.sleep(100);
  }
}
