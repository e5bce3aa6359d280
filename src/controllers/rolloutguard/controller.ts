/** The shell of the rollout guard: reads Deployments and their ReplicaSets, carries out the plan, says what it did. */
import { settingWarnings } from "../../api/apps/rollout-settings.ts";
import { keyOf } from "../../api/kind.ts";
import { isConflict } from "../../base/errors.ts";
import { createControllerLoop, type KeyQueue } from "../../client/controller-loop.ts";
import { byController, controllerIndex } from "../../client/informer.ts";
import { deployments as deploymentKind, replicaSets as replicaSetKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { Owners } from "../history/pod-owners.ts";
import { plan } from "./plan.ts";

const fieldManager = "rollout-guard";
/**
 * Milliseconds after which a write that came too late is decided anew. The watch may lag by more than the tries that a
 * failing key gets, and what it brings then may be the last event for long.
 */
const catchUpMs = 1_000;

export interface RolloutGuardOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
}

/**
 * Undoes failed rollouts and records change-causes where a Deployment's `rollout.wherry.dev/` annotations ask for it. It
 * uses nothing but the standard API and may run beside any cluster, and beside others of its kind: every write carries
 * the resourceVersion it was decided on, so of several only the first is made, and only who made it says so.
 * It needs to list, watch and update Deployments and ReplicaSets, and to create and patch Events.
 */
export const rolloutGuard =
  (options: RolloutGuardOptions = {}) =>
  (context: ControllerContext): Controller => {
    const { client, clock, logger } = context;
    const events = context.events.as({ component: fieldManager });
    const deployments = context.informers.informer(deploymentKind, options);
    const replicaSets = context.informers.informer(replicaSetKind, options);
    replicaSets.addIndex(controllerIndex, byController);
    const owners = new Owners(deploymentKind, deployments);
    /** What was last said about a Deployment's settings, by its UID. */
    const told = new Map<string, string>();

    const connect = (queue: KeyQueue) => [
      deployments.addHandlers({
        onAdd: (deployment) => queue.add(keyOf(deployment)),
        onUpdate: (deployment) => queue.add(keyOf(deployment)),
        onDelete: ({ metadata }) => void told.delete(metadata?.uid ?? ""),
      }),
      owners.watch(queue, replicaSets),
    ];

    const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
      const deployment = deployments.get(key);
      if (!deployment) return undefined;
      const uid = deployment.metadata?.uid ?? "";
      const problems = settingWarnings(deployment).join("; ");
      if (problems !== (told.get(uid) ?? "")) {
        told.set(uid, problems);
        if (problems) events.event(deployment, "Warning", "InvalidRolloutSetting", problems);
      }
      const step = plan(deployment, replicaSets.byIndex(controllerIndex, uid));
      if (!step) return undefined;
      const { write, act, event } = step;
      try {
        if (write.kind === "Deployment") await client.update(deploymentKind, write.object, { fieldManager });
        else await client.update(replicaSetKind, write.object, { fieldManager });
      } catch (error) {
        if (isConflict(error)) return { requeueAfter: catchUpMs };
        throw error;
      }
      logger.info(act, { deployment: key });
      if (event) events.event(deployment, event.type, event.reason, event.message);
      return undefined;
    };

    return createControllerLoop({
      name: "rollout-guard",
      clock,
      logger,
      caches: [deployments, replicaSets],
      connect,
      reconcile,
    });
  };
