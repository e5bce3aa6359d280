/** Nodes without processes, in the server's own process: pods become Ready after a delay, and nothing runs. */
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { type Agent, createAgent } from "../node/agent.ts";
import { podCIDR } from "../node/machine/addresses.ts";
import { simulatedFacts } from "../node/registration/node-facts.ts";
import { createSimulatedRuntime } from "../node/runtime/simulated/runtime.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createInProcessClient } from "./in-process-client.ts";
import { nodeName } from "./paths.ts";

export interface SimulatedNodesOptions {
  readonly plane: Pick<ControlPlane, "registry" | "informers">;
  readonly cluster: string;
  readonly count: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<{ stop(): Promise<void> }> {
  const { plane, cluster, count, clock, random, logger } = options;
  const agents = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Agent> => {
      const name = nodeName(cluster, index);
      const user = { name: `system:node:${name}`, groups: ["system:nodes"] };
      return createAgent({
        client: createInProcessClient(plane.registry, user),
        nodeName: name,
        runtime: createSimulatedRuntime({ clock, random, podCIDR: podCIDR(index) }),
        clock,
        random,
        logger,
        facts: simulatedFacts(),
      });
    }),
  );
  await Promise.all(agents.map((agent) => agent.start()));
  return { stop: async () => void (await Promise.all(agents.map((agent) => agent.stop()))) };
}
