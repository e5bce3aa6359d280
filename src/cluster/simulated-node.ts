/** One node without processes: the real agent over the simulated runtime. */
import type { Pod, Taint } from "../api/generated/types.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import type { Informer } from "../client/informer-contract.ts";
import { type Agent, createAgent } from "../node/agent.ts";
import { type NodeFacts, simulatedFacts } from "../node/registration/node-facts.ts";
import type { Runtime } from "../node/runtime/runtime.ts";

export interface SimulatedNodeOptions {
  readonly name: string;
  readonly runtime: Runtime;
  /** With the rights of the node's agent. */
  readonly client: Client;
  /** A cache that agents share. Absent: the agent has one of its own pods. */
  readonly allPods?: Informer<Pod>;
  /** Default: plenty of everything. */
  readonly facts?: NodeFacts;
  readonly addresses?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Creates the agent; it is not started. */
export const createSimulatedAgent = ({ name, facts, ...options }: SimulatedNodeOptions): Promise<Agent> =>
  createAgent({
    ...options,
    nodeName: name,
    facts: facts ?? simulatedFacts(),
    // Volumes are not written and nothing runs that could read them.
    serviceAccountToken: async () => "",
    // Nor has a process an environment: thousands of nodes need not each watch all Services.
    services: () => [],
  });
