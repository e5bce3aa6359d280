/** Nodes without processes, in the server's own process: pods become Ready after a delay, and nothing runs. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { pods } from "../client/kinds.ts";
import { serveAgentApi } from "../node/api/server.ts";
import { simulatedPodCIDR } from "../node/runtime/simulated/addresses.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { createSimulatedRuntime } from "../node/runtime/simulated/runtime.ts";
import type { ControlPlane } from "./control-plane.ts";
import { nodeName } from "./paths.ts";
import { createSimulatedAgent } from "./simulated-node.ts";

export interface SimulatedNodesOptions {
  readonly plane: Pick<ControlPlane, "clientOf" | "informers">;
  readonly cluster: string;
  readonly count: number;
  readonly images: readonly SimulatedImage[];
  /** Where a node's agent is to listen. */
  readonly socket: (nodeName: string) => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<{ stop(): Promise<void> }> {
  const { plane, cluster, count, images, socket, clock, random, logger } = options;
  const nodes = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = nodeName(cluster, index);
      const agent = await createSimulatedAgent({
        name,
        client: plane.clientOf(`system:node:${name}`, "system:nodes"),
        allPods: plane.informers.informer(pods),
        runtime: createSimulatedRuntime({ clock, random, images, podCIDR: simulatedPodCIDR(index) }),
        clock,
        random,
        logger,
      });
      const socketPath = socket(name);
      await mkdir(dirname(socketPath), { recursive: true });
      const serving = serveAgentApi({ agent, socketPath, clock, logger }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EMFILE") throw error;
        throw new Error(
          `${count} nodes listen on a socket each, which is more open files than are allowed; raise \`ulimit -n\` or ask for fewer`,
        );
      });
      const [api] = await Promise.all([serving, agent.start()]);
      return { agent, api };
    }),
  );
  return {
    async stop() {
      await Promise.all(nodes.flatMap(({ agent, api }) => [agent.stop(), api.close()]));
    },
  };
}
