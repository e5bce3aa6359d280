/** What the scenarios must know of a kind of object whose pods roll out. Pure. */
import type { DaemonSet, Deployment, Pod, StatefulSet } from "../../api/generated/types.ts";
import type { KindRef } from "../../api/kind.ts";
import type { Strategy } from "../report.ts";

export type Workload = Deployment | StatefulSet | DaemonSet;

export interface RolloutKind<T extends Workload = Workload> {
  readonly ref: KindRef<T>;
  /** Does its controller report a rollout that does not get on? If not, none that stalls is ever reported as failed. */
  readonly reportsFailure: boolean;
  /**
   * What the object promises about its rollouts.
   * @param object with defaults
   * @param nodes of the cluster, for what runs on each of them
   */
  strategyOf(object: T, nodes: number): Strategy;
  /** Is the pod one of the object with this name? */
  owns(name: string, pod: Pod): boolean;
  /** How many pods there are to be. */
  wanted(object: T): number;
  /** Does the status say that the newest spec is rolled out, and is it? @param pods all of them */
  isComplete(object: T, pods: readonly Pod[]): boolean;
  /** Has the progress deadline of the newest spec passed? */
  isPastDeadline(object: T): boolean;
  /** Milliseconds without progress after which a rollout counts as failed; undefined: it never does. */
  deadlineOf(object: T): number | undefined;
  /** Grows whenever a rollout gets on. */
  progress(object: T): number;
  /** What its controller says of pods that it cannot create. */
  failureOf(object: T): string | undefined;
}

export const isOwnedBy = (pod: Pod, kind: string, name: string): boolean =>
  pod.metadata?.ownerReferences?.some((owner) => owner.kind === kind && owner.name === name) ?? false;

/** OnDelete: does a pod get the new version only when somebody deletes it? */
export const isByHand = ({ spec }: Workload): boolean =>
  spec !== undefined && "updateStrategy" in spec && spec.updateStrategy?.type === "OnDelete";

/** What kinds without a deadline have in common. */
export const noDeadline = {
  reportsFailure: false,
  isPastDeadline: () => false,
  deadlineOf: () => undefined,
  failureOf: () => undefined,
} as const;
