/** Events, the newest first. */
import type { CoreEvent } from "../../api/generated/types.ts";
import { t } from "../text/text.ts";
import { Age } from "./parts.tsx";

/** When it was last seen: RFC 3339. */
const eventTime = (event: CoreEvent): string | undefined =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;

export function EventTable({ events }: { readonly events: readonly CoreEvent[] }) {
  const sorted = [...events].sort((a, b) => ((eventTime(a) ?? "") < (eventTime(b) ?? "") ? 1 : -1));
  return (
    <ul class="plain-list">
      {sorted.map((event) => (
        <li key={event.metadata.uid} class="stack tight">
          <span class="row spread small">
            <span class={event.type === "Warning" ? "badge warn" : "badge"}>{event.reason}</span>
            <span class="muted">
              {t().overview.timesSeen(event.series?.count ?? event.count ?? 1)} · <Age time={eventTime(event)} />
            </span>
          </span>
          <span>{event.message}</span>
        </li>
      ))}
    </ul>
  );
}
