/** Events of the new form, as client-go's `tools/events` writes them: what happens again continues a series. */
import type { CoreEvent } from "../api/generated/types.ts";
import { formatMicroTime } from "../base/clock.ts";
import { type Occurrence, Recent, type RecordedEvent, type SeriesOccurrence } from "./event-correlator.ts";

/** A series ends when nothing of it happened for so long. Milliseconds. */
const endsAfter = 360_000;

export type SeriesEvent = Occurrence & { readonly series: SeriesOccurrence };

export const isSeriesEvent = (o: Occurrence): o is SeriesEvent => o.series !== undefined;

/** What an Event says that begins a series, or stays alone. @param at milliseconds since the epoch */
export const firstOf = ({ series, component }: SeriesEvent, at: number): Partial<CoreEvent> => ({
  eventTime: formatMicroTime(at),
  action: series.action,
  ...(series.related ? { related: series.related } : {}),
  source: {},
  reportingComponent: component,
  reportingInstance: series.instance,
});

interface Running {
  readonly recorded: RecordedEvent;
  readonly last: number;
}

/** The Events that may still be continued. Upstream tells the count now and then; here it is right every time. */
export class RunningSeries {
  readonly #running = new Recent<Running>();

  /** The message is not looked at: it may count what changes. */
  #key({ about, type, reason, series }: SeriesEvent): string {
    return JSON.stringify([type, reason, series.action, series.instance, about, series.related]);
  }

  /** The Event that the occurrence continues. */
  find(o: SeriesEvent, at: number): RecordedEvent | undefined {
    const running = this.#running.get(this.#key(o));
    return running && at - running.last <= endsAfter ? running.recorded : undefined;
  }

  wrote(o: SeriesEvent, recorded: RecordedEvent, at: number): void {
    this.#running.set(this.#key(o), { recorded, last: at });
  }
}

export const continued = (count: number, at: number): Pick<CoreEvent, "series"> => ({
  series: { count, lastObservedTime: formatMicroTime(at) },
});
