/**
 * The cluster's nodes on this machine, as the server process sees them: starts each machine and the agent in it, keeps
 * the agent running, and gives it the ways in from the host.
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { ToAgent, ToServer } from "../network/host/protocol.ts";
import { createFabric, createMachine, type Fabric, type Machine, podCIDR } from "../node/machine/index.ts";
import type { AgentConfig } from "./agent-config.ts";
import type { AgentChannel, HostListenerPool } from "./host-listeners.ts";
import { endLeftoverAgents } from "./leftovers.ts";
import { type ClusterPaths, nodeName } from "./paths.ts";

export interface NodesOptions {
  readonly cluster: string;
  readonly count: number;
  readonly paths: ClusterPaths;
  readonly listeners: HostListenerPool;
  /** What an agent is told at its start, beside what follows from its node. */
  readonly agentConfig: (node: {
    name: string;
    address: string;
    podCIDR: string;
    index: number;
  }) => Promise<AgentConfig>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningNode {
  readonly name: string;
  readonly address: string;
  /** Resolves at the agent's first `ready`. @throws Error with the agent's own words when it cannot start */
  readonly ready: Promise<{ readonly limits: readonly string[]; readonly proxy: string }>;
}

export interface Nodes {
  readonly nodes: readonly RunningNode[];
  /** Ends the agents in order; machines and containers go on. */
  stopAgents(): Promise<void>;
  /** Ends the agents, and the machines that this call of `startNodes` started. */
  abandon(): Promise<void>;
  /** Ends the machines and with them everything inside. */
  stop(): Promise<void>;
}

const agentEntry = fileURLToPath(new URL("./agent-process.js", import.meta.url));
/** Milliseconds before an agent that ended is started again: doubles up to the longest. */
const firstRestartDelay = 100;
const longestRestartDelay = 10_000;

export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { cluster, count, paths, clock } = options;
  const fabric: Fabric | undefined =
    count > 1 ? await createFabric({ name: cluster, stateDir: paths.fabric, clock }) : undefined;
  const managed = await Promise.all(Array.from({ length: count }, (_, index) => startNode(options, index, fabric)));
  return {
    nodes: managed.map(({ node }) => node),
    stopAgents: async () => void (await Promise.all(managed.map((m) => m.stopAgent()))),
    async abandon() {
      await Promise.all(managed.map((m) => m.stopAgent()));
      await Promise.all(managed.filter((m) => !m.machine.adopted).map((m) => m.machine.stop()));
    },
    async stop() {
      await Promise.all(managed.map((m) => m.stopAgent()));
      await Promise.all(managed.map((m) => m.machine.stop()));
      await fabric?.stop();
    },
  };
}

async function startNode(options: NodesOptions, index: number, fabric: Fabric | undefined) {
  const { cluster, paths, listeners, clock } = options;
  const name = nodeName(cluster, index);
  const logger = options.logger.with({ node: name });
  const nodePaths = paths.node(name);
  mkdirSync(nodePaths.dir, { recursive: true, mode: 0o700 });
  const machine: Machine = await createMachine({
    name,
    stateDir: nodePaths.machine,
    index,
    podCIDR: podCIDR(index),
    clock,
    ...(fabric ? { fabric } : {}),
  });
  if (machine.adopted) await endLeftoverAgents(agentEntry, nodePaths.socket, clock);
  const log = openSync(nodePaths.log, "a", 0o600);
  let stopping = false;
  let current: { child: ChildProcess; exited: Promise<unknown> } | undefined;
  let settle: { resolve: (ready: Awaited<RunningNode["ready"]>) => void; reject: (error: Error) => void };
  const ready = new Promise<Awaited<RunningNode["ready"]>>((resolve, reject) => {
    settle = { resolve, reject };
  });
  ready.catch(() => {});

  const runAgent = async (): Promise<void> => {
    const config = await options.agentConfig({ name, address: machine.address, podCIDR: machine.podCIDR, index });
    const agent = machine.spawnAgent(agentEntry, [JSON.stringify(config)], { stdio: ["ignore", log, log] });
    const channel = channelTo(agent.child);
    current = agent;
    agent.child.on("message", (message: ToServer) => {
      if (message.type === "ready") {
        settle.resolve(message);
        void listeners.attach(channel);
      } else if (message.type === "failed") settle.reject(new Error(message.message));
    });
    await agent.exited.catch((error: unknown) => logger.error("the agent could not be started", { error }));
    await listeners.detach(channel);
  };

  const keepRunning = async () => {
    for (
      let delay = firstRestartDelay;
      !stopping && machine.alive();
      delay = Math.min(delay * 2, longestRestartDelay)
    ) {
      const started = clock.monotonic();
      await runAgent();
      if (stopping) return;
      logger.warn("the agent has ended and is started again", { delay });
      settle.reject(new Error(`the agent of node ${name} ended; see ${nodePaths.log}`));
      if (clock.monotonic() - started > longestRestartDelay) delay = firstRestartDelay;
      await clock.sleep(delay);
    }
    if (!stopping) logger.error("the node has died");
  };
  const loop = keepRunning();

  return {
    node: { name, address: machine.address, ready },
    machine,
    async stopAgent() {
      if (stopping) return;
      stopping = true;
      if (current?.child.connected) await channelTo(current.child).send({ type: "stop" });
      await loop;
    },
  };
}

function channelTo(child: ChildProcess): AgentChannel {
  return {
    send: (message: ToAgent, handle) =>
      new Promise<void>((resolve) => {
        if (!child.connected) return resolve();
        // A channel that closes meanwhile is noticed by the agent's exit.
        child.send(message, handle, {}, () => resolve());
      }),
  };
}
