// A cluster of its own for a benchmark, started through the command line as a user starts it.
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const cli = join(root, "dist/cli/main.js");

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
    await stop();
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

/** Proportional set size of every process whose command line or ancestor is the cluster's, in bytes, by process. */
export function memoryOf(home) {
  const found = [];
  const output = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8", maxBuffer: 1 << 26 });
  const processes = output
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(Boolean)
    .map(([, pid, ppid, args]) => ({ pid: Number(pid), ppid: Number(ppid), args }));
  const mine = new Set(
    processes.filter((p) => p.args.includes(home) || p.args.includes('"name":"b"')).map((p) => p.pid),
  );
  try {
    const machine = JSON.parse(readFileSync(join(home, "b/nodes/b/machine.json"), "utf8"));
    mine.add(machine.pid);
    const holder = processes.find((p) => p.pid === machine.pid);
    if (holder) mine.add(holder.ppid === 1 ? machine.pid : holder.ppid);
  } catch {
    // Simulated nodes have no machine.
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const p of processes) if (mine.has(p.ppid) && !mine.has(p.pid)) grown = mine.add(p.pid) && true;
  }
  for (const p of processes) {
    if (!mine.has(p.pid)) continue;
    try {
      const rollup = readFileSync(`/proc/${p.pid}/smaps_rollup`, "utf8");
      found.push({
        pid: p.pid,
        args: p.args.slice(0, 60),
        bytes: Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024,
      });
    } catch {
      // Ended meanwhile.
    }
  }
  return found;
}
