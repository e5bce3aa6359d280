import type { KubeObject } from "../api/kind.ts";
import { silentLogger as logger } from "../base/logger.ts";
import { createControlPlane } from "../cluster/control-plane.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { createMemoryStore } from "../store/memory/memory.ts";
import { applyObjects } from "./apply.ts";
import type { Cluster, InNamespace } from "./cluster.ts";
import { createMachine, type NodeOptions } from "./machines.ts";
import { readManifest } from "./manifests.ts";
import { type ResourceName, type ResourceOf, resourceNamed } from "./resources.ts";
import { createTestClock } from "./test-clock.ts";
import { createSeededRandom, createVirtualClock } from "./virtual-clock.ts";

export interface ClusterOptions {
  /** How many, or each one. Default 1. */
  readonly nodes?: number | readonly NodeOptions[];
  /** How images behave: the first entry whose pattern fits counts. An image that none is about runs without fuss. */
  readonly images?: readonly SimulatedImage[];
  /** The same seed and the same calls give the same cluster, to the last name and uid. Default 1. */
  readonly seed?: number;
  /** What the clock shows at first. Default 2025-01-01T00:00:00Z. */
  readonly start?: Date | string | number;
}

/** A cluster in this process, with its control plane running and its nodes Ready. Close it. */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const clock = createVirtualClock(startOf(options.start));
  const random = createSeededRandom(options.seed);
  const store = createMemoryStore();
  const plane = await createControlPlane({ store, clock, random, logger });
  await plane.start();
  const context = {
    clientOf: (name: string) => plane.clientOf(`system:node:${name}`, "system:nodes"),
    images: options.images ?? [],
    clock,
    random,
    logger,
  };
  const machines = nodesOf(options.nodes).map((node, index) => createMachine(context, node, index));
  await Promise.all(machines.map((machine) => machine.start()));
  await clock.settle();
  const { client } = plane;
  const keyIn = (namespaced: boolean, name: string, { namespace = "default" }: InNamespace = {}) =>
    namespaced ? { namespace, name } : { name };
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all(machines.map((machine) => machine.stop()));
    await plane.stop();
    await store.close();
  };
  const cluster: Cluster = {
    client,
    clock: createTestClock(clock, async () => ""),
    apply: async (manifest) => applyObjects(client, readManifest(manifest)),
    async get<N extends ResourceName>(resource: N, name: string, where?: InNamespace) {
      const kind = resourceNamed(resource);
      return (await client.get<KubeObject>(kind, keyIn(kind.namespaced, name, where))) as ResourceOf<N>;
    },
    async list<N extends ResourceName>(resource: N, { namespace = "default", ...query } = {}) {
      const kind = resourceNamed(resource);
      const where = kind.namespaced && namespace ? { namespace } : {};
      return (await client.list<KubeObject>(kind, { ...query, ...where })).items as readonly ResourceOf<N>[];
    },
    async delete(resource, name, where) {
      const kind = resourceNamed(resource);
      await client.delete<KubeObject>(kind, keyIn(kind.namespaced, name, where));
    },
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => cluster.close(),
  };
  return cluster;
}

function startOf(start: ClusterOptions["start"]): number | undefined {
  if (start === undefined) return undefined;
  const ms = new Date(start).getTime();
  if (Number.isNaN(ms)) throw new RangeError(`start: ${JSON.stringify(start)} is not a time`);
  return ms;
}

function nodesOf(nodes: ClusterOptions["nodes"] = 1): Required<NodeOptions>[] {
  const list = typeof nodes === "number" ? Array.from({ length: nodes }, (): NodeOptions => ({})) : nodes;
  return list.map(({ name, labels = {}, taints = [], capacity = {} }, index) => ({
    name: name ?? `node-${index + 1}`,
    labels,
    taints,
    capacity,
  }));
}
