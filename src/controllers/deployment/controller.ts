/** The shell of the Deployment controller: reads ReplicaSets from the cache, carries out the plan, records events. */
import type { Deployment, Pod, ReplicaSet } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { matchesLabels, type Selector, selectorOf } from "../../api/labels.ts";
import type { Cancel } from "../../base/clock.ts";
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import { createControllerLoop, type KeyQueue } from "../../client/controller-loop.ts";
import { byController, controllerIndex } from "../../client/informer.ts";
import { deployments as deploymentKind, pods as podKind, replicaSets as replicaSetKind } from "../../client/kinds.ts";
import { claimObjects, isStaying } from "../claiming.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { controllerOf } from "../ownership.ts";
import { WrittenObjects } from "../written-objects.ts";
import type { DraftEvent } from "./draft.ts";
import { isRecreate } from "./fence-posts.ts";
import { collided, createFailed, plan as ownPlan } from "./plan.ts";
import { sameTemplate } from "./pod-template.ts";

const orphanIndex = "orphan";
const orphanNamespace = (rs: ReplicaSet): readonly string[] => (controllerOf(rs) ? [] : [rs.metadata?.namespace ?? ""]);

const nameOf = (object: Deployment | ReplicaSet) => ({
  namespace: object.metadata?.namespace ?? "",
  name: object.metadata?.name ?? "",
});
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const selectorFor = (deployment: Deployment): Selector => selectorOf(deployment.spec?.selector) ?? [];

/** What the controller goes by, unless it is told otherwise. */
const rules = { plan: ownPlan };

export function deploymentController(context: ControllerContext, { plan } = rules): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "deployment-controller" });
  const deployments = context.informers.informer(deploymentKind);
  const replicaSets = context.informers.informer(replicaSetKind);
  const pods = context.informers.informer(podKind);
  replicaSets.addIndex(controllerIndex, byController);
  replicaSets.addIndex(orphanIndex, orphanNamespace);
  pods.addIndex(controllerIndex, byController);
  const written = new WrittenObjects();

  const ownerOf = (rs: ReplicaSet): Deployment | undefined => {
    const owner = controllerOf(rs);
    if (owner?.kind !== deploymentKind.kind) return undefined;
    const deployment = deployments.get(`${rs.metadata?.namespace}/${owner.name}`);
    return deployment?.metadata?.uid === owner.uid ? deployment : undefined;
  };

  const wakeOwner = (queue: KeyQueue, rs: ReplicaSet): void => {
    if (!controllerOf(rs)) {
      for (const deployment of deployments.list(rs.metadata?.namespace))
        if (matchesLabels(selectorFor(deployment), rs.metadata?.labels)) queue.add(keyOf(deployment));
      return;
    }
    const owner = ownerOf(rs);
    if (owner) queue.add(keyOf(owner));
  };

  /** The last old pod of a Recreate rollout is what the new ReplicaSet waits for. */
  const podDeleted = (queue: KeyQueue, pod: Pod): void => {
    const owner = controllerOf(pod);
    if (owner?.kind !== replicaSetKind.kind) return;
    const rs = replicaSets.get(`${pod.metadata?.namespace}/${owner.name}`);
    const deployment = rs?.metadata?.uid === owner.uid ? ownerOf(rs) : undefined;
    if (deployment && isRecreate(deployment)) queue.add(keyOf(deployment));
  };

  const connect = (queue: KeyQueue): Cancel[] => [
    deployments.addHandlers({
      onAdd: (deployment) => queue.add(keyOf(deployment)),
      onUpdate: (deployment) => queue.add(keyOf(deployment)),
      onDelete(deployment) {
        written.forget(keyOf(deployment));
        queue.add(keyOf(deployment));
      },
    }),
    replicaSets.addHandlers({
      onAdd: (rs) => wakeOwner(queue, rs),
      onUpdate(next, previous) {
        if (controllerOf(previous)?.uid !== controllerOf(next)?.uid && controllerOf(previous))
          wakeOwner(queue, previous);
        wakeOwner(queue, next);
      },
      onDelete(rs) {
        const owner = ownerOf(rs);
        if (owner) written.vanished(keyOf(owner), rs);
        wakeOwner(queue, rs);
      },
    }),
    pods.addHandlers({ onDelete: (pod) => podDeleted(queue, pod) }),
  ];

  const record = (deployment: Deployment, all: readonly DraftEvent[]): void => {
    for (const { type, reason, message } of all) events.event(deployment, type, reason, message);
  };
  const writeStatus = (deployment: Deployment) => client.update(deploymentKind, deployment, { subresource: "status" });

  /** @returns whether it was created; when not, the rest of the plan must wait for the next sync */
  const createReplicaSet = async (deployment: Deployment, rs: ReplicaSet): Promise<boolean> => {
    if (!(await isStaying(client, deploymentKind, deployment))) return false;
    try {
      written.wrote(keyOf(deployment), await client.create(replicaSetKind, rs));
      return true;
    } catch (error) {
      if (isNamespaceTerminating(error)) return false;
      if (isAlreadyExists(error)) {
        const existing = await client.get(replicaSetKind, nameOf(rs));
        const ours = controllerOf(existing)?.uid === deployment.metadata?.uid;
        if (ours && sameTemplate(existing.spec?.template ?? {}, deployment.spec?.template ?? {})) {
          // Created by an earlier sync: the cache is about to show it.
          written.wrote(keyOf(deployment), existing);
          return false;
        }
        await writeStatus(collided(deployment));
        throw error;
      }
      const { event, status } = createFailed(deployment, rs, textOf(error), clock.now());
      record(deployment, [event]);
      if (status) await writeStatus(status);
      throw error;
    }
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const deployment = deployments.get(key);
    if (!deployment) return undefined;
    const { uid = "", namespace = "" } = deployment.metadata ?? {};
    const selector = selectorFor(deployment);
    const owned = replicaSets.byIndex(controllerIndex, uid);
    if (written.isStale(key, owned, clock.now())) return { requeueAfter: 5000 };
    const orphans = selector.length > 0 ? replicaSets.byIndex(orphanIndex, namespace) : [];
    const own = await claimObjects({
      client,
      ownerKind: deploymentKind,
      owner: deployment,
      selector,
      kind: replicaSetKind,
      candidates: [...owned, ...orphans],
    });
    const podsOf = (rs: ReplicaSet) => pods.byIndex(controllerIndex, rs.metadata?.uid ?? "");
    const snapshot = {
      deployment,
      replicaSets: own,
      pods: new Map(isRecreate(deployment) ? own.map((rs) => [rs.metadata?.uid ?? "", podsOf(rs)]) : []),
    };
    const todo = plan(snapshot, clock.now());
    for (const { replicaSet, events: said } of todo.changes) {
      if (replicaSet.metadata?.uid) written.wrote(key, await client.update(replicaSetKind, replicaSet));
      else if (!(await createReplicaSet(deployment, replicaSet))) return undefined;
      record(deployment, said);
    }
    for (const rs of todo.deletions) {
      await deleteReplicaSet(rs);
      written.deleted(key, rs);
    }
    if (todo.update) await client.update(deploymentKind, todo.update);
    record(deployment, todo.events);
    if (todo.status) await writeStatus(todo.status);
    return todo.requeueAfter === undefined ? undefined : { requeueAfter: todo.requeueAfter };
  };

  const deleteReplicaSet = async (rs: ReplicaSet): Promise<void> => {
    try {
      await client.delete(replicaSetKind, nameOf(rs), { preconditions: { uid: rs.metadata?.uid ?? "" } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };

  return createControllerLoop({
    name: "deployment",
    clock,
    logger,
    caches: [deployments, replicaSets, pods],
    connect,
    reconcile,
  });
}
