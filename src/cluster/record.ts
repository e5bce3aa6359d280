/** What is remembered of a cluster outside its store: how it was started, and the process that runs it. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAlive, type ProcessId } from "../node/machine/process.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { clusterPaths, clustersHome } from "./paths.ts";

export type RuntimeName = "linux" | "simulated";

/** Real nodes need namespaces and links each; simulated ones, in the server's own process, only memory and a socket. */
export const mostNodes: Readonly<Record<RuntimeName, number>> = { linux: 256, simulated: 5000 };

/** The choices of `wherry up`. */
export interface ClusterOptions {
  readonly name: string;
  readonly nodes: number;
  readonly runtime: RuntimeName;
  /** Of the API server on 127.0.0.1. */
  readonly port: number;
  /** Another port will do when this one is taken: the user did not ask for it. */
  readonly anyPort?: boolean;
  /** Of the dashboard on 127.0.0.1, once it has one. */
  readonly dashboardPort?: number;
  /** How simulated images behave; absent: they all run at once. */
  readonly simulatedImages?: readonly SimulatedImage[];
}

export interface ClusterRecord extends ClusterOptions {
  /** The server process, absent when it has been stopped in order. */
  readonly process?: ProcessId;
  /** `https://127.0.0.1:6443` */
  readonly server: string;
}

export function readRecord(name: string, env: NodeJS.ProcessEnv): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(clusterPaths(name, env).record, "utf8")) as ClusterRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export function writeRecord(record: ClusterRecord, env: NodeJS.ProcessEnv): void {
  const { record: file } = clusterPaths(record.name, env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** All clusters of this user, by name. */
export function listRecords(env: NodeJS.ProcessEnv): ClusterRecord[] {
  let names: string[];
  try {
    names = readdirSync(clustersHome(env));
  } catch {
    return [];
  }
  return names.sort().flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(clustersHome(env), name, "cluster.json"), "utf8")) as ClusterRecord];
    } catch {
      return [];
    }
  });
}

/** True while the recorded server process runs. */
export const isRunning = (record: ClusterRecord | undefined): boolean =>
  record?.process !== undefined && isAlive(record.process);
