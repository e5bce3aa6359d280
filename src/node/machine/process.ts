import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";

/** A process beyond mistake: ids are reused, but not together with the start time. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of `/proc/<pid>/stat`. */
  readonly startTime: number;
}

/** Flag of a process that has begun to exit, from the kernel's `sched.h`. */
const exiting = 0x4;

const stat = (pid: number): { state: string; startTime: number; exiting: boolean } | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command's name may hold blanks and brackets: fields count from the last bracket.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "X",
    startTime: Number(fields[19]),
    exiting: (Number(fields[6]) & exiting) !== 0,
  };
};

export const identify = (pid: number): ProcessId | undefined => {
  const found = stat(pid);
  return found && { pid, startTime: found.startTime };
};

/**
 * True while that very process runs; a zombie does not, and neither does one that is exiting. PID 1 of a namespace may
 * be that for long: it waits for everything inside to be collected, and has no namespaces any more.
 */
export const isAlive = (id: ProcessId): boolean => isPresent(id) && stat(id.pid)?.exiting === false;

/** True until the process is dead altogether, and for PID 1 everything in its namespace with it. */
const isPresent = (id: ProcessId): boolean => {
  const found = stat(id.pid);
  return found !== undefined && found.startTime === id.startTime && found.state !== "Z" && found.state !== "X";
};

export const signal = (id: ProcessId, name: NodeJS.Signals): boolean => {
  if (!isAlive(id)) return false;
  try {
    return process.kill(id.pid, name);
  } catch {
    return false;
  }
};

/** Kills the process and resolves once it is dead, and for PID 1 everything in its namespace with it. */
export async function killAndWait(id: ProcessId, clock: Clock): Promise<void> {
  signal(id, "SIGKILL");
  for (let wait = 1; isPresent(id); wait = Math.min(wait * 2, 50)) await clock.sleep(wait);
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
