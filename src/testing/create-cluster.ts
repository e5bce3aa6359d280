import { assemble } from "./assemble.ts";
import type { Cluster } from "./cluster.ts";
import { createRealClock } from "./driven-clock.ts";
import { type ClusterOptions, checkOptions, imagesOf, nodesOf, startOf } from "./options.ts";
import { createSeededRandom, createVirtualClock } from "./virtual-clock.ts";

/**
 * A Kubernetes cluster in this process: the API server, all controllers, the scheduler and nodes that are Ready. Close
 * it, or declare it with `await using`.
 * @throws Error that names the option that is wrong
 */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  checkOptions(options);
  const random = createSeededRandom(options.seed);
  if (options.runtime === "linux") {
    const { prepareLinuxNodes } = await import("./linux.ts");
    const linux = await prepareLinuxNodes({
      count: Number(options.nodes ?? 1),
      archives: options.imageArchives ?? [],
    });
    try {
      return await assemble({ clock: createRealClock(), real: true, random, images: [], nodes: [], linux });
    } catch (error) {
      await linux.close();
      throw error;
    }
  }
  const real = options.clock === "real";
  return assemble({
    clock: real ? createRealClock() : createVirtualClock(startOf(options.start)),
    real,
    random,
    images: imagesOf(options.images),
    nodes: nodesOf(options.nodes),
  });
}
