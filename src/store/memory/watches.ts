/**
 * Running watches over a {@link History}. A watch is a position in the history, not a queue: a slow consumer costs
 * nothing, gets larger batches, and fails only when the history it still needs is compacted away. A watch that waits
 * costs nothing either: events find the watches that they concern.
 */
import { CompactedError, StoreClosedError, type StoreEvent, type StoreWatch, type WatchTopic } from "../store.ts";
import { type History, keyOfEvent } from "./history.ts";
import { type Audience, WatchIndex } from "./watch-index.ts";

/** Most events in one batch, so that a long catch-up gives the event loop back in between. */
const maxBatch = 1000;

/** What the watches share. */
interface Shared {
  readonly history: History;
  /** Watches that wait have been told of every event up to this revision. */
  told: number;
  forget(watch: HistoryWatch): void;
}

export class Watches {
  private readonly open = new Set<HistoryWatch>();
  private readonly index = new WatchIndex<HistoryWatch>();
  private readonly shared: Shared;

  constructor(history: History) {
    this.shared = {
      history,
      told: history.revision,
      forget: (watch) => {
        if (this.open.delete(watch)) this.index.delete(watch);
      },
    };
  }

  add(prefix: string, since: number, topic?: WatchTopic): StoreWatch {
    const { history } = this.shared;
    if (since < history.compacted) throw new CompactedError(history.compacted);
    const watch = new HistoryWatch(this.shared, { prefix, topic }, since);
    this.open.add(watch);
    this.index.add(watch);
    return watch;
  }

  /** Wakes the watches that wait and have something new. */
  notify(): void {
    const { history } = this.shared;
    const woken = new Set<HistoryWatch>();
    while (this.shared.told < history.revision) {
      const event = history.eventAt(++this.shared.told);
      this.index.concerned(event, (watch) => {
        if (watch.offer(event)) woken.add(watch);
      });
    }
    for (const watch of woken) watch.deliver();
  }

  close(): void {
    for (const watch of [...this.open]) watch.fail(new StoreClosedError());
  }
}

type Step = IteratorResult<readonly StoreEvent[], undefined>;
const done: Step = { done: true, value: undefined };

class HistoryWatch implements StoreWatch {
  readonly audience: Audience;
  private readonly shared: Shared;
  /** While it waits, what it has been told of counts as well. */
  private taken: number;
  private waiting: { resolve: (step: Step) => void; reject: (error: Error) => void } | undefined;
  /** Events to be handed to the waiting consumer. */
  private offered: StoreEvent[] = [];
  private closed = false;
  private failure: Error | undefined;

  constructor(shared: Shared, audience: Audience, since: number) {
    this.shared = shared;
    this.audience = audience;
    this.taken = since;
  }

  get position(): number {
    return this.waiting ? Math.max(this.taken, this.shared.told) : this.taken;
  }

  [Symbol.asyncIterator](): AsyncIterator<readonly StoreEvent[], undefined> {
    return {
      next: () => this.next(),
      return: async () => {
        this.close();
        return done;
      },
    };
  }

  close(): void {
    this.closed = true;
    this.end()?.resolve(done);
  }

  fail(error: Error): void {
    if (this.closed) return;
    this.failure = error;
    this.end()?.reject(error);
  }

  private end() {
    this.shared.forget(this);
    const { waiting } = this;
    this.waiting = undefined;
    this.offered = [];
    return waiting;
  }

  /** Takes the event for a consumer that waits. What does not fit into a batch is read later. */
  offer(event: StoreEvent): boolean {
    if (!this.waiting || event.revision <= this.taken || this.offered.length === maxBatch) return false;
    this.offered.push(event);
    return true;
  }

  /** Hands over what was offered. */
  deliver(): void {
    const { waiting, offered } = this;
    if (!waiting) return;
    this.taken = offered.length < maxBatch ? this.position : (offered.at(-1) as StoreEvent).revision;
    this.waiting = undefined;
    this.offered = [];
    waiting.resolve({ done: false, value: offered });
  }

  private next(): Promise<Step> {
    if (this.closed) return Promise.resolve(done);
    if (this.failure) return Promise.reject(this.failure);
    const { compacted } = this.shared.history;
    if (this.taken < compacted) {
      this.fail(new CompactedError(compacted));
      return Promise.reject(this.failure);
    }
    const batch = this.take();
    if (batch.length > 0) return Promise.resolve({ done: false, value: batch });
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /**
   * The next events that concern it of those that were told while it did not wait; moves the position past what was
   * looked at. Of newer ones it will be told: thousands of watches need not all look at them.
   */
  private take(): StoreEvent[] {
    const { history, told } = this.shared;
    const { prefix, topic } = this.audience;
    const batch: StoreEvent[] = [];
    let revision = this.taken;
    while (revision < told && batch.length < maxBatch) {
      const event = history.eventAt(++revision);
      if (!keyOfEvent(event).startsWith(prefix)) continue;
      if (!topic || topic.topicsOf(event).includes(topic.topic)) batch.push(event);
    }
    this.taken = revision;
    return batch;
  }
}
