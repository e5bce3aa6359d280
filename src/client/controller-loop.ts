import type { Cancel, Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { WorkQueue } from "./workqueue.ts";

/** What handlers use to ask for a reconcile. */
export interface KeyQueue {
  add(key: string): void;
  /** @param ms milliseconds from now */
  addAfter(key: string, ms: number): void;
}

export interface ControllerLoopOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Caches that must be filled before the first reconcile. */
  readonly caches: readonly { synced(): Promise<void> }[];
  /** Connects event sources to the queue, once, at start. What it returns is undone at stop. */
  readonly connect: (queue: KeyQueue) => readonly Cancel[];
  readonly reconcile: (key: string) => Promise<{ readonly requeueAfter?: number } | undefined>;
  /** Default 5. */
  readonly workers?: number;
  /** Retries in a row before a key is dropped until its next event. Default 15. */
  readonly maxRetries?: number;
  readonly baseDelay?: number;
  readonly maxDelay?: number;
}

/** A `Controller` made of informer handlers, a work queue and a reconcile function. */
export interface ControllerLoop extends KeyQueue {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createControllerLoop(options: ControllerLoopOptions): ControllerLoop {
  const { name, clock, logger, caches, connect, reconcile } = options;
  let cancels: readonly Cancel[] = [];
  const queue = new WorkQueue({
    clock,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(options.baseDelay === undefined ? {} : { baseDelay: options.baseDelay }),
    ...(options.maxDelay === undefined ? {} : { maxDelay: options.maxDelay }),
    maxRetries: options.maxRetries ?? 15,
    async handle(key) {
      const result = await reconcile(key);
      if (result?.requeueAfter !== undefined) queue.addAfter(key, result.requeueAfter);
    },
    onError: (key, error, retryIn) =>
      logger[retryIn === undefined ? "error" : "debug"]("reconcile failed", {
        controller: name,
        key,
        retryIn,
        error: error instanceof Error ? error.message : String(error),
      }),
  });
  return {
    name,
    add: (key) => queue.add(key),
    addAfter: (key, ms) => queue.addAfter(key, ms),
    async start() {
      cancels = connect(queue);
      await Promise.all(caches.map((cache) => cache.synced()));
      queue.start();
    },
    async stop() {
      for (const cancel of cancels) cancel();
      await queue.stop();
    },
  };
}
