/**
 * What `wherry verify` finds out. This is also what `-o json` prints: fields are added in later versions, and none is
 * removed or changes its meaning while {@link Report.version} stays.
 */
import type { PromiseId } from "./promises.ts";
import type { ScenarioId } from "./scenarios.ts";

export interface Report {
  readonly version: 1;
  /** Are all promises kept? Advice does not count. */
  readonly ok: boolean;
  /** The cluster it was played on, and what was taken for granted, a sentence each. */
  readonly played: Played;
  readonly workloads: readonly WorkloadReport[];
  /** About all objects of the manifest, in its order. */
  readonly advice: readonly Advice[];
  /** Objects that were left out, and why. */
  readonly notVerified: readonly LeftOut[];
}

export interface Played {
  readonly nodes: number;
  /** Resources of each node. */
  readonly nodeCapacity: { readonly cpu: string; readonly memory: string };
  readonly assumptions: readonly string[];
}

/** Where an object stands. */
export interface Located {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface WorkloadReport extends Located {
  readonly strategy: Strategy;
  /** Empty when there is nothing to play: see {@link notPlayed}. */
  readonly scenarios: readonly ScenarioReport[];
  /** Why no scenarios, or not all, were played. */
  readonly notPlayed?: string;
}

/** What the workload promises about its rollouts, in pods and seconds. */
export interface Strategy {
  /** `RollingUpdate`; `Recreate` of a Deployment; `OnDelete` of a StatefulSet or DaemonSet. */
  readonly type: string;
  /** Of a DaemonSet: as many as there are nodes. */
  readonly replicas: number;
  /** At least so many pods stay available: replicas − maxUnavailable. Recreate and OnDelete promise none. */
  readonly leastAvailable: number;
  /** At most so many pods at once: replicas + maxSurge. Pods that are being deleted do not count. */
  readonly mostPods: number;
  /** Absent: a rollout may stall for ever and nobody is told. Only Deployments have one. */
  readonly progressDeadlineSeconds?: number;
  readonly minReadySeconds: number;
  /** Of a StatefulSet: do its pods wait for each other? */
  readonly podManagementPolicy?: "OrderedReady" | "Parallel";
  /** Of a StatefulSet: so many pods, those with the lowest ordinals, keep their version in an update. */
  readonly partition?: number;
}

export type Outcome = "finishes" | "stalls" | "hangs" | "impossible";

export interface ScenarioReport {
  readonly id: ScenarioId;
  readonly title: string;
  /**
   * - `finishes`: the workload reports that the rollout is complete
   * - `stalls`: the progress deadline passed first
   * - `hangs`: neither, for twice the deadline, or half an hour without one; of kinds that have none, half an hour
   *   without progress
   * - `impossible`: of the scenario `undo`: there is no revision to go back to
   */
  readonly outcome: Outcome;
  /** Until then, rounded up to a whole second of the cluster's time. */
  readonly seconds: number;
  /** Did the progress deadline pass on the way to a rollout that finished in the end? After so many seconds. */
  readonly deadlinePassedAfter?: number;
  /** The lowest number of pods that the workload's controller counted as available. Absent for the first rollout. */
  readonly lowestAvailable?: number;
  /** The lowest number of pods that did what they are there for, whatever they were counted as. */
  readonly lowestWorking?: number;
  /**
   * The longest that no pod was both available and working, in seconds. It goes on until the undo, which is played when
   * the outcome is known, and a minute after a rollout that finished.
   */
  readonly downSeconds?: number;
  /** The most pods at once that were not being deleted. */
  readonly mostPods: number;
  /** Present where the new version does not work in the end, or its rollout did not finish. */
  readonly undo?: UndoReport;
  /** Promises that were broken; empty: all were kept. */
  readonly broken: readonly BrokenPromise[];
  /** The last words of the cluster about a rollout that did not finish. */
  readonly why?: string;
  /** What somebody had to do so that it got on: `Node node-2 deleted`. */
  readonly byHand?: readonly string[];
}

export interface UndoReport {
  /** `impossible`: there is no revision to go back to. `fails`: it did not lead back to working pods. */
  readonly outcome: "restores" | "fails" | "impossible";
  /** Did the Deployment go back by itself, as `rollout.wherry.dev/on-failure: undo` asks? */
  readonly byItself?: true;
  /** From the undo, or when it went back by itself, from the end of the rollout, until all pods were available and working. */
  readonly seconds?: number;
  /** What somebody had to do so that it got on: `Pod db-2 deleted`. */
  readonly byHand?: readonly string[];
}

export interface BrokenPromise {
  readonly promise: PromiseId;
  readonly message: string;
}

export type Severity = "danger" | "warning" | "hint";

export interface Advice extends Located {
  /** Names the rule; listed in docs/reference/verify.md. */
  readonly id: string;
  /** `danger`: rollouts lose service, or cannot be undone. `warning`: they will some day. `hint`: could be better. */
  readonly severity: Severity;
  /** Path of the field. {@link line} is where it stands, or should. */
  readonly path: string;
  readonly why: string;
  /** What would be right. */
  readonly instead: string;
}

export interface LeftOut extends Located {
  readonly why: string;
}
