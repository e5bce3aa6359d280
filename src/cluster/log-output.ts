import { writeSync } from "node:fs";

/**
 * Writes to standard error, which is the process's log file. Lines for which the disk has no room are lost, and nothing
 * else: a stream would end for good, and take the process along.
 */
export function writeLog(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // There is no other place to tell.
  }
}
