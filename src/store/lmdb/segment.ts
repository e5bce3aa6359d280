/**
 * One file of the write-ahead log: records one after the other from its beginning, each the length of its payload and a
 * CRC-32 of revision and payload (32 bits each, little-endian), the revision (a double), the payload. The file is filled
 * with zeros ahead of the writes, because a sync that need not make a file longer is several times quicker.
 */
import { constants, fdatasync, fdatasyncSync, ftruncateSync, writevSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import type { Clock } from "../../base/clock.ts";

export interface WalRecord {
  readonly revision: number;
  readonly payload: Uint8Array;
}

const header = 16;
/** How far a file is filled with zeros at once, in bytes. */
const step = 1 << 18;
/** Milliseconds. A sync that takes longer than this is waited for off the main thread: the next one, for it is known then. */
const quickSync = 1;

const syncLater = promisify(fdatasync);

export class Segment {
  readonly #clock: Clock;
  readonly #file: FileHandle;
  /** Where the next record goes. */
  #position = 0;
  /** How far the file has been made, at least. */
  #allocated = 0;
  #quick = true;

  private constructor(file: FileHandle, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Opens the file, which is made when it is missing. @returns it, ready to be written after the records that are in it */
  static async open(path: string, clock: Clock): Promise<{ segment: Segment; records: WalRecord[] }> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const segment = new Segment(file, clock);
    const { records, end } = readRecords(await file.readFile());
    // What follows the last whole record may be a part of a write that was cut off: it must not come after the next one.
    await file.truncate(end);
    segment.#position = end;
    segment.#allocated = end;
    return { segment, records };
  }

  /** Bytes of records. */
  get size(): number {
    return this.#position;
  }

  /** The next record overwrites the first. */
  rewind(): void {
    this.#position = 0;
  }

  /** Appends the records and syncs them: all of them, or none when it fails. */
  append(records: readonly WalRecord[]): Promise<void> | undefined {
    const { fd } = this.#file;
    const buffers = records.flatMap(({ revision, payload }) => [headerOf(revision, payload), payload]);
    const length = buffers.reduce((sum, b) => sum + b.byteLength, 0);
    const end = this.#position + length;
    try {
      writeFully(fd, buffers, length, this.#position);
      if (end > this.#allocated) {
        const allocated = Math.ceil((end + 1) / step) * step;
        const zeros = Buffer.alloc(allocated - end);
        writeFully(fd, [zeros], zeros.byteLength, end);
        this.#allocated = allocated;
      }
      const started = this.#clock.monotonic();
      const done = () => {
        this.#quick = this.#clock.monotonic() - started < quickSync;
        this.#position = end;
      };
      if (!this.#quick) return syncLater(fd).then(done, (error) => this.#undo(error));
      fdatasyncSync(fd);
      done();
    } catch (error) {
      this.#undo(error);
    }
    return undefined;
  }

  /** What a failed write left must not be read back. */
  #undo(error: unknown): never {
    this.#allocated = this.#position;
    ftruncateSync(this.#file.fd, this.#position);
    throw error;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

const checksum = (revision: Uint8Array, payload: Uint8Array) => crc32(payload, crc32(revision));

function headerOf(revision: number, payload: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(header);
  out.writeUInt32LE(payload.byteLength, 0);
  out.writeDoubleLE(revision, 8);
  out.writeUInt32LE(checksum(out.subarray(8), payload), 4);
  return out;
}

/** Reads up to the first record that is not whole, or not of the revision after the one before: what follows is older. */
function readRecords(bytes: Buffer): { records: WalRecord[]; end: number } {
  const records: WalRecord[] = [];
  let end = 0;
  while (end + header <= bytes.byteLength) {
    const start = end + header;
    const next = start + bytes.readUInt32LE(end);
    const revision = bytes.readDoubleLE(end + 8);
    const before = records.at(-1);
    if (next > bytes.byteLength || next === start || (before && revision !== before.revision + 1)) break;
    const payload = bytes.subarray(start, next);
    if (bytes.readUInt32LE(end + 4) !== checksum(bytes.subarray(end + 8, start), payload)) break;
    records.push({ revision, payload });
    end = next;
  }
  return { records, end };
}

/** Most buffers that one system call takes. */
const mostBuffers = 1024;

/** Writes all of the buffers at a position; a system call may write less than it is given. */
function writeFully(fd: number, buffers: readonly Uint8Array[], length: number, position: number): void {
  let rest = buffers.length > mostBuffers ? [Buffer.concat(buffers)] : buffers;
  let written = 0;
  while (written < length) {
    const n = writevSync(fd, rest, position + written);
    written += n;
    if (written < length) rest = [Buffer.concat(rest).subarray(n)];
  }
}
