import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";

/** Linux's limit. */
const maxSymlinks = 40;

/**
 * A read-only view of stacked directories, as overlayfs would show them. Symbolic links are followed inside the view
 * only: none leads out of it.
 * @param directories topmost first
 */
export class LayeredTree {
  readonly #directories: readonly string[];

  constructor(directories: readonly string[]) {
    this.#directories = directories;
  }

  /** Where an entry really is, its own name not followed if it is a link; undefined when it is not there. */
  #entry(parts: readonly string[]): { path: string; stats: Stats } | undefined {
    for (const directory of this.#directories) {
      let path = directory;
      let stats: Stats | undefined;
      let hidden = false;
      for (const part of parts) {
        path = join(path, part);
        stats = lstatSync(path, { throwIfNoEntry: false });
        if (!stats) break;
        // A character device stands for "deleted", and a file hides the directories below it.
        hidden = stats.isCharacterDevice() || (part !== parts.at(-1) && !stats.isDirectory());
        if (hidden) break;
      }
      if (hidden) return undefined;
      if (stats) return { path, stats };
    }
    return undefined;
  }

  /** Resolves a path of the image to a real path, or undefined. */
  resolve(path: string): { path: string; stats: Stats } | undefined {
    const todo = path.split("/").filter(Boolean);
    const done: string[] = [];
    let links = 0;
    let found: { path: string; stats: Stats } | undefined;
    while (todo.length > 0) {
      const part = todo.shift() as string;
      if (part === ".") continue;
      if (part === "..") {
        done.pop();
        continue;
      }
      found = this.#entry([...done, part]);
      if (!found) return undefined;
      if (!found.stats.isSymbolicLink()) {
        done.push(part);
        continue;
      }
      if (++links > maxSymlinks) return undefined;
      const target = readlinkSync(found.path);
      if (target.startsWith("/")) done.length = 0;
      todo.unshift(...target.split("/").filter(Boolean));
    }
    return done.length === 0 ? this.#root() : this.#entry(done);
  }

  #root(): { path: string; stats: Stats } | undefined {
    const path = this.#directories[0];
    return path === undefined ? undefined : { path, stats: lstatSync(path) };
  }

  readText(path: string): string | undefined {
    const found = this.resolve(path);
    return found?.stats.isFile() ? readFileSync(found.path, "utf8") : undefined;
  }
}
