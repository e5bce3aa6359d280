import { assemble } from "./assemble.ts";
import type { Cluster } from "./cluster.ts";
import { type ClusterOptions, imagesOf, nodesOf, startOf } from "./options.ts";
import { createSeededRandom, createVirtualClock } from "./virtual-clock.ts";

/**
 * A Kubernetes cluster in this process: the API server, all controllers, the scheduler and nodes that are Ready. Close
 * it, or declare it with `await using`.
 * @throws Error that names the option that is wrong
 */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  return assemble({
    clock: createVirtualClock(startOf(options.start)),
    random: createSeededRandom(options.seed),
    images: imagesOf(options.images),
    nodes: nodesOf(options.nodes),
  });
}
