import type { Cancel, Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Store } from "../store/store.ts";

/** As upstream's default. */
const interval = 5 * 60_000;

/** Forgets, every five minutes, the history from before the last time: watches may be resumed for that long at least. */
export function startCompactor(store: Store, clock: Clock, logger?: Logger, every = interval): Cancel {
  let last = store.progress();
  return clock.every(every, () => {
    const target = last;
    last = store.progress();
    store.compact(target).catch((error: unknown) => logger?.warn("compaction failed", { error }));
  });
}
