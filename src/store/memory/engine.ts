/**
 * The engine of the embedded stores: decides writes synchronously, hands them to a {@link Journal} in groups, and
 * makes them visible once the journal has them. `memory` runs it without a journal, `lmdb` with one on disk.
 */
import { nextTurn, soon } from "../../base/turn.ts";
import {
  type Entry,
  type ListOptions,
  type ListResult,
  RevisionMismatchError,
  type Store,
  StoreClosedError,
  type StoreEvent,
  type StoreWatch,
  type Value,
  type WatchTopic,
} from "../store.ts";
import { History, keyOfEvent } from "./history.ts";
import { Watches } from "./watches.ts";

/** Where writes become durable. */
export interface Journal {
  /** Makes all of `events` durable, or none. Called again only after it has settled. */
  write(events: readonly StoreEvent[]): Promise<void> | undefined;
  /** Forgets what `dropped`, the events up to `revision`, made unreachable. */
  compact(revision: number, dropped: readonly StoreEvent[]): Promise<void>;
  /** True: there is nothing to wait for now, and writes become visible at once. Default: never. */
  instant?(): boolean;
  /** True: it never looks at values. */
  readonly needsNoBytes?: boolean;
  /** After a failed write: may later ones still be tried? */
  recoverable(error: unknown): boolean;
  close(): Promise<void>;
}

const bytesOf = (value: Value): Uint8Array => (typeof value === "function" ? value() : value);

/** Its value is made when it is first read. */
class WrittenEntry implements Entry {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  private written: Value;

  constructor({ key, createRevision, modRevision }: Omit<Entry, "value">, value: Value) {
    this.key = key;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.written = value;
  }

  get value(): Uint8Array {
    const bytes = bytesOf(this.written);
    this.written = bytes;
    return bytes;
  }
}

interface Pending {
  readonly event: StoreEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Most writes in one group, to bound the latency of the first. */
const maxGroup = 1000;

export function createEngine(journal?: Journal, history = new History()): Store {
  const watches = new Watches(history);
  /** Newest decided entry of each key with writes that are not visible yet; undefined when it is deleted. */
  const decided = new Map<string, Entry | undefined>();
  let decidedRevision = history.revision;
  let queue: Pending[] = [];
  let flushing: Promise<void> | undefined;
  let notifying = false;
  let newestWrite: Promise<void> = Promise.resolve();
  let closed: StoreClosedError | undefined;
  let compactions: Promise<void> = Promise.resolve();

  const checkOpen = () => {
    if (closed) throw closed;
  };
  const newest = (key: string) => (decided.has(key) ? decided.get(key) : history.get(key));

  /** Writers get their answers before what follows from them is worked on, and watches what is written in one turn. */
  function notifyLater(): void {
    if (notifying) return;
    notifying = true;
    soon(() => {
      notifying = false;
      watches.notify();
    });
  }

  function expect(key: string, expected: number): Entry | undefined {
    checkOpen();
    const entry = newest(key);
    const actual = entry?.modRevision ?? 0;
    if (actual !== expected) throw new RevisionMismatchError(key, expected, actual);
    return entry;
  }

  /** Queues a decided event; resolves when it is visible. */
  function submit(event: StoreEvent): Promise<void> {
    decidedRevision = event.revision;
    if (!journal || (!flushing && journal.instant?.())) {
      history.apply(event);
      notifyLater();
      return Promise.resolve();
    }
    decided.set(keyOfEvent(event), event.type === "put" ? event.entry : undefined);
    newestWrite = new Promise((resolve, reject) => {
      queue.push({ event, resolve, reject });
      flushing ??= flush(journal);
    });
    return newestWrite;
  }

  async function flush(to: Journal): Promise<void> {
    while (queue.length > 0) {
      // Whatever is decided in this turn of the event loop shares a sync: the requests that came while the last one ran.
      await nextTurn();
      const group = queue.splice(0, maxGroup);
      try {
        await to.write(group.map((p) => p.event));
      } catch (error) {
        fail(error, group, to);
        continue;
      }
      for (const { event } of group) {
        history.apply(event);
        const key = keyOfEvent(event);
        const latest = decided.get(key);
        if ((event.type === "put" ? event.entry : undefined) === latest) decided.delete(key);
      }
      for (const p of group) p.resolve();
      notifyLater();
    }
    flushing = undefined;
  }

  /** The group and everything decided on top of it fails; the next write is decided on the visible state again. */
  function fail(error: unknown, group: Pending[], from: Journal): void {
    const failed = [...group, ...queue];
    queue = [];
    decided.clear();
    decidedRevision = history.revision;
    if (!from.recoverable(error)) {
      closed = new StoreClosedError(`the store has failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    for (const p of failed) p.reject(error);
  }

  return {
    async get(key, revision) {
      checkOpen();
      return revision === undefined ? history.get(key) : history.getAt(key, revision);
    },
    current(key) {
      checkOpen();
      return history.get(key);
    },
    async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
      checkOpen();
      const { from = prefix, limit = Number.POSITIVE_INFINITY, revision } = options;
      return revision === undefined || revision === history.revision
        ? history.list(prefix, from, limit)
        : history.listAt(prefix, from, limit, revision);
    },
    async count(prefix) {
      checkOpen();
      return history.count(prefix);
    },
    async commit(key, expectedRevision, value) {
      const previous = expect(key, expectedRevision);
      const revision = decidedRevision + 1;
      const head = { key, createRevision: previous?.createRevision ?? revision, modRevision: revision };
      const entry =
        !journal || journal.needsNoBytes ? new WrittenEntry(head, value) : { ...head, value: bytesOf(value) };
      await submit({ type: "put", entry, previous, revision });
      return entry;
    },
    async delete(key, expectedRevision) {
      const previous = expect(key, expectedRevision);
      if (!previous) throw new RevisionMismatchError(key, expectedRevision, 0);
      const revision = decidedRevision + 1;
      await submit({ type: "delete", key, previous, revision });
      return revision;
    },
    watch(prefix: string, since: number, topic?: WatchTopic): StoreWatch {
      checkOpen();
      return watches.add(prefix, since, topic);
    },
    compact(revision) {
      const run = async () => {
        checkOpen();
        const target = Math.min(revision, history.revision);
        // Who waits is not late: it is told what is there before that is forgotten.
        watches.notify();
        const dropped = history.compact(target);
        if (journal && dropped.length > 0) await journal.compact(target, dropped);
      };
      const result = compactions.then(run);
      compactions = result.catch(() => undefined);
      return result;
    },
    progress: () => history.revision,
    // Writes settle in order. Waiting for the queue to be empty could take for ever.
    settled: async () => {
      await newestWrite.catch(() => undefined);
    },
    async close() {
      if (closed) {
        watches.close();
        return;
      }
      closed = new StoreClosedError();
      await flushing;
      await compactions;
      watches.close();
      await journal?.close();
    },
  };
}
