import type { CoreEvent } from "../api/generated/types.ts";
import { type Cancel, type Clock, parseTime } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { type Entry, RevisionMismatchError, type Store } from "../store/store.ts";

/** As upstream's `--event-ttl`. */
const lifetime = 60 * 60_000;
const interval = 60_000;
const prefix = "/registry/events/";

/** When each event was last written, read out of its value once. */
const written = new WeakMap<Entry, number>();

function lastWritten(entry: Entry): number {
  let time = written.get(entry);
  if (time === undefined) {
    const event: CoreEvent = JSON.parse(Buffer.from(entry.value).toString());
    const times = [
      event.series?.lastObservedTime,
      event.lastTimestamp,
      event.eventTime,
      event.firstTimestamp,
      event.metadata?.creationTimestamp,
    ];
    time = Math.max(...times.map((t) => (t ? parseTime(t) : 0)));
    written.set(entry, time);
  }
  return time;
}

/** Deletes Events an hour after they were last written. */
export function startEventExpiry(store: Store, clock: Clock, logger?: Logger): Cancel {
  const sweep = async () => {
    const { entries } = await store.list(prefix);
    for (const entry of entries) {
      if (lastWritten(entry) > clock.now() - lifetime) continue;
      await store.delete(entry.key, entry.modRevision).catch((error: unknown) => {
        // Written again meanwhile, or gone.
        if (!(error instanceof RevisionMismatchError)) throw error;
      });
    }
  };
  return clock.every(interval, () => {
    sweep().catch((error: unknown) => logger?.warn("expiring events failed", { error }));
  });
}
