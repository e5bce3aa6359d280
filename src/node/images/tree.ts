import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
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

  /** An entry as one layer has it; `hidden` when that layer takes away what lies below it. */
  #inLayer(directory: string, parts: readonly string[]): Stats | "hidden" | undefined {
    let path = directory;
    let stats: Stats | undefined;
    for (const [i, part] of parts.entries()) {
      path = join(path, part);
      stats = lstatSync(path, { throwIfNoEntry: false });
      if (!stats) return undefined;
      // A character device stands for "deleted", and a file hides the directories below it.
      if (stats.isCharacterDevice() || (i < parts.length - 1 && !stats.isDirectory())) return "hidden";
    }
    return stats;
  }

  /** Where an entry really is, links not followed; undefined when it is not there. */
  entry(parts: readonly string[]): { path: string; stats: Stats } | undefined {
    for (const directory of this.#directories) {
      const stats = this.#inLayer(directory, parts);
      if (stats === "hidden") return undefined;
      if (stats) return { path: join(directory, ...parts), stats };
    }
    return undefined;
  }

  /**
   * The parts of a path with every link on the way followed, the last part too unless `keepLast`. Parts that are not
   * there are taken as they are.
   */
  canonical(path: string, keepLast = false): string[] {
    const todo = path.split("/").filter(Boolean);
    const done: string[] = [];
    for (let links = 0; todo.length > 0; ) {
      const part = todo.shift() as string;
      if (part === ".") continue;
      if (part === "..") {
        done.pop();
        continue;
      }
      const found = keepLast && todo.length === 0 ? undefined : this.entry([...done, part]);
      if (!found?.stats.isSymbolicLink()) {
        done.push(part);
        continue;
      }
      if (++links > maxSymlinks) throw new Error(`too many levels of symbolic links: ${path}`);
      const target = readlinkSync(found.path);
      if (target.startsWith("/")) done.length = 0;
      todo.unshift(...target.split("/").filter(Boolean));
    }
    return done;
  }

  /** Resolves a path of the image to a real path, or undefined. */
  resolve(path: string): { path: string; stats: Stats } | undefined {
    let parts: string[];
    try {
      parts = this.canonical(path);
    } catch {
      return undefined;
    }
    return parts.length === 0 ? this.#root() : this.entry(parts);
  }

  /** Names in a directory, sorted. */
  children(parts: readonly string[]): string[] {
    const names = new Set<string>();
    const hidden = new Set<string>();
    for (const directory of this.#directories) {
      const path = join(directory, ...parts);
      const stats = parts.length === 0 ? lstatSync(directory) : this.#inLayer(directory, parts);
      if (stats === "hidden") break;
      if (!stats) continue;
      if (!stats.isDirectory()) break;
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isCharacterDevice()) hidden.add(entry.name);
        else if (!hidden.has(entry.name)) names.add(entry.name);
      }
    }
    return [...names].sort();
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
