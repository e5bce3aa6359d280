/** The events of an object, as the last part of its description. */
import type { CoreEvent, ObjectMeta } from "../../../api/generated/types.ts";
import { StatusError } from "../../../base/errors.ts";
import { apiPath } from "../core/paths.ts";
import { goSort } from "../print/go/sort.ts";
import type { DescribeContext } from "./describer.ts";
import { ageText } from "./times.ts";
import type { DescriptionWriter } from "./writer.ts";

export interface EventSubject {
  readonly metadata?: ObjectMeta;
  /** Absent: events about any kind with this name and UID. */
  readonly kind?: string;
}

/**
 * Lists the events about an object and writes them, unless descriptions are to come without.
 * @param strict not to see them is an error
 */
export async function writeEvents(
  w: DescriptionWriter,
  subject: EventSubject,
  { session, showEvents }: DescribeContext,
  strict = false,
): Promise<void> {
  if (!showEvents) return;
  const { namespace = "", name = "", uid = "" } = subject.metadata ?? {};
  const events = (await session.discovery()).find("events");
  const list = async (about: string): Promise<CoreEvent[]> => {
    const fieldSelector = [
      `involvedObject.name=${name}`,
      `involvedObject.namespace=${namespace}`,
      ...(subject.kind ? [`involvedObject.kind=${subject.kind}`] : []),
      `involvedObject.uid=${about}`,
    ].join(",");
    try {
      const path = apiPath(events, { namespace }, { fieldSelector });
      return (await session.json<{ items?: CoreEvent[] }>("GET", path)).items ?? [];
    } catch (error) {
      // Who may not see events is told of none.
      if (error instanceof StatusError && !strict) return [];
      throw error;
    }
  };
  // A node's own agent names it by its name where others give its UID.
  const items = subject.kind === "Node" ? [...(await list(uid)), ...(await list(name))] : await list(uid);
  writeEventTable(w, items);
}

const last = ({ lastTimestamp }: CoreEvent): number => (lastTimestamp ? Date.parse(lastTimestamp) : 0);

function writeEventTable(w: DescriptionWriter, events: readonly CoreEvent[]): void {
  if (events.length === 0) {
    w.write(0, "Events:\t<none>\n");
    return;
  }
  w.flush();
  w.write(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
  w.write(1, "----\t------\t----\t----\t-------\n");
  for (const event of goSort([...events], (a, b) => last(a) < last(b))) {
    const source = event.source?.component || event.reportingComponent || "";
    const message = (event.message ?? "").trim();
    w.write(1, `${event.type ?? ""}\t${event.reason ?? ""}\t${intervalText(event)}\t${source}\t${message}\n`);
  }
}

/** `5s`, or `5s (x3 over 2m)` for what happened several times. */
export function intervalText({ eventTime, firstTimestamp, lastTimestamp, series, count }: CoreEvent): string {
  const first = ageText(eventTime ?? firstTimestamp);
  if (series) return `${ageText(series.lastObservedTime)} (x${series.count ?? 0} over ${first})`;
  return count !== undefined && count > 1 ? `${ageText(lastTimestamp)} (x${count} over ${first})` : first;
}
