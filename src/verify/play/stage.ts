/** The cluster on which a manifest is played. */
import type { Container, DaemonSet } from "../../api/generated/types.ts";
import { namespaces } from "../../client/kinds.ts";
import { allocatableOf, demandOf } from "../../scheduler/resources.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { createCluster } from "../../testing/create-cluster.ts";
import { surgeOf } from "../kinds/daemonset.ts";
import type { Workload } from "../kinds/kind.ts";
import { rolloutKindOf } from "../kinds/kinds.ts";
import { placed, servedKind } from "../manifest/decode.ts";
import type { Item } from "../manifest/read.ts";
import { nodeCapacity, ordinaryNodes } from "../scenarios.ts";
import { images } from "./stand-in.ts";

const containersOf = ({ spec }: Workload): Container[] => [
  ...(spec?.template.spec?.containers ?? []),
  ...(spec?.template.spec?.initContainers ?? []),
];

const isDaemonSet = (object: Workload): object is DaemonSet => object.kind === "DaemonSet";

type Resources = ReadonlyMap<string, number>;

/**
 * How many nodes it takes so that only what fits no node at all stays Pending: room for all workloads in the midst of
 * an update, and with one node lost. Pods that may not share a node count as one each.
 */
export function nodesFor(workloads: readonly Workload[]): number {
  const left = besides(workloads.filter(isDaemonSet));
  const room = workloads.reduce((sum, object) => {
    if (isDaemonSet(object)) return sum;
    const each = podsPerNode(object, left);
    const nodes = rolloutKindOf(object).strategyOf(object, 0).mostPods / each;
    // What others leave free of a node is too little for large pods.
    return sum + (each < 8 ? Math.ceil(nodes) : nodes);
  }, 0);
  return Math.max(ordinaryNodes, Math.ceil(room) + 1);
}

/** What is left of a node beside the pods that run on each, in the midst of their updates. */
function besides(sets: readonly DaemonSet[]): Resources {
  const left = new Map(nodeResources);
  for (const set of sets) {
    const pods = surgeOf(set, 1) > 0 ? 2 : 1;
    for (const [name, asked] of demandOf({ spec: set.spec?.template?.spec }).requests)
      left.set(name, (left.get(name) ?? 0) - pods * asked);
  }
  return left;
}

/** At least 1, even of those that fit on none. */
function podsPerNode(object: Workload, room: Resources): number {
  const { spec } = object.spec?.template ?? {};
  const { requiredDuringSchedulingIgnoredDuringExecution: apart = [] } = spec?.affinity?.podAntiAffinity ?? {};
  const hostPorts = containersOf(object).some(({ ports }) => ports?.some(({ hostPort }) => hostPort));
  if (spec?.hostNetwork || hostPorts || apart.length > 0) return 1;
  const { requests } = demandOf({ spec });
  const times = (["cpu", "memory"] as const).map((name) => {
    const asked = requests.get(name) ?? 0;
    return asked === 0 ? Number.POSITIVE_INFINITY : Math.floor((room.get(name) ?? 0) / asked);
  });
  return Math.max(1, Math.min(...times));
}

const nodeResources = allocatableOf({ status: { allocatable: { ...nodeCapacity } } });

/** Nodes are in three zones. Of GPUs and the like, which are counted by number, there are plenty. */
export async function createStage(
  workloads: readonly Workload[],
  nodes: number,
  all: readonly Item[],
): Promise<Cluster> {
  const extended = workloads
    .flatMap(containersOf)
    .flatMap(({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }))
    .filter((name) => name.includes("/") || name.startsWith("hugepages-"));
  const plenty = Object.fromEntries(extended.map((name) => [name, name.startsWith("hugepages-") ? "1Ti" : "1000"]));
  const cluster = await createCluster({
    images,
    nodes: Array.from({ length: nodes }, (_, i) => ({
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
