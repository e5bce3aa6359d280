/** What an experienced operator says of a manifest without playing it. Rules are pure. */
import type { Container, PodSpec } from "../../api/generated/types.ts";
import type { Labels } from "../../api/labels.ts";
import type { Workload } from "../kinds/kind.ts";
import { rolloutKindOf } from "../kinds/kinds.ts";
import type { Item } from "../manifest/read.ts";
import type { WorkloadItem } from "../manifest/workloads.ts";
import type { Advice, Strategy } from "../report.ts";
import { ordinaryNodes } from "../scenarios.ts";

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
  readonly workloads: readonly WorkloadItem[];
  /** Deployments, StatefulSets, DaemonSets, ReplicaSets and Pods. */
  readonly podMakers: readonly PodMaker[];
}

export type Rule<T extends Workload = Workload> = (item: WorkloadItem<T>, manifest: Manifest) => Finding[];
export type ObjectRule = (item: Item, manifest: Manifest) => Finding[];

/** The rules of one kind, for whatever rolls out. */
export const only = <T extends Workload>(kind: T["kind"], rules: readonly Rule<T>[]): readonly Rule[] =>
  rules.map(
    (rule): Rule =>
      (item, manifest) =>
        item.object.kind === kind ? rule(item as WorkloadItem<T>, manifest) : [],
  );

/** On a cluster of ordinary size. */
export const strategyOf = ({ object }: WorkloadItem): Strategy =>
  rolloutKindOf(object).strategyOf(object, ordinaryNodes);

export const podPath = "spec.template.spec";

export const namespaceOf = ({ object }: Item): string => object.metadata.namespace ?? "default";

/** Containers and init containers, each with its path. */
export function containersOf({ object }: WorkloadItem): [container: Container, path: string][] {
  const { containers = [], initContainers = [] } = object.spec?.template?.spec ?? {};
  return [
    ...containers.map((c, i): [Container, string] => [c, `${podPath}.containers[${i}]`]),
    ...initContainers.map((c, i): [Container, string] => [c, `${podPath}.initContainers[${i}]`]),
  ];
}
