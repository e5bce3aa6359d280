/** A machine of a cluster in process: a simulated runtime, which keeps what runs, and an agent over it. */
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createSimulatedAgent } from "../cluster/simulated-node.ts";
import type { Agent } from "../node/agent.ts";
import { type NodeFacts, simulatedFacts } from "../node/registration/node-facts.ts";
import { simulatedPodCIDR } from "../node/runtime/simulated/addresses.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import {
  createSimulatedRuntime,
  type SimulatedRuntime,
  type SimulatedState,
} from "../node/runtime/simulated/runtime.ts";
import type { NodeOptions } from "./options.ts";

export interface MachineContext {
  /** The agent's client. It is asked for again whenever an agent starts. */
  readonly clientOf: (nodeName: string) => Client;
  readonly images: readonly SimulatedImage[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** All that is left of a machine without its agent. */
export interface MachineState {
  readonly options: Required<NodeOptions>;
  readonly index: number;
  readonly on: boolean;
  readonly runtime: SimulatedState;
}

export interface Machine {
  readonly name: string;
  readonly runtime: SimulatedRuntime;
  /** Absent while the machine is off. */
  readonly agent: Agent | undefined;
  /** Switches it on. Resolves once the Node is Ready. */
  start(): Promise<void>;
  /** Ends the agent in order; what runs goes on. */
  stop(): Promise<void>;
  /** Takes the power away: whatever runs ends at this moment, and nobody is told. */
  cut(): void;
  state(): MachineState;
}

export function createMachine(
  context: MachineContext,
  options: Required<NodeOptions>,
  index: number,
  from?: MachineState,
): Machine {
  const { clock, random, logger, images, clientOf } = context;
  const { name, labels, taints, capacity } = options;
  const podCIDR = simulatedPodCIDR(index);
  const runtime = createSimulatedRuntime({ clock, random, images, podCIDR }, from?.runtime);
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
      const stopping = agent;
      agent = undefined;
      await stopping?.stop();
    },
    cut() {
      const dead = agent;
      agent = undefined;
      void dead?.stop();
      runtime.powerCut();
    },
    state: () => ({ options, index, on: agent !== undefined, runtime: runtime.state() }),
  };
}

function factsWith(capacity: Readonly<Record<string, string>>): NodeFacts {
  const facts = simulatedFacts();
  const all = { ...facts.capacity, ...capacity };
  return { ...facts, capacity: all, allocatable: all };
}
