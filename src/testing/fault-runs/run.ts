/** Plays one workload with one controller disturbed by one fault. */
import type { EventRecorder } from "../../client/events.ts";
import { controllerRevisions, daemonSets, deployments, pods, replicaSets, statefulSets } from "../../client/kinds.ts";
import type { Controller, ControllerFactory } from "../../controllers/controller.ts";
import { daemonSetController } from "../../controllers/daemonset/controller.ts";
import { deploymentController } from "../../controllers/deployment/controller.ts";
import { garbageCollector } from "../../controllers/garbagecollector/controller.ts";
import { replicaSetController } from "../../controllers/replicaset/controller.ts";
import { statefulSetController } from "../../controllers/statefulset/controller.ts";
import { createScheduler } from "../../scheduler/scheduler.ts";
import { addNode, createTestPlane } from "../test-plane.ts";
import { startActor } from "./actor.ts";
import { playSlowAgents } from "./agents.ts";
import type { Fault, Write } from "./faults.ts";
import { snapshotOf } from "./normalize.ts";
import { watchPromises } from "./promises.ts";
import { carryOut, waitFor } from "./user.ts";
import { badImage, interrupts, uninterrupted, type Workload } from "./workloads.ts";

const verbs = ["list", "watch", "delete"] as const;
const collected = [deployments, replicaSets, statefulSets, daemonSets, controllerRevisions, pods];

/** The controllers that act, each in turn. */
export const controllers = {
  deployment: deploymentController,
  replicaset: replicaSetController,
  statefulset: statefulSetController,
  daemonset: daemonSetController,
  "garbage-collector": garbageCollector(collected.map((kind) => ({ ...kind, verbs }))),
} as const satisfies Record<string, ControllerFactory>;

export type ControllerName = keyof typeof controllers;
export const controllerNames = Object.keys(controllers) as readonly ControllerName[];

export interface Outcome {
  /** The state after each step that is waited out; see {@link snapshotOf}. */
  readonly checkpoints: readonly (readonly string[])[];
  /** The acting controller's accepted writes, in order. */
  readonly writes: readonly Write[];
  /** Writes of the others. */
  readonly otherWrites: readonly Write[];
  /** Watch events that reached the acting controller. */
  readonly events: number;
  /** What the acting controller told about objects: `Deployment Normal ScalingReplicaSet`, sorted. */
  readonly said: readonly string[];
  /** Promises that were broken on the way; see {@link watchPromises}. */
  readonly broken: readonly string[];
  /** Why the run did not come to its end. */
  readonly failure?: string;
}

/** A recorder that only remembers. */
export function remembering(said: string[]): EventRecorder {
  const recorder: EventRecorder = {
    event: (about, type, reason) => said.push(`${about.kind} ${type} ${reason}`),
    as: () => recorder,
    flush: () => Promise.resolve(),
  };
  return recorder;
}

/** @param factory the acting controller, the real one unless a bug is planted */
export async function play(
  workload: Workload,
  acting: ControllerName,
  fault: Fault,
  factory: ControllerFactory = controllers[acting],
): Promise<Outcome> {
  const plane = await createTestPlane();
  const { broken, revision } = watchPromises(plane);
  for (const name of ["node-1", "node-2", "node-3"]) await addNode(plane, name);
  playSlowAgents(plane, (pod) => pod.spec?.containers[0]?.image !== badImage);
  const said: string[] = [];
  const silent = { ...plane, events: remembering([]) };
  const others: Controller[] = controllerNames
    .filter((name) => name !== acting)
    .map((name) => controllers[name](silent));
  const parts = [...others, createScheduler(silent)];
  for (const part of parts) await part.start();
  const actor = startActor(plane, factory, fault, remembering(said), revision);
  const checkpoints: (readonly string[])[] = [];
  let failure: string | undefined;
  try {
    for (const step of workload.steps) {
      await carryOut(plane, workload, step);
      await waitFor(plane, workload, step);
      if (step.until !== "under way") checkpoints.push(await snapshotOf(plane.client));
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  if (actor.ranWild) failure = "it writes without end";
  actor.stop();
  for (const part of parts) await part.stop();
  await plane.stop();
  return {
    checkpoints,
    writes: actor.writes,
    otherWrites: [],
    events: actor.events,
    said: said.sort(),
    broken,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** @returns the undisturbed run of the workload when nobody interrupts, which most are anyway */
export async function playWhole(workload: Workload, acting: ControllerName, undisturbed: Outcome): Promise<Outcome> {
  return interrupts(workload) ? play(uninterrupted(workload), acting, { fault: "none" }) : undisturbed;
}
