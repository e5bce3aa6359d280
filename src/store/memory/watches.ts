/**
 * Running watches over a {@link History}. A watch is a position in the history, not a queue: a slow consumer costs
 * nothing, gets larger batches, and fails only when the history it still needs is compacted away.
 */
import { CompactedError, StoreClosedError, type StoreEvent, type StoreWatch } from "../store.ts";
import { type History, keyOfEvent } from "./history.ts";

/** Most events in one batch, so that a long catch-up gives the event loop back in between. */
const maxBatch = 1000;

export class Watches {
  private readonly open = new Set<HistoryWatch>();
  private readonly history: History;

  constructor(history: History) {
    this.history = history;
  }

  add(prefix: string, since: number): StoreWatch {
    if (since < this.history.compacted) throw new CompactedError(this.history.compacted);
    const watch = new HistoryWatch(this.history, prefix, since, () => this.open.delete(watch));
    this.open.add(watch);
    return watch;
  }

  /** Wakes the watches that wait and have something new. */
  notify(): void {
    for (const watch of this.open) watch.advance();
  }

  close(): void {
    for (const watch of [...this.open]) watch.fail(new StoreClosedError());
  }
}

type Step = IteratorResult<readonly StoreEvent[], undefined>;
const done: Step = { done: true, value: undefined };

class HistoryWatch implements StoreWatch {
  position: number;
  private readonly history: History;
  private readonly prefix: string;
  private readonly forget: () => void;
  private waiting: { resolve: (step: Step) => void; reject: (error: Error) => void } | undefined;
  private closed = false;
  private failure: Error | undefined;

  constructor(history: History, prefix: string, since: number, forget: () => void) {
    this.history = history;
    this.prefix = prefix;
    this.position = since;
    this.forget = forget;
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
    this.forget();
    this.waiting?.resolve(done);
    this.waiting = undefined;
  }

  fail(error: Error): void {
    if (this.closed) return;
    this.failure = error;
    this.forget();
    this.waiting?.reject(error);
    this.waiting = undefined;
  }

  /** Hands the waiting consumer its next batch, if there is one. */
  advance(): void {
    if (!this.waiting) return;
    const batch = this.take();
    if (batch.length === 0) return;
    this.waiting.resolve({ done: false, value: batch });
    this.waiting = undefined;
  }

  private next(): Promise<Step> {
    if (this.closed) return Promise.resolve(done);
    if (this.failure) return Promise.reject(this.failure);
    if (this.position < this.history.compacted) {
      this.fail(new CompactedError(this.history.compacted));
      return Promise.reject(this.failure);
    }
    const batch = this.take();
    if (batch.length > 0) return Promise.resolve({ done: false, value: batch });
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /** The next events under the prefix; moves the position past what was looked at. */
  private take(): StoreEvent[] {
    const batch: StoreEvent[] = [];
    const newest = this.history.revision;
    let revision = this.position;
    while (revision < newest && batch.length < maxBatch) {
      const event = this.history.eventAt(++revision);
      if (keyOfEvent(event).startsWith(this.prefix)) batch.push(event);
    }
    this.position = revision;
    return batch;
  }
}
