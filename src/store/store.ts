/**
 * The Store contract: one revisioned key space, shaped like etcd's. `memory/` and `lmdb/` implement it and run
 * one conformance suite, `store.conformance.ts`.
 *
 * - There is one revision for the whole store. It starts at 1 in an empty store and rises by exactly one per commit or
 *   delete. It is an integer below 2^53.
 * - Revisions and expectations are decided synchronously, when `commit` or `delete` is called, against the newest
 *   *decided* value, even one that is not durable yet.
 * - Nothing is visible to `get`, `list` or `watch` before it is durable; then it becomes visible in revision order.
 * - When a sync fails, every write queued on it, and every later write decided on top of those, fails.
 * - Entries and their bytes are never changed after they are handed out. The same entry is the same JavaScript object
 *   for as long as it is current, so callers may keep what they derive from it in a WeakMap.
 */
export interface Entry {
  readonly key: string;
  /** May be made when it is first read. */
  readonly value: Uint8Array;
  /** Revision of the commit that created the key. */
  readonly createRevision: number;
  /** Revision of the commit that wrote this value. */
  readonly modRevision: number;
}

/**
 * What is to be written: bytes, or what makes them of something that does not change any more. A store that keeps its state in
 * memory calls it when somebody reads the bytes, which may be never.
 */
export type Value = Uint8Array | (() => Uint8Array);

export interface ListOptions {
  /** Read as of this revision; the newest visible one when absent. */
  readonly revision?: number;
  /** At most this many entries; all when absent. */
  readonly limit?: number;
  /** Start at this key (inclusive) instead of the beginning of the prefix. */
  readonly from?: string;
}

export interface ListResult {
  /** In order of their keys (by UTF-16 code unit, which is byte order for everything Kubernetes allows in a key). */
  readonly entries: readonly Entry[];
  /** The revision that was read. */
  readonly revision: number;
  /** How many entries of the prefix follow after the last one returned. */
  readonly remaining: number;
}

export type StoreEvent =
  | { readonly type: "put"; readonly entry: Entry; readonly previous: Entry | undefined; readonly revision: number }
  | { readonly type: "delete"; readonly previous: Entry; readonly key: string; readonly revision: number };

/**
 * A part of what happens under a prefix, so that thousands of watches can share it and none looks at what concerns the
 * others: a node's pods among all pods.
 */
export interface WatchTopic {
  /**
   * The topics of an event, each once. The same event always has the same ones, and watches that divide a prefix in the
   * same way have the same function.
   */
  readonly topicsOf: (event: StoreEvent) => readonly string[];
  readonly topic: string;
}

/**
 * A running watch. Iterating gives batches of at least one event, in revision order, each commit under the prefix
 * exactly once. Iteration ends after `close()`, and throws {@link CompactedError} when the next event is compacted away
 * before it could be delivered (a consumer that is too slow), or {@link StoreClosedError} when the store closes.
 */
export interface StoreWatch extends AsyncIterable<readonly StoreEvent[]> {
  /** Every event up to this revision has been handed out: a watch may be resumed from here. */
  readonly position: number;
  close(): void;
}

export interface Store {
  /** The entry, as of `revision` or now. @throws CompactedError, FutureRevisionError */
  get(key: string, revision?: number): Promise<Entry | undefined>;
  /**
   * What {@link get} of the key would resolve with now, without waiting. Only stores that hold their current state in
   * memory have it. @throws StoreClosedError
   */
  current?(key: string): Entry | undefined;
  /** @throws CompactedError, FutureRevisionError */
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** How many entries there are under the prefix now. */
  count(prefix: string): Promise<number>;
  /**
   * Writes `value` if the newest decided revision of `key` is `expectedRevision`; 0 expects that the key is absent.
   * Resolves when durable and visible. @throws RevisionMismatchError
   */
  commit(key: string, expectedRevision: number, value: Value): Promise<Entry>;
  /** Deletes the key. Resolves with the revision of the deletion. @throws RevisionMismatchError */
  delete(key: string, expectedRevision: number): Promise<number>;
  /**
   * Events after revision `since` (exclusive) of keys under `prefix`.
   * @param topic only events of this topic
   * @throws CompactedError synchronously when `since` is below the compacted revision
   */
  watch(prefix: string, since: number, topic?: WatchTopic): StoreWatch;
  /** Forgets history below `revision`: older reads and watches then fail with {@link CompactedError}. */
  compact(revision: number): Promise<void>;
  /** The newest visible revision: everything up to it has been, or is about to be, handed to every watch. */
  progress(): number;
  /**
   * Resolves once every write decided before the call is visible or has failed. What a writer waits for after a
   * {@link RevisionMismatchError} whose revision `get` does not show yet.
   */
  settled(): Promise<void>;
  /** Ends watches and releases files. Writes that are still queued are made durable first. */
  close(): Promise<void>;
}

/** The history asked for is compacted away. */
export class CompactedError extends Error {
  override readonly name = "CompactedError";
  /** The oldest revision that can still be read. */
  readonly compactedRevision: number;
  constructor(compactedRevision: number) {
    super(`required revision has been compacted; the oldest readable revision is ${compactedRevision}`);
    this.compactedRevision = compactedRevision;
  }
}

/** The revision asked for does not exist yet. */
export class FutureRevisionError extends Error {
  override readonly name = "FutureRevisionError";
  constructor(revision: number, current: number) {
    super(`required revision ${revision} is in the future; the newest is ${current}`);
  }
}

/** The key was not at the expected revision. Nothing was written. */
export class RevisionMismatchError extends Error {
  override readonly name = "RevisionMismatchError";
  /** The newest decided revision of the key; 0 when it does not exist. */
  readonly actualRevision: number;
  constructor(key: string, expected: number, actual: number) {
    super(`${key}: expected revision ${expected}, found ${actual}`);
    this.actualRevision = actual;
  }
}

/** The store has been closed, or has failed for good. */
export class StoreClosedError extends Error {
  override readonly name = "StoreClosedError";
  constructor(why = "the store is closed") {
    super(why);
  }
}

/** There is no room for the write. Nothing of it was kept; later writes may be tried. */
export class StoreFullError extends Error {
  override readonly name = "StoreFullError";
  constructor(why: string) {
    super(`no space left to store the write: ${why}`);
  }
}
