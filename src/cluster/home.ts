import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes the directory of all clusters, step by step: where a file system takes no directories, as /proc does, Node.js
 * would try for ever to make them all at once.
 * @throws Error when it cannot be made or written
 */
export function makeHome(dir: string): void {
  const missing: string[] = [];
  try {
    for (let at = resolve(dir); !statSync(at, { throwIfNoEntry: false }); at = dirname(at)) missing.unshift(at);
    for (const directory of missing) mkdirSync(directory);
    if (!statSync(dir).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new Error(`clusters cannot be kept in ${dir}: ${reasons[code] ?? code}`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ENOENT: "it cannot be made there",
  ENOTDIR: "not a directory",
  EROFS: "read-only file system",
};
