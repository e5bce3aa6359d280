// A cluster of its own for a benchmark, started through the command line as a user starts it.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cli = join(root, "dist/cli/main.cjs");

/** Milliseconds that a command may take. */
const longest = 60_000;

export async function startCluster(...args) {
  const home = mkdtempSync(join(tmpdir(), "wb-"));
  const env = { ...process.env, WHERRY_HOME: home, KUBECONFIG: join(home, "kubeconfig") };
  const options = { env, maxBuffer: 1 << 28, timeout: longest };
  const wherry = (...command) =>
    promisify(execFile)(process.execPath, [cli, ...command], options).then(({ stdout }) => stdout);
  const stop = async () => {
    await wherry("down", "--name", "b");
    rmSync(home, { recursive: true, force: true });
  };
  const began = performance.now();
  try {
    await wherry("up", "--name", "b", ...args);
  } catch (error) {
    // Why it does not start is what counts.
    await stop().catch(() => {});
    throw error;
  }
  const startMs = performance.now() - began;
  const config = JSON.parse(readFileSync(join(home, "b/kubeconfig"), "utf8"));
  const decode = (text) => Buffer.from(text, "base64").toString();
  const [{ cluster }] = config.clusters;
  const [{ user }] = config.users;
  const record = JSON.parse(readFileSync(join(home, "b/cluster.json"), "utf8"));
  return {
    home,
    startMs,
    wherry,
    serverPid: record.process.pid,
    connection: {
      url: cluster.server,
      ca: decode(cluster["certificate-authority-data"]),
      cert: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    },
    stop,
  };
}

/**
 * The memory of a cluster's processes: the server, the node, and all below them.
 * @returns for each: `pid`, `args`, and in bytes `pss`, its proportional set size, `own`, what it shares with
 * nobody, and `rss`, all it has
 */
export function memoryOf(cluster) {
  const processes = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8", maxBuffer: 1 << 26 })
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(Boolean)
    .map(([, pid, ppid, args]) => ({ pid: Number(pid), ppid: Number(ppid), args }));
  const mine = new Set([cluster.serverPid, machineOf(cluster.home)]);
  // What holds the machine ends with it, and does nothing else.
  const holder = processes.find((p) => p.pid === machineOf(cluster.home))?.ppid;
  if (holder !== undefined && holder !== 1) mine.add(holder);
  for (let grown = true; grown; ) {
    grown = false;
    for (const p of processes) if (mine.has(p.ppid) && !mine.has(p.pid)) grown = mine.add(p.pid) && true;
  }
  return processes.filter((p) => mine.has(p.pid)).flatMap(withMemory);
}

/** Process id of the node's machine; undefined for a simulated node, which has none. */
function machineOf(home) {
  const file = join(home, "b/nodes/b/machine.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).pid : undefined;
}

function withMemory({ pid, args }) {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0) * 1024;
    const own = bytes("Private_Clean") + bytes("Private_Dirty");
    return [{ pid, args, pss: bytes("Pss"), own, rss: bytes("Rss") }];
  } catch {
    return []; // ended meanwhile
  }
}
