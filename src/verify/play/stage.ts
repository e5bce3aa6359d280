/** The cluster on which a manifest is played. */
import type { Container, Deployment } from "../../api/generated/types.ts";
import { namespaces } from "../../client/kinds.ts";
import { fencePosts, replicasOf } from "../../controllers/deployment/fence-posts.ts";
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

/** Pods that cannot share a node need one each, in the midst of an update too, and with one node lost. */
export function nodesFor(deployments: readonly Deployment[]): number {
  const each = deployments.filter(
    (d) =>
      d.spec?.template.spec?.hostNetwork ||
      (d.spec?.template.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length >
        0 ||
      containersOf(d).some((c) => c.ports?.some(({ hostPort }) => hostPort)),
  );
  const needed = each.map((d) => replicasOf(d) + fencePosts(d).surge + 1);
  return Math.max(ordinaryNodes, ...needed);
}

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
