import type { Cancel, Clock } from "../base/clock.ts";
import { soon } from "../base/turn.ts";

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Handles one key. A rejection is retried with exponential back-off. */
  readonly handle: (key: string) => Promise<void>;
  /** How many keys are handled at the same time. Default 5. */
  readonly workers?: number;
  /** Milliseconds before the first retry; doubles with each. Default 5. */
  readonly baseDelay?: number;
  /** Longest delay between retries, in milliseconds. Default 1,000,000. */
  readonly maxDelay?: number;
  /** After this many retries in a row the key is dropped until it is added again. Default: never. */
  readonly maxRetries?: number;
  /** Told of every failure. `retryIn` is absent when the key is dropped. */
  readonly onError?: (key: string, error: unknown, retryIn: number | undefined) => void;
}

/**
 * Keys to handle. A key waits at most once, is never handled twice at the same time, and when it is added while it is
 * being handled, it is handled again afterwards. Handling starts in a later turn of the event loop, so a burst of adds
 * becomes one run.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #workers: number;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  /** Added while running. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { at: number; cancel: Cancel }>();
  #started = false;
  #stopped = false;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#workers = options.workers ?? 5;
  }

  /** Begins to handle keys; before that they only gather. */
  start(): void {
    this.#started = true;
    this.#schedule();
  }

  /** Handles no further key; resolves when none is being handled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  add(key: string): void {
    if (this.#stopped) return;
    if (this.#running.has(key)) this.#again.add(key);
    else {
      this.#waiting.add(key);
      this.#schedule();
    }
  }

  /** Adds the key in `ms` milliseconds. Of several pending delays of one key the soonest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#stopped) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const { clock } = this.#options;
    const at = clock.now() + ms;
    const pending = this.#delayed.get(key);
    if (pending && pending.at <= at) return;
    pending?.cancel();
    const cancel = clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  /** Adds the key after the back-off that a failure would give, counting as a failure. */
  addRateLimited(key: string): void {
    this.addAfter(key, this.#backOff(key));
  }

  /** Keys that wait, run or are delayed. */
  get size(): number {
    return this.#waiting.size + this.#running.size + this.#delayed.size;
  }

  #backOff(key: string): number {
    const { baseDelay = 5, maxDelay = 1_000_000 } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.min(maxDelay, baseDelay * 2 ** failures);
  }

  #schedule(): void {
    if (this.#scheduled || !this.#started || this.#stopped) return;
    if (this.#waiting.size === 0 || this.#running.size >= this.#workers) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      for (const key of this.#waiting) {
        if (this.#stopped || this.#running.size >= this.#workers) return;
        this.#waiting.delete(key);
        this.#running.add(key);
        void this.#run(key);
      }
    });
  }

  async #run(key: string): Promise<void> {
    const { handle, maxRetries = Number.POSITIVE_INFINITY, onError } = this.#options;
    try {
      await handle(key);
      this.#failures.delete(key);
    } catch (error) {
      if ((this.#failures.get(key) ?? 0) < maxRetries) {
        const delay = this.#backOff(key);
        onError?.(key, error, delay);
        this.addAfter(key, delay);
      } else {
        this.#failures.delete(key);
        onError?.(key, error, undefined);
      }
    }
    this.#running.delete(key);
    if (this.#again.delete(key) && !this.#stopped) this.#waiting.add(key);
    if (this.#running.size === 0) for (const done of this.#idle.splice(0)) done();
    this.#schedule();
  }
}
