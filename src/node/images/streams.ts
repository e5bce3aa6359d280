import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";

export type Bytes = AsyncIterable<Uint8Array>;

export const readFileStream = (path: string): Bytes => createReadStream(path, { highWaterMark: 1 << 20 });

/** Takes gzip or zstd off, told by the first bytes; anything else passes as it is. */
export async function* decompress(source: Bytes): Bytes {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 4 && !ended) {
    const next = await iterator.next();
    if (next.done) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  const whole = rejoin(head, iterator);
  if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(whole);
  else if (head.length >= 4 && head.readUInt32BE(0) === 0x28b52ffd) yield* unzstd(whole);
  else yield* whole;
}

async function* rejoin(head: Buffer, rest: AsyncIterator<Uint8Array>): Bytes {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const next = await rest.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

async function* gunzip(source: Bytes): Bytes {
  const stream = createGunzip();
  const feeding = pipeline(source, stream);
  // The reader below sees the same failure.
  feeding.catch(() => {});
  yield* stream as AsyncIterable<Buffer>;
  await feeding;
}

async function* unzstd(source: Bytes): Bytes {
  const out: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => void out.push(chunk));
  for await (const chunk of source) {
    decoder.push(chunk);
    yield* out.splice(0);
  }
  decoder.push(new Uint8Array(0), true);
  yield* out;
}

/** Passes bytes on while computing their digest and length. */
export class Digester {
  readonly #hash = createHash("sha256");
  #size = 0;

  async *pass(source: Bytes): Bytes {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      this.#size += chunk.length;
      yield chunk;
    }
  }

  /** `sha256:…` of what has passed; once. */
  digest(): string {
    return `sha256:${this.#hash.digest("hex")}`;
  }

  get size(): number {
    return this.#size;
  }
}
