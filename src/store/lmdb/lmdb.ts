/**
 * The embedded durable store: the engine of the memory store, with its writes in an LMDB file. The file holds one
 * record per revision; a record goes away when it is overwritten or deleted at or before the compacted revision.
 * So the current state and the history since compaction are read back in one pass, and watches resume after a restart.
 */
import { mkdir } from "node:fs/promises";
import { type Database, open, type RootDatabase } from "lmdb";
import { createEngine, type Journal } from "../memory/engine.ts";
import { History } from "../memory/history.ts";
import { type Entry, type Store, type StoreEvent, StoreFullError } from "../store.ts";
import { decodeRecord, encodeRecord } from "./record.ts";

type Log = Database<Uint8Array, number>;
type Meta = Database<number, string>;

const format = 1;
/** Records read or removed before the event loop gets its turn. */
const slice = 5000;

/**
 * Opens the store in a directory, which is made when it is missing. One process at a time may have it open.
 * @throws when the directory cannot be written or was written by a later version
 */
export async function openLmdbStore(dir: string): Promise<Store> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const env = open({
    path: dir,
    // Without this, a write's promise resolves before its sync.
    overlappingSync: false,
    maxDbs: 4,
    cache: false,
    // Groups are made here, one at a time; LMDB need not look for more.
    eventTurnBatching: false,
  });
  const log: Log = env.openDB({ name: "log", encoding: "binary" });
  const meta: Meta = env.openDB({ name: "meta", encoding: "json" });
  try {
    const known = meta.get("format");
    if (known !== undefined && known !== format) {
      throw new Error(`${dir} was written by another version of wherry (format ${known}, this is ${format})`);
    }
    if (known === undefined) await inFull(() => meta.put("format", format));
    const history = await load(log, meta.get("compacted") ?? 0);
    return createEngine(journal(env, log, meta), history);
  } catch (error) {
    await env.close();
    throw error;
  }
}

/** Reads the state at the compacted revision and every event since. */
async function load(log: Log, compacted: number): Promise<History> {
  const history = new History(Math.max(1, compacted), compacted);
  let restoring = true;
  const old = new Map<string, Entry>();
  /** What a compaction that did not come to its end has left behind. */
  const garbage: number[] = [];
  let n = 0;
  for (const { key: revision, value } of log.getRange({ snapshot: false })) {
    const record = decodeRecord(value);
    const { key } = record;
    if (restoring && revision > compacted) {
      for (const entry of old.values()) history.restore(entry);
      restoring = false;
    }
    const entry = { key, value: record.value, createRevision: record.createRevision, modRevision: revision };
    if (restoring) {
      const overwritten = old.get(key);
      if (overwritten) garbage.push(overwritten.modRevision);
      if (record.type === "put") old.set(key, entry);
      else {
        old.delete(key);
        garbage.push(revision);
      }
    } else if (record.type === "put") {
      history.apply({ type: "put", entry, previous: history.get(key), revision });
    } else {
      const previous = history.get(key);
      if (previous) history.apply({ type: "delete", key, previous, revision });
    }
    if (++n % slice === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  if (restoring) for (const entry of old.values()) history.restore(entry);
  await discard(log, garbage).catch((error: unknown) => {
    // It can stay: a full disk must not keep the store from opening.
    if (!(error instanceof StoreFullError)) throw error;
  });
  return history;
}

function journal(env: RootDatabase, log: Log, meta: Meta): Journal {
  return {
    async write(events: readonly StoreEvent[]) {
      await inFull(() =>
        log.batch(() => {
          for (const event of events) log.put(event.revision, encodeRecord(event)).catch(reportedByBatch);
        }),
      );
    },
    async compact(revision, dropped) {
      // First the mark: records that outlive it by a crash are overwritten ones, which loading passes over.
      await inFull(() => meta.put("compacted", revision));
      const garbage: number[] = [];
      for (const event of dropped) {
        if (event.previous) garbage.push(event.previous.modRevision);
        if (event.type === "delete") garbage.push(event.revision);
      }
      await discard(log, garbage);
    },
    recoverable: (error) => error instanceof StoreFullError,
    close: () => env.close(),
  };
}

/** Removes records, by their revisions. */
async function discard(log: Log, garbage: readonly number[]): Promise<void> {
  for (let i = 0; i < garbage.length; i += slice) {
    await inFull(() =>
      log.batch(() => {
        for (const revision of garbage.slice(i, i + slice)) log.remove(revision).catch(reportedByBatch);
      }),
    );
  }
}

/** Does a write, and makes its failure say what went wrong. */
async function inFull(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const cause = await causeOf(error);
    throw fullPattern.test(String(cause)) ? new StoreFullError(textOf(cause)) : cause;
  }
}

/** Each write of a failed batch fails as well as the batch. */
const reportedByBatch = () => undefined;

/** Out of disk, quota, or the largest file allowed. */
const fullPattern = /ENOSPC|EFBIG|EDQUOT|MAP_FULL|No space left|File too large|[Qq]uota exceeded/;

/** LMDB reports a failed commit as an error that holds a promise, which rejects with what went wrong. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (!commitError) return error;
  const soon = new Promise<unknown>((resolve) => setImmediate(() => setImmediate(() => resolve(error))));
  return Promise.race([commitError.catch((cause: unknown) => cause), soon]);
}

/** The first words: what follows is about pages and buffers. */
const textOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split(":")[0]?.toLowerCase() ?? "";
