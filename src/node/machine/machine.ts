import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutCertificates } from "../../base/certificate-files.ts";
import type { Clock } from "../../base/clock.ts";
import { programPath } from "../../base/program-path.ts";
import { clusterCIDR, fabricGateway, nodeAddress, nodeRange, podGateway, serviceCIDR } from "./addresses.ts";
import type { Fabric } from "./fabric.ts";
import { startHolder } from "./holder.ts";
import { childrenOf, identify, isAlive, killAndWait, type ProcessId, run, signal } from "./process.ts";
import { chooseIdMap, enterUser, type IdMap } from "./userns.ts";

export interface MachineOptions {
  /** The node's name; also its hostname. */
  readonly name: string;
  /** A directory of this node's own; `machine.json` in it remembers the holder. */
  readonly stateDir: string;
  /** 0 for the first node of the cluster. */
  readonly index: number;
  readonly podCIDR: string;
  readonly clock: Clock;
  /** Joins this node to others; a cluster with one node goes without. */
  readonly fabric?: Fabric;
  /** Where pods of the whole cluster and Services live; both end in unreachable routes inside the node. */
  readonly clusterCIDR?: string;
  readonly serviceCIDR?: string;
}

export interface AgentProcess {
  /** The child with its IPC channel: `child.send(message, listeningServer)`. Its pid is nsenter's: see {@link kill}. */
  readonly child: ChildProcess;
  /** Signals the agent itself, not the nsenter that waits for it. */
  kill(name?: NodeJS.Signals): void;
  /** Resolves when it has ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A node's own namespaces, kept by a small holder process outside of which nothing of the node exists. */
export interface Machine {
  readonly name: string;
  readonly index: number;
  readonly podCIDR: string;
  /** For `status.addresses`. */
  readonly address: string;
  /** The holder, PID 1 inside, as the host numbers it. */
  readonly init: ProcessId;
  readonly map: IdMap;
  /** True when the holder was found running, from before. */
  readonly adopted: boolean;
  alive(): boolean;
  /** Resolves when the holder is dead, whoever killed it. */
  readonly died: Promise<void>;
  /** Runs a Node.js program inside, with an IPC channel. */
  spawnAgent(entry: string, args: readonly string[], options?: AgentOptions): AgentProcess;
  /** Runs a tool inside and gives its output. */
  run(argv: readonly string[], input?: string): Promise<string>;
  /** Ends everything inside at once, as a power cut would. Nothing is left: no process, mount or namespace. */
  stop(): Promise<void>;
}

export interface AgentOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly execArgv?: readonly string[];
  /** For stdin, stdout and stderr; the IPC channel is added. */
  readonly stdio?: "ignore" | "inherit" | "pipe" | readonly ("ignore" | "inherit" | "pipe" | number)[];
}

/** Starts the node's namespaces, or finds those that still run from before a restart of this process. */
export async function createMachine(options: MachineOptions): Promise<Machine> {
  mkdirSync(options.stateDir, { recursive: true });
  const file = join(options.stateDir, "machine.json");
  const map = options.fabric?.map ?? chooseIdMap();
  const found = readRecord(file);
  const init = found ?? (await start(options, map));
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, JSON.stringify(init));
  renameSync(temporary, file);
  return assemble(options, init, map, file, found !== undefined);
}

async function start(options: MachineOptions, map: IdMap): Promise<ProcessId> {
  const holder = await startHolder(options.name, map, networkBatch(options), options.fabric?.init.pid);
  if (!options.fabric) return holder.init;
  try {
    await options.fabric.attach(options.index, holder.init, options.podCIDR);
    const inside = ["--net", ...enterUser(holder.init.pid, map), "ip", "-batch", "-"];
    await run("nsenter", inside, fabricBatch(options));
  } catch (error) {
    await killAndWait(holder.init, options.clock);
    throw error;
  }
  return holder.init;
}

/** The node's addresses, and the ends of the ranges that are not here. */
function networkBatch(options: MachineOptions): string {
  const lines = [
    "link set lo up",
    // The first one is the source where no route names one: other nodes find the way back to it, not to the gateway.
    `addr add ${nodeAddress(options.index)}/32 dev lo`,
    `addr add ${podGateway}/32 dev lo`,
    `route add unreachable ${options.podCIDR}`,
    `route add unreachable ${options.serviceCIDR ?? serviceCIDR} metric 4096`,
  ];
  if (!options.fabric) lines.push(`route add unreachable ${options.clusterCIDR ?? clusterCIDR}`);
  return `${lines.join("\n")}\n`;
}

function fabricBatch(options: MachineOptions): string {
  const source = nodeAddress(options.index);
  return [
    "link set eth0 up",
    `route add ${fabricGateway} dev eth0 src ${source}`,
    `route add ${nodeRange} via ${fabricGateway} dev eth0 src ${source}`,
    `route add ${options.clusterCIDR ?? clusterCIDR} via ${fabricGateway} dev eth0 src ${source}`,
    "",
  ].join("\n");
}

function readRecord(file: string): ProcessId | undefined {
  try {
    const init = JSON.parse(readFileSync(file, "utf8")) as ProcessId;
    return isAlive(init) ? init : undefined;
  } catch {
    return undefined;
  }
}

function assemble(options: MachineOptions, init: ProcessId, map: IdMap, file: string, adopted: boolean): Machine {
  const inside = (argv: readonly string[]) => [
    ...["--net", "--mount", "--pid", "--uts", "--ipc"],
    ...enterUser(init.pid, map),
    ...argv,
  ];
  let markDead = () => {};
  const died = new Promise<void>((resolve) => {
    markDead = resolve;
  });
  const cancel = options.clock.every(500, () => {
    if (isAlive(init)) return;
    cancel();
    markDead();
  });
  return {
    name: options.name,
    index: options.index,
    podCIDR: options.podCIDR,
    address: nodeAddress(options.index),
    init,
    map,
    adopted,
    died,
    alive: () => isAlive(init),
    run: (argv, input) => run("nsenter", inside(argv), input),
    spawnAgent: (entry, args, agent = {}) => spawnAgent(inside, entry, args, agent),
    async stop() {
      cancel();
      await killAndWait(init, options.clock);
      await options.fabric?.detach(options.index);
      rmSync(file, { force: true });
      markDead();
    },
  };
}

function spawnAgent(
  inside: (argv: readonly string[]) => string[],
  entry: string,
  args: readonly string[],
  options: AgentOptions,
): AgentProcess {
  const stdio = typeof options.stdio === "object" ? [...options.stdio] : Array(3).fill(options.stdio ?? "inherit");
  const start = withoutCertificates(options.env ?? { ...process.env, PATH: programPath() });
  const argv = [process.execPath, ...start.flags, ...(options.execArgv ?? []), entry, ...args];
  const child = spawn("nsenter", inside(argv), {
    stdio: [...stdio, "ipc"],
    env: start.env,
    cwd: "/",
    detached: true,
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("exit", (code, name) => resolve({ code, signal: name }));
    child.once("error", reject);
  });
  exited.catch(() => {});
  return {
    child,
    exited,
    kill(name = "SIGTERM") {
      const agent = childrenOf(child.pid ?? 0)[0];
      const id = agent === undefined ? undefined : identify(agent);
      if (id) signal(id, name);
      else child.kill(name);
    },
  };
}
