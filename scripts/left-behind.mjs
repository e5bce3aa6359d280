// What a test run started and what still runs: servers and nodes are made to outlive whoever started them.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** In the environment of all that a run starts, by which it is known. */
export const runMark = "WHERRY_TEST_RUN";
/** Milliseconds in which what is ending may end by itself. */
const patience = 5000;

function marked(run) {
  const found = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${runMark}=${run}`)) continue;
      found.push({ pid: Number(pid), line: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() });
    } catch {
      // ended meanwhile, or another user's
    }
  }
  return found.filter(({ line }) => line !== "");
}

/** Ends what is left of a run. @returns a line for each process that had to be ended */
export async function endLeftBehind(run) {
  for (let waited = 0; waited < patience && marked(run).length > 0; waited += 100) await sleep(100);
  const left = marked(run);
  for (const { pid } of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended meanwhile
    }
  }
  return left.map(({ pid, line }) => `${pid} ${line.slice(0, 120)}`);
}
