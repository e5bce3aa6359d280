import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import type { Bytes } from "./streams.ts";

export interface TarEntry {
  readonly header: Header;
  readonly content: Bytes;
}

/** What tar-stream's iterator yields, which its types leave out. */
type Entry = Readable & { readonly header: Header };

/** The entries of a tar archive, in order. Each one's content must be read, or drained, before the next. */
export async function* tarEntries(source: Bytes): AsyncIterable<TarEntry> {
  const stream = extract();
  const feeding = pipeline(Readable.from(source, { objectMode: false }), stream);
  // The reader below sees the same failure.
  feeding.catch(() => {});
  for await (const entry of stream as unknown as AsyncIterable<Entry>) {
    yield { header: entry.header, content: entry as unknown as Bytes };
    entry.resume();
  }
  await feeding;
}

/**
 * The parts of a member's name.
 * @throws Error when it would lead out of where the archive is unpacked
 */
export function memberParts(name: string): string[] {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new Error(`the member "${name}" would be written outside of the image`);
  if (name.includes("\0")) throw new Error("a member's name has a null byte in it");
  return parts;
}
