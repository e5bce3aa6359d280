/** The cluster's nodes on this machine, as the server process sees them. */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { createFabric, type Fabric } from "../node/machine/index.ts";
import type { AgentConfig, AgentCredentials } from "./agent-config.ts";
import type { HostListenerPool } from "./host-listeners.ts";
import { type ManagedNode, startNode } from "./managed-node.ts";
import type { ClusterPaths } from "./paths.ts";

export interface NodesOptions {
  readonly cluster: string;
  readonly count: number;
  readonly paths: ClusterPaths;
  readonly listeners: HostListenerPool;
  /** What an agent is told at its start, beside what follows from its node. */
  readonly agentConfig: (node: { name: string; address: string; podCIDR: string; index: number }) => AgentConfig;
  /** Resolves when the API server answers. */
  readonly credentials: (nodeName: string) => Promise<AgentCredentials>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Nodes {
  readonly nodes: readonly ManagedNode[];
  /** Ends the agents in order; machines and containers go on. */
  stopAgents(): Promise<void>;
  /** Ends the agents, and the machines that this call of `startNodes` started. */
  abandon(): Promise<void>;
  /** Ends the machines and with them everything inside. */
  stop(): Promise<void>;
  /** Starts again the machines that have died. */
  revive(): Promise<void>;
}

export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { cluster, count, paths, clock } = options;
  const fabric: Fabric | undefined =
    count > 1 ? await createFabric({ name: cluster, stateDir: paths.fabric, clock }) : undefined;
  const starts = await Promise.allSettled(Array.from({ length: count }, (_, i) => startNode(options, i, fabric)));
  const nodes = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const failure = starts.find((start) => start.status === "rejected");
  if (failure) {
    await Promise.all(nodes.map((node) => node.abandon()));
    await fabric?.stop();
    throw failure.reason;
  }
  return {
    nodes,
    stopAgents: async () => void (await Promise.all(nodes.map((node) => node.stopAgent()))),
    abandon: async () => void (await Promise.all(nodes.map((node) => node.abandon()))),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      await fabric?.stop();
    },
    revive: async () => void (await Promise.all(nodes.map((node) => node.revive()))),
  };
}
