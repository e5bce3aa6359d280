/** Events, the newest first. */
import type { CoreEvent } from "../../api/generated/types.ts";
import { lastSeen, timesSeen } from "../model/events.ts";
import { t } from "../text/text.ts";
import { Age } from "./parts.tsx";

export function EventTable({ events }: { readonly events: readonly CoreEvent[] }) {
  const sorted = [...events].sort((a, b) => ((lastSeen(a) ?? "") < (lastSeen(b) ?? "") ? 1 : -1));
  return (
    <ul class="plain-list">
      {sorted.map((event) => (
        <li key={event.metadata.uid} class="stack tight">
          <span class="row spread small">
            <span class={event.type === "Warning" ? "badge warn" : "badge"}>{event.reason}</span>
            <span class="muted">
              {t().overview.timesSeen(timesSeen(event))} · <Age time={lastSeen(event)} />
            </span>
          </span>
          <span>{event.message}</span>
        </li>
      ))}
    </ul>
  );
}
