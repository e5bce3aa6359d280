import type { ObjectReference } from "../api/generated/types.ts";

/** What a component wants to say about an object. */
export interface Occurrence {
  readonly about: ObjectReference;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly host: string;
  /** Set for an Event of the new form. */
  readonly series?: SeriesOccurrence;
}

/** What an Event of the new form (`events.k8s.io`) says besides. */
export interface SeriesOccurrence {
  /** Which process of the component speaks. */
  readonly instance: string;
  /** What the component did or failed to do: `Binding`. */
  readonly action: string;
  readonly related?: ObjectReference;
}

/** How to say it: a new Event, or one more count of an Event that is there. */
export type Correlated =
  | { readonly action: "create"; readonly message: string; readonly key: string }
  | {
      readonly action: "count";
      readonly message: string;
      readonly key: string;
      readonly recorded: RecordedEvent;
    };

/** An Event that was written. */
export interface RecordedEvent {
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
}

/** Upstream's defaults (client-go `tools/record`). */
const cacheSize = 4096;
const similarBeforeAggregating = 10;
const similarWithin = 600_000;
const burst = 25;
const refillEvery = 300_000;

/** One string, where a template would leave a tree of its parts, all of them kept and walked through at every look. */
const keyOf = (...parts: readonly (string | undefined)[]): string => parts.join("/");

/** Who speaks about whom. No part can hold a slash but the last. */
const subjectOf = ({ component, host, about }: Occurrence): string =>
  keyOf(component, host, about.kind, about.namespace, about.name, about.uid, about.apiVersion);

/** Forgets what was set longest ago. */
export class Recent<V> {
  readonly #entries = new Map<string, V>();
  get(key: string): V | undefined {
    return this.#entries.get(key);
  }
  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > cacheSize)
      for (const oldest of this.#entries.keys()) return void this.#entries.delete(oldest);
  }
}

/**
 * Decides what becomes of an occurrence, as client-go does:
 * - the same occurrence again raises the count of its Event;
 * - ten different messages within ten minutes about one object for one reason become one "combined" Event;
 * - a component may say 25 things about one object, then one more every five minutes; the rest is dropped.
 */
export class EventCorrelator {
  readonly #written = new Recent<RecordedEvent>();
  readonly #similar = new Recent<{ messages: Set<string>; last: number }>();
  readonly #tokens = new Recent<{ tokens: number; at: number }>();

  /**
   * May the component say one more thing about the object?
   * @param now milliseconds since the epoch
   */
  admits(o: Occurrence, now: number): boolean {
    return this.#take(subjectOf(o), now);
  }

  /** @param now milliseconds since the epoch */
  correlate(o: Occurrence, now: number): Correlated {
    const group = keyOf(subjectOf(o), o.type, o.reason, o.about.fieldPath);
    let similar = this.#similar.get(group);
    if (!similar || now - similar.last > similarWithin) similar = { messages: new Set(), last: now };
    similar.last = now;
    similar.messages.add(o.message);
    this.#similar.set(group, similar);
    const combined = similar.messages.size >= similarBeforeAggregating;
    if (combined)
      for (const oldest of similar.messages) {
        similar.messages.delete(oldest);
        break;
      }
    const message = combined ? `(combined from similar events): ${o.message}` : o.message;
    const key = combined ? group : keyOf(group, o.message);
    const recorded = this.#written.get(key);
    return recorded ? { action: "count", message, key, recorded } : { action: "create", message, key };
  }

  /** Remembers what was written for a {@link Correlated}'s key. */
  wrote(key: string, recorded: RecordedEvent): void {
    this.#written.set(key, recorded);
  }

  #take(key: string, now: number): boolean {
    const bucket = this.#tokens.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillEvery);
    const allowed = tokens >= 1;
    this.#tokens.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }
}
