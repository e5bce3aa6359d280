/**
 * The log of a process in the background: standard error, which is a file. Lines for which the disk has no room are
 * lost, and nothing else. The streams of Node.js would throw and end the process.
 */
import { Console } from "node:console";
import { writeSync } from "node:fs";
import { Writable } from "node:stream";

export function writeLog(line: string | Uint8Array): void {
  try {
    if (typeof line === "string") writeSync(2, line);
    else writeSync(2, line);
  } catch {
    // There is no other place to tell.
  }
}

/** What libraries print goes the same way. */
export function takeConsole(): void {
  const log = new Writable({
    write(chunk: Uint8Array, _, done) {
      writeLog(chunk);
      done();
    },
  });
  globalThis.console = new Console({ stdout: log, stderr: log });
}
