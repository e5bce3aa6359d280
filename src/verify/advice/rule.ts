/** What an experienced operator says of a manifest without playing it. Rules are pure. */
import type { Container, PodSpec } from "../../api/generated/types.ts";
import type { Labels } from "../../api/labels.ts";
import type { DeploymentItem } from "../manifest/deployments.ts";
import type { Item } from "../manifest/read.ts";
import type { Advice } from "../report.ts";

export type Finding = Pick<Advice, "id" | "severity" | "path" | "why" | "instead">;

/** Pods that an object of the manifest makes. */
export interface PodMaker {
  readonly item: Item;
  readonly namespace: string;
  readonly labels: Labels;
  readonly spec: Partial<PodSpec>;
}

export interface Manifest {
  readonly items: readonly Item[];
  readonly deployments: readonly DeploymentItem[];
  /** Deployments, StatefulSets, DaemonSets, ReplicaSets and Pods. */
  readonly podMakers: readonly PodMaker[];
}

export type DeploymentRule = (deployment: DeploymentItem, manifest: Manifest) => Finding[];
export type ObjectRule = (item: Item, manifest: Manifest) => Finding[];

export const podPath = "spec.template.spec";

export const namespaceOf = ({ object }: Item): string => object.metadata.namespace ?? "default";

/** Containers and init containers, each with its path. */
export function containersOf({ object }: DeploymentItem): [container: Container, path: string][] {
  const { containers = [], initContainers = [] } = object.spec?.template.spec ?? {};
  return [
    ...containers.map((c, i): [Container, string] => [c, `${podPath}.containers[${i}]`]),
    ...initContainers.map((c, i): [Container, string] => [c, `${podPath}.initContainers[${i}]`]),
  ];
}
