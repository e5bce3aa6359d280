import { createReadStream, type Dirent, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";

/** A file that takes a name of its own in the archive, wherever it lies. */
export interface ExtraFile {
  readonly name: string;
  readonly file: string;
}

/** A directory as a tar stream: files, directories and symbolic links, with their modes, owned by root. */
export function packTree(directory: string, extra?: ExtraFile): Readable {
  const archive = pack();
  const add = async (relative: string): Promise<void> => {
    const entries: Dirent[] = readdirSync(join(directory, relative), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = join(relative, entry.name);
      const path = join(directory, name);
      if (extra?.name === name) continue;
      if (entry.isSymbolicLink()) archive.entry({ name, type: "symlink", linkname: readlinkSync(path) });
      else if (entry.isDirectory()) {
        archive.entry({ name: `${name}/`, type: "directory", mode: statSync(path).mode & 0o7777 });
        await add(name);
      } else if (entry.isFile()) {
        const { size, mode, mtime } = statSync(path);
        const header = archive.entry({ name, size, mode: mode & 0o7777, mtime });
        await pipeline(createReadStream(path), header);
      }
    }
  };
  const run = async () => {
    if (extra) archive.entry({ name: extra.name }, readFileSync(extra.file));
    await add("");
    archive.finalize();
  };
  run().catch((error: Error) => archive.destroy(error));
  return Readable.from(archive);
}
