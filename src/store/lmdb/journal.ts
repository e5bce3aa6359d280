/** Where the embedded store's writes become durable: first in the write-ahead log, some time later in the database. */
import { statfs } from "node:fs/promises";
import type { Database, RootDatabase } from "lmdb";
import { soon } from "../../base/turn.ts";
import type { Journal } from "../memory/engine.ts";
import { type StoreEvent, StoreFullError } from "../store.ts";
import { encodeRecord } from "./record.ts";
import type { WalRecord } from "./segment.ts";
import type { WriteAheadLog } from "./write-ahead.ts";

/** Records by their revision, as record.ts writes them. */
export type Log = Database<Uint8Array, number>;
/** `format` and `compacted`. */
export type Meta = Database<number, string>;

/** Records read or removed before the event loop gets its turn. */
export const slice = 5000;

export interface Files {
  readonly dir: string;
  readonly env: RootDatabase;
  readonly log: Log;
  readonly meta: Meta;
  readonly ahead: WriteAheadLog;
}

export function journal({ dir, env, log, meta, ahead }: Files): Journal {
  return {
    write(events: readonly StoreEvent[]) {
      try {
        const records = events.map((event) => ({ revision: event.revision, pieces: encodeRecord(event) }));
        return ahead.append(records)?.catch((error: unknown) => Promise.reject(explained(error)));
      } catch (error) {
        throw explained(error);
      }
    },
    async compact(revision, dropped) {
      // What is dropped must be in the database, or it would come there later.
      await ahead.drain();
      // First the mark: records that outlive it by a crash are overwritten ones, which loading passes over.
      await inFull(dir, () => meta.put("compacted", revision));
      const garbage: number[] = [];
      for (const event of dropped) {
        if (event.previous) garbage.push(event.previous.modRevision);
        if (event.type === "delete") garbage.push(event.revision);
      }
      await discard(dir, log, garbage);
    },
    recoverable: (error) => error instanceof StoreFullError,
    async close() {
      // What does not fit on a full disk stays in the write-ahead log.
      await ahead.drain().catch((error: unknown) => {
        if (!(error instanceof StoreFullError)) throw error;
      });
      await ahead.close();
      await env.close();
    },
  };
}

/** Makes records durable in the database: all of them, or none. */
export const put = (dir: string, log: Log, records: readonly WalRecord[]): Promise<void> =>
  inFull(dir, () =>
    log.batch(() => {
      for (const { revision, payload } of records) log.put(revision, payload).catch(reportedByBatch);
    }),
  );

/** Removes records, by their revisions. */
export async function discard(dir: string, log: Log, garbage: readonly number[]): Promise<void> {
  for (let i = 0; i < garbage.length; i += slice) {
    await inFull(dir, () =>
      log.batch(() => {
        for (const revision of garbage.slice(i, i + slice)) log.remove(revision).catch(reportedByBatch);
      }),
    );
  }
}

/** Does a write, and makes its failure say what went wrong. */
export async function inFull(dir: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const cause = await causeOf(error);
    // LMDB calls it an I/O error when the system could write only a part.
    const cutOff = /Input\/output error/.test(String(cause)) && (await isFull(dir));
    throw cutOff ? new StoreFullError("no space left on device") : explained(cause);
  }
}

async function isFull(dir: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize < 1 << 20;
}

const explained = (error: unknown): unknown =>
  fullPattern.test(String(error)) ? new StoreFullError(textOf(error)) : error;

/** Each write of a failed batch fails as well as the batch. */
const reportedByBatch = () => undefined;

/** Out of disk, quota, or the largest file allowed. */
const fullPattern = /ENOSPC|EFBIG|EDQUOT|MAP_FULL|No space left|File too large|[Qq]uota exceeded/;

/** LMDB reports a failed commit as an error that holds a promise, which rejects with what went wrong. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (!commitError) return error;
  const late = new Promise<unknown>((resolve) => soon(() => soon(() => resolve(error))));
  return Promise.race([commitError.catch((cause: unknown) => cause), late]);
}

/** What went wrong, in words: LMDB goes on about pages and buffers, Node.js begins with a code and ends with a system call. */
const textOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause))
    .replace(/^E[A-Z]+: ([^,]*).*/s, "$1")
    .replace(/:.*/s, "")
    .toLowerCase();
