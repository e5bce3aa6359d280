import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a file that another process may read at the same time: it sees the old one or the new one.
 * @param mode permission bits
 * @throws Error of the file system
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  const aside = mkdtempSync(`${path}.`);
  try {
    const made = join(aside, "file");
    writeFileSync(made, content, { mode });
    renameSync(made, path);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
