import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImageFiles } from "./store.ts";
import { type Bytes, decompress, readFileStream } from "./streams.ts";
import { memberParts, tarEntries } from "./tar.ts";

/** The members of an archive (or of a directory laid out like one) by their names in it. */
export interface ArchiveFiles {
  has(name: string): boolean;
  /** @throws Error when it is missing */
  text(name: string): string;
  open(name: string): Bytes;
  /** Removes what was unpacked. */
  close(): void;
}

/** Unpacks the members of an image archive flat into a temporary directory: their names never become paths. */
export async function openArchive(files: ImageFiles, source: string): Promise<ArchiveFiles> {
  if (statSync(source).isDirectory()) return directoryFiles(source);
  const dir = files.temporary();
  mkdirSync(dir);
  const members = new Map<string, string>();
  const links = new Map<string, string>();
  try {
    for await (const { header, content } of tarEntries(decompress(readFileStream(source)))) {
      const name = memberParts(header.name).join("/");
      if (header.type === "symlink")
        links.set(name, posix.normalize(posix.join(posix.dirname(name), header.linkname ?? "")));
      else if (header.type === "link") links.set(name, memberParts(header.linkname ?? "").join("/"));
      else if (header.type === "file") {
        const path = join(dir, String(members.size));
        await pipeline(content, createWriteStream(path));
        members.set(name, path);
      }
    }
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  const find = (name: string): string | undefined => {
    const clean = posix.normalize(name);
    return members.get(clean) ?? members.get(links.get(clean) ?? "");
  };
  return archive(find, () => rmSync(dir, { recursive: true, force: true }));
}

function directoryFiles(dir: string): ArchiveFiles {
  return archive(
    (name) => {
      const path = join(dir, ...memberParts(name));
      return existsSync(path) ? path : undefined;
    },
    () => {},
  );
}

function archive(find: (name: string) => string | undefined, close: () => void): ArchiveFiles {
  const need = (name: string) => {
    const path = find(name);
    if (path === undefined) throw new Error(`${name} is missing`);
    return path;
  };
  return {
    has: (name) => find(name) !== undefined,
    text: (name) => readFileSync(need(name), "utf8"),
    open: (name) => readFileStream(need(name)),
    close,
  };
}
