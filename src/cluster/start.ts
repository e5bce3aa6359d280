/** Starts a cluster in the background, or finds the one that runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { withoutCertificates } from "../base/certificate-files.ts";
import { systemClock as clock } from "../base/clock.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { makeHome } from "./home.ts";
import { clusterPaths, clustersHome, nodeName } from "./paths.ts";
import {
  type ClusterOptions,
  type ClusterRecord,
  isRunning,
  listRecords,
  mostNodes,
  type RuntimeName,
  readRecord,
} from "./record.ts";
import type { ServerMessage } from "./server-process.ts";

/** What the user asked for; what is absent is chosen. */
export interface StartRequest {
  readonly name: string;
  readonly nodes?: number;
  readonly runtime?: RuntimeName;
  readonly port?: number;
  readonly simulatedImages?: readonly SimulatedImage[];
}

export interface StartedCluster {
  readonly record: ClusterRecord;
  /** It ran already; nothing was started. */
  readonly alreadyRunning: boolean;
  /** What this machine does not allow, in sentences. */
  readonly limits: readonly string[];
  readonly proxy: string;
}

const serverEntry = fileURLToPath(new URL("./server-process.js", import.meta.url));
const defaultPort = 6443;

/**
 * Of simulated nodes there may be thousands, all in the server's process, and much of what a burst of pods makes there is
 * needed a little longer than V8's young generation usually has room for (16 MB): it would be copied into the old one.
 */
const heapFlags = (runtime: RuntimeName): string[] => (runtime === "simulated" ? ["--max-semi-space-size=64"] : []);

/** @throws Error with one clear line */
export async function startCluster(request: StartRequest, env: NodeJS.ProcessEnv): Promise<StartedCluster> {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(request.name)) {
    throw new Error(`--name "${request.name}" is not valid: use at most 40 lower-case letters, digits and dashes`);
  }
  makeHome(clustersHome(env));
  const before = readRecord(request.name, env);
  if (before && isRunning(before)) {
    differs(before, request);
    await reviveNodes(before, env);
    return { record: before, alreadyRunning: true, limits: [], proxy: "" };
  }
  const options: ClusterOptions = {
    name: request.name,
    nodes: request.nodes ?? before?.nodes ?? 1,
    runtime: request.runtime ?? before?.runtime ?? "linux",
    port: await choosePort(request, before, env),
    ...(request.port === undefined ? { anyPort: true } : {}),
    ...(before?.dashboardPort === undefined ? {} : { dashboardPort: before.dashboardPort }),
    ...simulatedImages(request, before),
  };
  const most = mostNodes[options.runtime];
  if (options.nodes > most)
    throw new Error(
      `--nodes ${options.nodes} is too many for the ${options.runtime} runtime: at most ${most}` +
        (options.runtime === "simulated" ? "" : `, or ${mostNodes.simulated} with --runtime simulated`),
    );
  const paths = clusterPaths(options.name, env);
  mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
  const log = openSync(paths.log, "a", 0o600);
  const start = withoutCertificates(env);
  const argv = [...start.flags, ...heapFlags(options.runtime), serverEntry, JSON.stringify(options)];
  const child = spawn(process.execPath, argv, {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
    cwd: "/",
    env: start.env,
  });
  // What comes next edits the user's kubeconfig: its library is loaded while there is time.
  const [message] = await Promise.all([firstMessage(child, paths.log), import("yaml")]);
  child.unref();
  if (child.connected) child.disconnect();
  if (message.type === "failed") throw new Error(message.message);
  const record = readRecord(options.name, env);
  if (!record) throw new Error(`the cluster started but left no record; see ${paths.log}`);
  return { record, alreadyRunning: false, limits: message.limits, proxy: message.proxy };
}

function firstMessage(child: ChildProcess, log: string): Promise<ServerMessage> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as ServerMessage));
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`the server ended at once (${signal ?? `exit code ${code}`}); see ${log}`)),
    );
  });
}

/** How long a node may take to be back, in milliseconds. */
const revivalPatience = 60_000;

/** Has the running server start again the nodes that have died, and waits until their agents answer. */
async function reviveNodes(record: ClusterRecord, env: NodeJS.ProcessEnv): Promise<void> {
  if (record.runtime !== "linux" || !record.process) return;
  const paths = clusterPaths(record.name, env);
  const answers = async (index: number) => isListening(paths.node(nodeName(record.name, index)).socket);
  const all = async () =>
    (await Promise.all(Array.from({ length: record.nodes }, (_, i) => answers(i)))).every(Boolean);
  if (await all()) return;
  process.kill(record.process.pid, "SIGHUP");
  const deadline = clock.monotonic() + revivalPatience;
  while (!(await all())) {
    if (clock.monotonic() > deadline)
      throw new Error(`a node of cluster "${record.name}" does not come back; see ${paths.log}`);
    await clock.sleep(50);
  }
}

const isListening = (socket: string) =>
  new Promise<boolean>((resolve) => {
    const probe = connect(socket);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });

const simulatedImages = (request: StartRequest, before: ClusterRecord | undefined) => {
  const images = request.simulatedImages ?? before?.simulatedImages;
  return images ? { simulatedImages: images } : {};
};

/** A running cluster is not changed by `up`: say so rather than pretend. */
function differs(record: ClusterRecord, request: StartRequest): void {
  for (const key of ["nodes", "runtime", "port"] as const) {
    const asked = request[key];
    if (asked !== undefined && asked !== record[key]) {
      throw new Error(
        `cluster "${record.name}" runs with --${key} ${record[key]}; run \`wherry down\` first to change it`,
      );
    }
  }
}

/** The port asked for; else the one from last time, else 6443, else any that is free. */
async function choosePort(
  request: StartRequest,
  before: ClusterRecord | undefined,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  if (request.port !== undefined) {
    if (await isFree(request.port)) return request.port;
    const other = listRecords(env).find((r) => r.port === request.port && isRunning(r));
    throw new Error(`port ${request.port} on 127.0.0.1 is taken${other ? ` by cluster "${other.name}"` : ""}`);
  }
  for (const port of [before?.port, defaultPort]) if (port !== undefined && (await isFree(port))) return port;
  return 0;
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port }, () => probe.close(() => resolve(true)));
  });
