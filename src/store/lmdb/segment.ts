/**
 * One file of the write-ahead log: records one after the other from its beginning, each the length of its payload and a
 * CRC-32 of revision and payload (32 bits each, little-endian), the revision (a double), the payload. The file is filled
 * with zeros ahead of the writes, because a sync that need not make a file longer is several times quicker.
 */
import { constants, fdatasync, fdatasyncSync, ftruncateSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { lengthOf } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";

export interface WalRecord {
  readonly revision: number;
  readonly payload: Uint8Array;
}

/** A record that is to be written. */
export interface WalWrite {
  readonly revision: number;
  /** The payload: one piece after the other. */
  readonly pieces: readonly Uint8Array[];
}

const header = 16;
/** How far a file is filled with zeros at once, and made room for in memory, in bytes. */
const step = 1 << 18;
/** Room in memory that is kept for the next time the file is filled, in bytes. */
const mostRoom = 1 << 20;
/** Milliseconds. A sync that takes longer than this is waited for off the main thread: the next one, for it is known then. */
const quickSync = 1;
/** So many records in one sync tell of other work that can be done meanwhile: it is worth a change of threads. */
const manyRecords = 32;

const syncLater = promisify(fdatasync);

export class Segment {
  readonly #clock: Clock;
  readonly #file: FileHandle;
  /** Where the next record goes. */
  #position = 0;
  /** How far the file has been made, at least. */
  #allocated = 0;
  #quick = true;
  /** What is in the file since it was rewound, at the same places: writes make no garbage, and one call takes them all. */
  #image = Buffer.alloc(0);

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

  /** The next record overwrites the first; what {@link append} gave back is no longer there. */
  rewind(): void {
    this.#position = 0;
    if (this.#image.byteLength > mostRoom) this.#image = Buffer.alloc(0);
  }

  /**
   * Appends the records and syncs them: all of them, or none when it fails.
   * @returns them as they are in the file; their payloads hold until it is rewound
   */
  append(records: readonly WalWrite[]): Promise<readonly WalRecord[]> | readonly WalRecord[] {
    const { fd } = this.#file;
    const size = records.reduce((sum, { pieces }) => sum + header + lengthOf(pieces), 0);
    const end = this.#position + size;
    this.#makeRoom(end);
    const written: WalRecord[] = [];
    let at = this.#position;
    for (const { revision, pieces } of records) {
      const payload = put(this.#image, at, revision, pieces);
      written.push({ revision, payload });
      at += header + payload.byteLength;
    }
    try {
      writeFully(fd, this.#image.subarray(this.#position, end), this.#position);
      if (end > this.#allocated) {
        const allocated = Math.ceil((end + 1) / step) * step;
        writeFully(fd, Buffer.alloc(allocated - end), end);
        this.#allocated = allocated;
      }
      const started = this.#clock.monotonic();
      const done = () => {
        this.#quick = this.#clock.monotonic() - started < quickSync;
        this.#position = end;
        return written;
      };
      if (!this.#quick || records.length >= manyRecords) return syncLater(fd).then(done, (error) => this.#undo(error));
      fdatasyncSync(fd);
      return done();
    } catch (error) {
      return this.#undo(error);
    }
  }

  #makeRoom(end: number): void {
    if (end <= this.#image.byteLength) return;
    const image = Buffer.allocUnsafeSlow(Math.max(2 * this.#image.byteLength, Math.ceil(end / step) * step));
    this.#image.copy(image, 0, 0, this.#position);
    this.#image = image;
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

/** Puts a record at a place. @returns its payload there */
function put(image: Buffer, at: number, revision: number, pieces: readonly Uint8Array[]): Buffer {
  const start = at + header;
  let end = start;
  for (const piece of pieces) {
    image.set(piece, end);
    end += piece.byteLength;
  }
  image.writeUInt32LE(end - start, at);
  image.writeDoubleLE(revision, at + 8);
  image.writeUInt32LE(crc32(image.subarray(at + 8, end)), at + 4);
  return image.subarray(start, end);
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
    if (bytes.readUInt32LE(end + 4) !== crc32(bytes.subarray(end + 8, next))) break;
    records.push({ revision, payload });
    end = next;
  }
  return { records, end };
}

/** Writes all of the bytes at a position; a system call may write less than it is given. */
function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.byteLength; ) {
    written += writeSync(fd, bytes, written, bytes.byteLength - written, position + written);
  }
}
