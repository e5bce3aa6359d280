import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";

/** A process beyond mistake: ids are reused, but not together with the start time. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of `/proc/<pid>/stat`. */
  readonly startTime: number;
}

const stat = (pid: number): { state: string; startTime: number } | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command's name may hold blanks and brackets: fields count from the last bracket.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", startTime: Number(fields[19]) };
};

export const identify = (pid: number): ProcessId | undefined => {
  const found = stat(pid);
  return found && { pid, startTime: found.startTime };
};

/** True while that very process runs; a zombie does not. */
export const isAlive = (id: ProcessId): boolean => {
  const found = stat(id.pid);
  return found !== undefined && found.startTime === id.startTime && found.state !== "Z" && found.state !== "X";
};

/** True until the process is gone altogether: a dying PID 1 is a zombie until its whole namespace is dead. */
const isPresent = (id: ProcessId): boolean => stat(id.pid)?.startTime === id.startTime;

export const signal = (id: ProcessId, name: NodeJS.Signals): boolean => {
  if (!isAlive(id)) return false;
  try {
    return process.kill(id.pid, name);
  } catch {
    return false;
  }
};

/** Kills the process and resolves once nothing of it is left. */
export async function killAndWait(id: ProcessId, clock: Clock): Promise<void> {
  signal(id, "SIGKILL");
  for (let wait = 1; isPresent(id) && isAlive(id); wait = Math.min(wait * 2, 50)) await clock.sleep(wait);
}

/** The processes that `pid` has started and that are still there. */
export const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

/** Runs a tool to its end. @throws Error with what the tool wrote on stderr */
export const run = (file: string, args: readonly string[], input?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(file, args, { maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${file}: ${String(stderr).trim() || error.message}`));
      else resolve(String(stdout));
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input ?? "");
  });
