import { type FileHandle, open } from "node:fs/promises";
import type { LogOptions } from "../runtime.ts";
import { type LogIndex, type LogMark, markAt } from "./log-index.ts";

const chunkSize = 64 << 10;
const newline = 10;

export interface LogSource {
  readonly file: string;
  readonly index: LogIndex;
  /** False once the container has exited and will write no more. */
  running(): boolean;
  /** Calls back when {@link running} may have changed. */
  onChange(listener: () => void): () => void;
}

/** The container's output as `options` ask for it. */
export async function* readLogs(source: LogSource, options: LogOptions): AsyncIterable<Uint8Array> {
  const handle = await open(source.file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!handle) return;
  try {
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    for await (const chunk of select(handle, source, options)) {
      const part = chunk.subarray(0, left);
      if (part.length > 0) yield part;
      left -= part.length;
      if (left <= 0) return;
    }
  } finally {
    await handle.close();
  }
}

async function* select(handle: FileHandle, source: LogSource, options: LogOptions): AsyncIterable<Buffer> {
  let marks = source.index.marks();
  let offset = await startOffset(handle, options, marks);
  const stamp = options.timestamps ? new Stamper(() => marks) : undefined;
  for await (const chunk of options.follow ? follow(handle, source, offset, options.signal) : readOn(handle, offset)) {
    if (options.follow) marks = source.index.marks();
    yield stamp ? stamp.push(chunk, offset) : chunk;
    offset += chunk.length;
    if (options.signal?.aborted) return;
  }
}

async function* readOn(handle: FileHandle, from: number): AsyncIterable<Buffer> {
  for (let offset = from; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, offset);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    offset += bytesRead;
  }
}

async function* follow(
  handle: FileHandle,
  source: LogSource,
  from: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Buffer> {
  let wake = () => {};
  let changed = true;
  const note = () => {
    changed = true;
    wake();
  };
  const cancels = [source.index.onGrowth(note), source.onChange(note)];
  signal?.addEventListener("abort", note);
  try {
    for (let offset = from; !signal?.aborted; ) {
      changed = false;
      // Asked before reading: what was written before the end is then certainly read.
      const running = source.running();
      for await (const chunk of readOn(handle, offset)) {
        offset += chunk.length;
        yield chunk;
      }
      if (!running) return;
      if (!changed)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    for (const cancel of cancels) cancel();
    signal?.removeEventListener("abort", note);
  }
}

/** Where reading begins: the later of `since` and `tailLines`. */
async function startOffset(handle: FileHandle, options: LogOptions, marks: readonly LogMark[]): Promise<number> {
  let since = 0;
  if (options.since !== undefined) {
    const first = marks.find((mark) => mark.time >= (options.since as number));
    since = first ? await lineStart(handle, first.offset) : (await handle.stat()).size;
  }
  if (options.tailLines === undefined) return since;
  return Math.max(since, await tailOffset(handle, options.tailLines));
}

/** The start of the first line that begins at or after `offset`. */
async function lineStart(handle: FileHandle, offset: number): Promise<number> {
  if (offset === 0) return 0;
  let at = offset - 1;
  for await (const chunk of readOn(handle, at)) {
    const end = chunk.indexOf(newline);
    if (end >= 0) return at + end + 1;
    at += chunk.length;
  }
  return at;
}

async function tailOffset(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  if (lines <= 0) return size;
  let wanted = lines;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkSize);
    const { buffer } = await handle.read(Buffer.allocUnsafe(end - start), 0, end - start, start);
    for (let i = end - start - 1; i >= 0; i--) {
      // The newline that ends the last line does not begin another.
      if (buffer[i] !== newline || start + i === size - 1) continue;
      if (--wanted === 0) return start + i + 1;
    }
    end = start;
  }
  return 0;
}

/** Puts a time before every line; a line may be spread over several chunks. */
class Stamper {
  readonly #marks: () => readonly LogMark[];
  #atLineStart = true;

  constructor(marks: () => readonly LogMark[]) {
    this.#marks = marks;
  }

  push(chunk: Buffer, offset: number): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (this.#atLineStart) parts.push(Buffer.from(`${this.#time(offset + at)} `));
      const end = chunk.indexOf(newline, at);
      const to = end < 0 ? chunk.length : end + 1;
      parts.push(chunk.subarray(at, to));
      this.#atLineStart = end >= 0;
      at = to;
    }
    return Buffer.concat(parts);
  }

  #time(offset: number): string {
    const iso = new Date(markAt(this.#marks(), offset)?.time ?? 0).toISOString();
    return `${iso.slice(0, -1)}000000Z`;
  }
}
