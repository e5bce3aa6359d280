/** Where a cluster keeps its things: one directory per cluster, everything below it. */
import { homedir } from "node:os";
import { join } from "node:path";

/** `${WHERRY_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/wherry}`: the directory of all clusters. */
export function clustersHome(env: NodeJS.ProcessEnv): string {
  if (env.WHERRY_HOME) return env.WHERRY_HOME;
  return join(env.XDG_DATA_HOME || join(env.HOME || homedir(), ".local", "share"), "wherry");
}

export interface NodePaths {
  readonly dir: string;
  /** State of the machine: its holder. */
  readonly machine: string;
  /** State of the runtime: sandboxes and containers. */
  readonly runtime: string;
  /** Where the node's agent listens. */
  readonly socket: string;
  readonly log: string;
}

export interface ClusterPaths {
  readonly dir: string;
  /** How the running cluster was started, and its process: see `record.ts`. */
  readonly record: string;
  /** Names the process that has the data. */
  readonly lock: string;
  readonly pki: string;
  readonly store: string;
  readonly images: string;
  /** State of what joins several nodes. */
  readonly fabric: string;
  readonly kubeconfig: string;
  /** What opens the cluster's dashboard. */
  readonly dashboardToken: string;
  /** Where the API server listens for agents. */
  readonly socket: string;
  /** Where the server fetches from image registries on behalf of the nodes. */
  readonly pullSocket: string;
  readonly log: string;
  node(name: string): NodePaths;
}

/** The longest path a Unix socket may have (`sun_path`, with its closing NUL). */
const longestSocketPath = 107;

/** @throws Error when the home directory is too deep for Unix sockets */
export function clusterPaths(name: string, env: NodeJS.ProcessEnv): ClusterPaths {
  const dir = join(clustersHome(env), name);
  const paths: ClusterPaths = {
    dir,
    record: join(dir, "cluster.json"),
    lock: join(dir, "lock"),
    pki: join(dir, "pki"),
    store: join(dir, "store"),
    images: join(dir, "images"),
    fabric: join(dir, "fabric"),
    kubeconfig: join(dir, "kubeconfig"),
    dashboardToken: join(dir, "dashboard-token"),
    socket: join(dir, "api.sock"),
    pullSocket: join(dir, "pull.sock"),
    log: join(dir, "server.log"),
    node(node) {
      const nodeDir = join(dir, "nodes", node);
      return {
        dir: nodeDir,
        machine: nodeDir,
        runtime: join(nodeDir, "runtime"),
        socket: join(nodeDir, "a.sock"),
        log: join(nodeDir, "agent.log"),
      };
    },
  };
  const longest = paths.node(`${name}-000`).socket;
  if (longest.length > longestSocketPath) {
    throw new Error(`WHERRY_HOME is too long for Unix sockets: ${dir} leaves no room below ${longestSocketPath} bytes`);
  }
  return paths;
}

/** Names of the cluster's nodes: the first one is called like the cluster, the others are numbered from 2. */
export const nodeName = (cluster: string, index: number): string => (index === 0 ? cluster : `${cluster}-${index + 1}`);
