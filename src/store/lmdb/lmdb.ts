/**
 * The embedded durable store: the engine of the memory store, with its writes in an LMDB file, and in a write-ahead log
 * on the way there. The file holds one record per revision; a record goes away when it is overwritten or deleted at or
 * before the compacted revision. So the current state and the history since compaction are read back in one pass, and
 * watches resume after a restart.
 */
import { mkdir } from "node:fs/promises";
import { open } from "lmdb";
import { type Clock, systemClock } from "../../base/clock.ts";
import { nextTurn } from "../../base/turn.ts";
import { createEngine } from "../memory/engine.ts";
import { History } from "../memory/history.ts";
import { type Entry, type Store, StoreFullError } from "../store.ts";
import { discard, inFull, journal, type Log, type Meta, put, slice } from "./journal.ts";
import { decodeRecord } from "./record.ts";
import type { WalRecord } from "./segment.ts";
import { WriteAheadLog } from "./write-ahead.ts";

/** 1 had no write-ahead log. */
const format = 2;

/**
 * Opens the store in a directory, which is made when it is missing. One process at a time may have it open.
 * @throws when the directory cannot be written or was written by a later version
 */
export async function openLmdbStore(dir: string, clock: Clock = systemClock): Promise<Store> {
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
    if (known !== undefined && known > format) {
      throw new Error(`${dir} was written by a later version of wherry (format ${known}, this is ${format})`);
    }
    if (known !== format) await inFull(dir, () => meta.put("format", format));
    const compacted = meta.get("compacted") ?? 0;
    const [last = 0] = log.getKeys({ reverse: true, limit: 1 });
    const drain = (records: readonly WalRecord[]) => put(dir, log, records);
    const { log: ahead, records } = await WriteAheadLog.open({
      dir,
      newest: Math.max(1, compacted, last),
      drain,
      clock,
    });
    const history = await load(dir, log, records, compacted);
    return createEngine(journal({ dir, env, log, meta, ahead }), history);
  } catch (error) {
    await env.close();
    throw error;
  }
}

/** All records there are: those in the database, then those that only the write-ahead log has. */
function* recordsOf(log: Log, ahead: readonly WalRecord[]): Iterable<WalRecord> {
  for (const { key, value } of log.getRange({ snapshot: false })) yield { revision: key, payload: value };
  yield* ahead;
}

/** Reads the state at the compacted revision and every event since. */
async function load(dir: string, log: Log, ahead: readonly WalRecord[], compacted: number): Promise<History> {
  const history = new History(Math.max(1, compacted), compacted);
  let restoring = true;
  const old = new Map<string, Entry>();
  /** What a compaction that did not come to its end has left behind. */
  const garbage: number[] = [];
  let n = 0;
  for (const { revision, payload } of recordsOf(log, ahead)) {
    const record = decodeRecord(payload);
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
    if (++n % slice === 0) await nextTurn();
  }
  if (restoring) for (const entry of old.values()) history.restore(entry);
  await discard(dir, log, garbage).catch((error: unknown) => {
    // It can stay: a full disk must not keep the store from opening.
    if (!(error instanceof StoreFullError)) throw error;
  });
  return history;
}
