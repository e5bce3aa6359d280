/**
 * The write-ahead log in front of the database. A commit to LMDB is two syncs and two changes of threads; here a write
 * is durable after one sync of a file that only grows. Two files take turns: while one is filled, what is in the other
 * goes to the database, in one commit, and the file may be filled anew. On opening, what the database lacks is in the files.
 */
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { Segment, type WalRecord, type WalWrite } from "./segment.ts";

/**
 * Makes records durable in the database: all of them, or none. Writing one again changes nothing. Their payloads are
 * there until it settles.
 */
export type Drain = (records: readonly WalRecord[]) => Promise<void>;

export interface WriteAheadOptions {
  readonly dir: string;
  /** The newest revision in the database. */
  readonly newest: number;
  readonly drain: Drain;
  readonly clock: Clock;
  /** Bytes of one file, beyond which the other is taken; 512 KiB when absent. A group of writes may go beyond. */
  readonly segmentSize?: number;
}

interface Turn {
  readonly segment: Segment;
  /** What is in the file and not in the database. */
  waiting: WalRecord[];
  /** The commit to the database that is on its way. */
  draining: Promise<void> | undefined;
}

export class WriteAheadLog {
  readonly #drain: Drain;
  readonly #segmentSize: number;
  #current: Turn;
  #other: Turn;

  private constructor(current: Turn, other: Turn, { drain, segmentSize = 1 << 19 }: WriteAheadOptions) {
    this.#current = current;
    this.#other = other;
    this.#drain = drain;
    this.#segmentSize = segmentSize;
  }

  /**
   * @returns the log, and the records after `newest` in order of their revisions
   * @throws when revisions are missing between the database and the files
   */
  static async open(options: WriteAheadOptions): Promise<{ log: WriteAheadLog; records: WalRecord[] }> {
    const { dir, newest, clock } = options;
    const opened = await Promise.all(["wal-0", "wal-1"].map((name) => Segment.open(join(dir, name), clock)));
    const turns = opened.map(({ segment, records }): Turn => {
      const waiting = records.filter((r) => r.revision > newest);
      // Revisions in a file follow one another: new ones must not come after old ones of long ago.
      if (waiting.length === 0) segment.rewind();
      return { segment, waiting, draining: undefined };
    });
    turns.sort((a, b) => (a.waiting[0]?.revision ?? 0) - (b.waiting[0]?.revision ?? 0));
    const [other, current] = turns as [Turn, Turn];
    const records = [...other.waiting, ...current.waiting];
    const log = new WriteAheadLog(current, other, options);
    const gap = records.findIndex(({ revision }, i) => revision !== newest + 1 + i);
    if (gap >= 0) {
      await log.close();
      throw new Error(`${dir} is damaged: revision ${newest + 1 + gap} is missing, ${records[gap]?.revision} is there`);
    }
    // Files that are new are found after a power cut only when their directory has been synced too.
    const directory = await openFile(dir);
    await directory.sync();
    await directory.close();
    return { log, records };
  }

  /** Makes records durable: all of them, or none when it fails. Called again only after it has settled. */
  append(records: readonly WalWrite[]): Promise<void> | undefined {
    if (this.#current.segment.size < this.#segmentSize) return this.#write(records);
    // As a rule the other file has been empty for long; on a full disk it is tried again here.
    if (this.#other.waiting.length > 0) return this.#empty(this.#other).then(() => this.#turn(records));
    return this.#turn(records);
  }

  #write(records: readonly WalWrite[]): Promise<void> | undefined {
    const { segment, waiting } = this.#current;
    const written = segment.append(records);
    if (written instanceof Promise) return written.then((later) => void waiting.push(...later));
    waiting.push(...written);
    return undefined;
  }

  #turn(records: readonly WalWrite[]): Promise<void> | undefined {
    const full = this.#current;
    this.#current = this.#other;
    this.#other = full;
    this.#current.segment.rewind();
    // What fails here is tried again when the file is needed.
    this.#empty(full).catch(() => undefined);
    return this.#write(records);
  }

  /** Brings everything that is in the files to the database. */
  async drain(): Promise<void> {
    await this.#empty(this.#other);
    await this.#empty(this.#current);
  }

  async #empty(turn: Turn): Promise<void> {
    await turn.draining;
    if (turn.waiting.length === 0) return;
    const count = turn.waiting.length;
    turn.draining = this.#drain(turn.waiting.slice()).then(() => void turn.waiting.splice(0, count));
    try {
      await turn.draining;
    } finally {
      turn.draining = undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#current.segment.close(), this.#other.segment.close()]);
  }
}
