import { systemClock } from "../../src/base/clock.ts";

/**
 * Tries until it does not throw, and returns what it returned. The bound is generous: it only ends a test that would
 * wait for ever.
 * @throws the last error, past the bound
 */
export async function eventually<T>(attempt: () => T | Promise<T>, seconds = 60): Promise<T> {
  const deadline = systemClock.monotonic() + seconds * 1000;
  // What is tried is often a program to start: whoever waits longer looks less often.
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 500)) {
    try {
      return await attempt();
    } catch (error) {
      if (systemClock.monotonic() > deadline) throw error;
    }
    await systemClock.sleep(pause);
  }
}
