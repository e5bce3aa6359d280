import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { identify, isAlive } from "../node/machine/process.ts";

/**
 * Makes sure that one server at a time has a cluster's data: the file names the process that does. A file that a killed
 * process left is taken over.
 * @returns how to give it up
 * @throws Error naming the process that has it
 */
export function lock(file: string): () => void {
  const mine = `${process.pid} ${identify(process.pid)?.startTime}\n`;
  for (let tries = 0; tries < 10; tries++) {
    try {
      const fd = openSync(file, "wx", 0o600);
      writeSync(fd, mine);
      closeSync(fd);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const [pid, startTime] = read(file).trim().split(" ");
    if (isAlive({ pid: Number(pid), startTime: Number(startTime) })) {
      throw new Error(`the cluster's data is in use by process ${pid}`);
    }
    // Whoever renames it away first may try again; for the others it is gone.
    try {
      renameSync(file, `${file}.${process.pid}`);
      rmSync(`${file}.${process.pid}`, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error(`cannot lock ${file}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
