/** What an Event says of itself, whichever of the two APIs it was written with. Pure. */
import type { CoreEvent } from "../../api/generated/types.ts";

/** When it was last seen: RFC 3339. */
export const lastSeen = (event: CoreEvent): string | undefined =>
  event.series?.lastObservedTime ??
  event.lastTimestamp ??
  event.eventTime ??
  event.firstTimestamp ??
  event.metadata.creationTimestamp;

export const timesSeen = ({ series, count }: CoreEvent): number => series?.count ?? count ?? 1;
