/** The cluster on which a manifest is played. */
import type { Container, Deployment } from "../../api/generated/types.ts";
import { namespaces } from "../../client/kinds.ts";
import { fencePosts, replicasOf } from "../../controllers/deployment/fence-posts.ts";
import { allocatableOf, demandOf } from "../../scheduler/resources.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { createCluster } from "../../testing/create-cluster.ts";
import { placed, servedKind } from "../manifest/decode.ts";
import type { Item } from "../manifest/read.ts";
import { nodeCapacity } from "../scenarios.ts";
import { images } from "./stand-in.ts";

const ordinaryNodes = 3;

const containersOf = ({ spec }: Deployment): Container[] => [
  ...(spec?.template.spec?.containers ?? []),
  ...(spec?.template.spec?.initContainers ?? []),
];

/**
 * How many nodes it takes so that only what fits no node at all stays Pending: room for all Deployments in the midst of
 * an update, and with one node lost. Pods that may not share a node count as one each.
 */
export function nodesFor(deployments: readonly Deployment[]): number {
  const room = deployments.reduce((sum, d) => {
    const each = podsPerNode(d);
    const nodes = (replicasOf(d) + fencePosts(d).surge) / each;
    // What others leave free of a node is too little for large pods.
    return sum + (each < 8 ? Math.ceil(nodes) : nodes);
  }, 0);
  return Math.max(ordinaryNodes, Math.ceil(room) + 1);
}

/** At least 1, even of those that fit on none. */
function podsPerNode(deployment: Deployment): number {
  const { spec } = deployment.spec?.template ?? {};
  const { requiredDuringSchedulingIgnoredDuringExecution: apart = [] } = spec?.affinity?.podAntiAffinity ?? {};
  const hostPorts = containersOf(deployment).some(({ ports }) => ports?.some(({ hostPort }) => hostPort));
  if (spec?.hostNetwork || hostPorts || apart.length > 0) return 1;
  const { requests } = demandOf({ spec });
  const times = (["cpu", "memory"] as const).map((name) => {
    const asked = requests.get(name) ?? 0;
    return asked === 0 ? Number.POSITIVE_INFINITY : Math.floor((nodeResources.get(name) ?? 0) / asked);
  });
  return Math.max(1, Math.min(...times));
}

const nodeResources = allocatableOf({ status: { allocatable: { ...nodeCapacity } } });

/** Nodes are in three zones. Of GPUs and the like, which are counted by number, there are plenty. */
export async function createStage(deployments: readonly Deployment[], all: readonly Item[]): Promise<Cluster> {
  const extended = deployments
    .flatMap(containersOf)
    .flatMap(({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }))
    .filter((name) => name.includes("/") || name.startsWith("hugepages-"));
  const plenty = Object.fromEntries(extended.map((name) => [name, name.startsWith("hugepages-") ? "1Ti" : "1000"]));
  const cluster = await createCluster({
    images,
    nodes: Array.from({ length: nodesFor(deployments) }, (_, i) => ({
      labels: { "topology.kubernetes.io/zone": `zone-${(i % 3) + 1}`, "topology.kubernetes.io/region": "region" },
      capacity: { ...plenty, ...nodeCapacity },
    })),
  });
  const declared = all
    .filter(({ object }) => servedKind(object)?.kind === "Namespace")
    .map(({ object }) => object.metadata.name);
  const used = all.flatMap(({ object }) => {
    const kind = servedKind(object);
    return kind?.namespaced ? [placed(kind, object).metadata.namespace ?? "default"] : [];
  });
  const there = new Set((await cluster.client.list(namespaces)).items.map(({ metadata }) => metadata?.name));
  for (const name of new Set([...declared, ...used]))
    if (!there.has(name)) await cluster.client.create(namespaces, { metadata: { name } });
  await cluster.clock.settle();
  return cluster;
}
