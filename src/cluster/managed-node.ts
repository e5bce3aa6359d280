/** One node of the cluster on this machine: its machine, and the agent in it, kept running. */
import { mkdirSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ToServer } from "../network/host/protocol.ts";
import { createMachine, type Fabric, type Machine, podCIDR } from "../node/machine/index.ts";
import { channelTo } from "./agent-channel.ts";
import type { AgentChannel } from "./host-listeners.ts";
import { endLeftoverAgents } from "./leftovers.ts";
import type { NodesOptions } from "./nodes.ts";
import { nodeName } from "./paths.ts";

/** What an agent says when it looks after its node. */
export interface AgentReady {
  readonly limits: readonly string[];
  readonly proxy: string;
}

export interface ManagedNode {
  readonly name: string;
  readonly address: string;
  /** Resolves at the agent's first `ready`. @throws Error with the agent's own words when it cannot start */
  ready(): Promise<AgentReady>;
  /** Ends the agent in order; the machine and its containers go on. */
  stopAgent(): Promise<void>;
  /** Ends the agent, and the machine if this process started it. */
  abandon(): Promise<void>;
  /** Ends the machine and with it everything inside. */
  stop(): Promise<void>;
  /** Starts the machine again if it has died, as after a power cut. Resolves when its agent is ready. */
  revive(): Promise<void>;
}

const agentEntry = fileURLToPath(new URL("./agent-process.js", import.meta.url));
/** Milliseconds before an agent that ended is started again: doubles up to the longest. */
const firstRestartDelay = 100;
const longestRestartDelay = 10_000;

export async function startNode(
  options: NodesOptions,
  index: number,
  fabric: Fabric | undefined,
): Promise<ManagedNode> {
  const { cluster, paths, listeners, clock } = options;
  const name = nodeName(cluster, index);
  const logger = options.logger.with({ node: name });
  const nodePaths = paths.node(name);
  mkdirSync(nodePaths.dir, { recursive: true, mode: 0o700 });
  const log = openSync(nodePaths.log, "a", 0o600);
  const boot = () =>
    createMachine({
      name,
      stateDir: nodePaths.machine,
      index,
      podCIDR: podCIDR(index),
      clock,
      ...(fabric ? { fabric } : {}),
    });

  let machine: Machine = await boot();
  if (machine.adopted) await endLeftoverAgents(agentEntry, nodePaths.socket, clock);
  let stopping = false;
  let current: AgentChannel | undefined;
  let ready = pending<AgentReady>();

  const runAgent = async (): Promise<void> => {
    const config = options.agentConfig({ name, address: machine.address, podCIDR: machine.podCIDR, index });
    const agent = machine.spawnAgent(agentEntry, [JSON.stringify(config)], { stdio: ["ignore", log, log] });
    const channel = channelTo(agent.child);
    current = channel;
    agent.child.on("message", (message: ToServer) => {
      if (message.type === "ready") {
        ready.resolve(message);
        void listeners.attach(channel);
      } else if (message.type === "closed") listeners.closed(message.id);
      else if (message.type === "failed") ready.reject(new Error(message.message));
    });
    options.credentials(name).then(
      (credentials) => channel.send({ type: "credentials", ...credentials }),
      (error: unknown) => {
        logger.error("the agent gets no credentials", { error });
        agent.kill();
      },
    );
    try {
      await agent.exited;
    } finally {
      await listeners.detach(channel);
    }
  };

  const keepRunning = async () => {
    for (
      let delay = firstRestartDelay;
      !stopping && machine.alive();
      delay = Math.min(delay * 2, longestRestartDelay)
    ) {
      const started = clock.monotonic();
      await runAgent().catch((error: unknown) => logger.error("the agent could not be started", { error }));
      if (stopping) return;
      ready.reject(new Error(`the agent of node ${name} ended; see ${nodePaths.log}`));
      if (!machine.alive()) break;
      logger.warn("the agent has ended and is started again", { delay });
      if (clock.monotonic() - started > longestRestartDelay) delay = firstRestartDelay;
      await clock.sleep(delay);
    }
    if (!stopping) logger.error("the node has died");
  };
  let loop = keepRunning();

  const stopAgent = async () => {
    if (stopping) return;
    stopping = true;
    await current?.send({ type: "stop" });
    await loop;
  };
  return {
    name,
    address: machine.address,
    ready: () => ready.promise,
    stopAgent,
    async abandon() {
      await stopAgent();
      if (!machine.adopted) await machine.stop();
    },
    async stop() {
      await stopAgent();
      await machine.stop();
    },
    async revive() {
      if (stopping || machine.alive()) return;
      await loop;
      await machine.stop();
      ready = pending();
      machine = await boot();
      logger.info("the node is started again");
      loop = keepRunning();
      await ready.promise;
    },
  };
}

interface Pending<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A promise to settle later; that nobody waits for it is no error. */
function pending<T>(): Pending<T> {
  let settle: Omit<Pending<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return { promise, resolve: (value) => settle?.resolve(value), reject: (error) => settle?.reject(error) };
}
