/** The machines of a cluster in process: each is a simulated runtime, which keeps what runs, and an agent over it. */
import type { Taint } from "../api/generated/types.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createSimulatedAgent } from "../cluster/simulated-node.ts";
import type { Agent } from "../node/agent.ts";
import { type NodeFacts, simulatedFacts } from "../node/registration/node-facts.ts";
import { simulatedPodCIDR } from "../node/runtime/simulated/addresses.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { createSimulatedRuntime, type SimulatedRuntime } from "../node/runtime/simulated/runtime.ts";

/** A node of the cluster. */
export interface NodeOptions {
  /** By default `node-1`, `node-2`, … */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Resource names to quantities, over the default: 1000 CPUs, 10Ti of memory, 4000 pods. */
  readonly capacity?: Readonly<Record<string, string>>;
}

export interface MachineContext {
  readonly clientOf: (nodeName: string) => Client;
  readonly images: readonly SimulatedImage[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A machine is made off; its name, its labels and what runs on it last as long as itself. */
export interface Machine {
  readonly name: string;
  readonly runtime: SimulatedRuntime;
  readonly agent: Agent | undefined;
  /** Starts an agent. Resolves once the Node is Ready. */
  start(): Promise<void>;
  /** Ends the agent; what runs goes on. */
  stop(): Promise<void>;
}

export function createMachine(context: MachineContext, options: Required<NodeOptions>, index: number): Machine {
  const { clock, random, logger, images, clientOf } = context;
  const { name, labels, taints, capacity } = options;
  const runtime = createSimulatedRuntime({ clock, random, images, podCIDR: simulatedPodCIDR(index) });
  let agent: Agent | undefined;
  return {
    name,
    runtime,
    get agent() {
      return agent;
    },
    async start() {
      agent = await createSimulatedAgent({
        name,
        runtime,
        client: clientOf(name),
        facts: factsWith(capacity),
        addresses: [`10.127.${index >> 8}.${index & 255}`],
        labels,
        taints,
        clock,
        random,
        logger,
      });
      await agent.start();
    },
    async stop() {
      await agent?.stop();
      agent = undefined;
    },
  };
}

function factsWith(capacity: Readonly<Record<string, string>>): NodeFacts {
  const facts = simulatedFacts();
  const all = { ...facts.capacity, ...capacity };
  return { ...facts, capacity: all, allocatable: all };
}
