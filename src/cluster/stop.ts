/** Ends a cluster and, unless its data is to be kept, removes everything it had. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock as clock } from "../base/clock.ts";
import { isAlive, killAndWait, type ProcessId } from "../node/machine/process.ts";
import { removeNodeFiles } from "../node/machine/userns.ts";
import { removeFromKubeconfig } from "./kubeconfig.ts";
import { clusterPaths } from "./paths.ts";
import { isRunning, readRecord } from "./record.ts";

/** How long the server may take to end in order, in milliseconds. */
const patience = 20_000;

/** @returns false when there is no such cluster */
export async function stopCluster(
  name: string,
  { keepData }: { readonly keepData: boolean },
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  const paths = clusterPaths(name, env);
  const record = readRecord(name, env);
  if (!record) return false;
  if (record.process && isRunning(record)) {
    const { pid } = record.process;
    process.kill(pid, "SIGTERM");
    const deadline = clock.monotonic() + patience;
    while (isRunning(record) && clock.monotonic() < deadline) await clock.sleep(20);
    if (isRunning(record)) process.kill(pid, "SIGKILL");
  }
  // A server that was killed leaves its machines behind.
  await Promise.all(holders(paths.dir).map((holder) => killAndWait(holder, clock)));
  if (!keepData) await removeNodeFiles(paths.dir);
  // Last: a kubeconfig that cannot be read fails it.
  await removeFromKubeconfig(name, record.server, env);
  return true;
}

/** Does the machine run whose state is in this directory? */
export const machineAlive = (dir: string): boolean => recorded(join(dir, "machine.json")).length > 0;

/** Machines that still run, by the records they left. */
function holders(dir: string): ProcessId[] {
  const files = [join(dir, "fabric", "fabric.json")];
  try {
    for (const node of readdirSync(join(dir, "nodes"))) files.push(join(dir, "nodes", node, "machine.json"));
  } catch {
    // A cluster without nodes of its own.
  }
  return files.flatMap(recorded);
}

function recorded(file: string): ProcessId[] {
  try {
    const holder = JSON.parse(readFileSync(file, "utf8")) as ProcessId;
    return isAlive(holder) ? [holder] : [];
  } catch {
    return [];
  }
}
