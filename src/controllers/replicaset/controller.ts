/** The shell of the ReplicaSet controller: reads pods from the cache, carries out the plan, writes status and events. */
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { matchesLabels, type Selector, selectorOf } from "../../api/labels.ts";
import type { Cancel } from "../../base/clock.ts";
import { isConflict, isNotFound, StatusError } from "../../base/errors.ts";
import { createControllerLoop, type KeyQueue } from "../../client/controller-loop.ts";
import { byController, controllerIndex } from "../../client/informer.ts";
import { pods as podKind, replicaSets as replicaSetKind } from "../../client/kinds.ts";
import { claimObjects } from "../claiming.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { Expectations } from "../expectations.ts";
import { controllerOf } from "../ownership.ts";
import { isActive } from "../pod-state.ts";
import { slowStart } from "../slow-start.ts";
import { writeStatus } from "../write-status.ts";
import { plan, planStatus } from "./plan.ts";
import { podOf } from "./pod-template.ts";

/** Pods without a controller, by namespace. */
const orphanIndex = "orphan";
const orphanNamespace = (pod: Pod): readonly string[] => (controllerOf(pod) ? [] : [pod.metadata?.namespace ?? ""]);

const nameOf = (object: Pod | ReplicaSet) => ({
  namespace: object.metadata?.namespace ?? "",
  name: object.metadata?.name ?? "",
});
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Nothing can be created in a namespace that is going away, and nothing need be. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError && (error.status.details?.causes ?? []).some((c) => c.reason === "NamespaceTerminating");

export function replicaSetController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "replicaset-controller" });
  const replicaSets = context.informers.informer(replicaSetKind);
  const pods = context.informers.informer(podKind);
  replicaSets.addIndex(controllerIndex, byController);
  pods.addIndex(controllerIndex, byController);
  pods.addIndex(orphanIndex, orphanNamespace);
  const expectations = new Expectations();

  /** The key of the ReplicaSet that controls the pod. */
  const ownerKey = (pod: Pod): string | undefined => {
    const owner = controllerOf(pod);
    if (owner?.kind !== replicaSetKind.kind) return undefined;
    const key = `${pod.metadata?.namespace}/${owner.name}`;
    return replicaSets.get(key)?.metadata?.uid === owner.uid ? key : undefined;
  };

  const wakeAdopters = (queue: KeyQueue, orphan: Pod): void => {
    for (const replicaSet of replicaSets.list(orphan.metadata?.namespace))
      if (matchesLabels(selectorFor(replicaSet), orphan.metadata?.labels)) queue.add(keyOf(replicaSet));
  };

  const podGone = (queue: KeyQueue, pod: Pod): void => {
    const key = ownerKey(pod);
    if (!key) return;
    expectations.deleted(key, pod.metadata?.uid ?? "");
    queue.add(key);
  };

  const podAdded = (queue: KeyQueue, pod: Pod): void => {
    if (pod.metadata?.deletionTimestamp) podGone(queue, pod);
    else if (!controllerOf(pod)) wakeAdopters(queue, pod);
    else {
      const key = ownerKey(pod);
      if (!key) return;
      expectations.created(key);
      queue.add(key);
    }
  };

  const podUpdated = (queue: KeyQueue, next: Pod, previous: Pod): void => {
    if (next.metadata?.deletionTimestamp) {
      podGone(queue, next);
      return;
    }
    const [owner, previousOwner] = [controllerOf(next), controllerOf(previous)];
    if (previousOwner && previousOwner.uid !== owner?.uid) {
      const key = ownerKey(previous);
      if (key) queue.add(key);
    }
    if (!owner) wakeAdopters(queue, next);
    const key = owner && ownerKey(next);
    if (key) queue.add(key);
  };

  const connect = (queue: KeyQueue): Cancel[] => [
    replicaSets.addHandlers({
      onAdd: (replicaSet) => queue.add(keyOf(replicaSet)),
      onUpdate: (replicaSet) => queue.add(keyOf(replicaSet)),
      onDelete(replicaSet) {
        expectations.forget(keyOf(replicaSet));
        queue.add(keyOf(replicaSet));
      },
    }),
    pods.addHandlers({
      onAdd: (pod) => podAdded(queue, pod),
      onUpdate: (next, previous) => podUpdated(queue, next, previous),
      onDelete: (pod) => podGone(queue, pod),
    }),
  ];

  /** Active pods of all ReplicaSets that share this one's controller. */
  const relatedPods = (replicaSet: ReplicaSet): readonly Pod[] => {
    const owner = controllerOf(replicaSet);
    const siblings = owner ? replicaSets.byIndex(controllerIndex, owner.uid) : [replicaSet];
    return siblings.flatMap((s) => pods.byIndex(controllerIndex, s.metadata?.uid ?? "")).filter(isActive);
  };

  const createPods = async (key: string, replicaSet: ReplicaSet, count: number): Promise<unknown> => {
    if (Object.keys(replicaSet.spec?.template?.metadata?.labels ?? {}).length === 0)
      return new Error("unable to create pods, no labels");
    expectations.expect(key, count, [], clock.now());
    const pod = podOf(replicaSet);
    let arrived = 0;
    const { error } = await slowStart(count, async () => {
      try {
        const created = await client.create(podKind, pod);
        arrived++;
        events.event(replicaSet, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata?.name}`);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        events.event(replicaSet, "Warning", "FailedCreate", `Error creating: ${textOf(error)}`);
        throw error;
      }
    });
    expectations.created(key, count - arrived);
    return error;
  };

  const deletePods = async (key: string, replicaSet: ReplicaSet, doomed: readonly Pod[]): Promise<unknown> => {
    const uids = doomed.map((pod) => pod.metadata?.uid ?? "");
    expectations.expect(key, 0, uids, clock.now());
    let first: unknown;
    await Promise.all(
      doomed.map(async (pod) => {
        const { name, uid = "" } = pod.metadata ?? {};
        try {
          await client.delete(podKind, nameOf(pod), { preconditions: { uid } });
          events.event(replicaSet, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
        } catch (error) {
          expectations.deleted(key, uid);
          // A conflict tells that another pod has the name now.
          if (isNotFound(error) || isConflict(error)) return;
          events.event(replicaSet, "Warning", "FailedDelete", `Error deleting: ${textOf(error)}`);
          first ??= error;
        }
      }),
    );
    return first;
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const replicaSet = replicaSets.get(key);
    if (!replicaSet) return undefined;
    const expectationsSatisfied = expectations.satisfied(key, clock.now());
    const { uid = "", namespace = "" } = replicaSet.metadata ?? {};
    const own = await claimObjects({
      client,
      ownerKind: replicaSetKind,
      owner: replicaSet,
      selector: selectorFor(replicaSet),
      kind: podKind,
      candidates: [...pods.byIndex(controllerIndex, uid), ...pods.byIndex(orphanIndex, namespace)].filter(isActive),
    });
    const related = () => relatedPods(replicaSet);
    const decision = plan({ replicaSet, pods: own, related, expectationsSatisfied }, clock.now());
    let failure: unknown;
    if (decision.action === "create") failure = await createPods(key, replicaSet, decision.count);
    if (decision.action === "delete") failure = await deletePods(key, replicaSet, decision.pods);
    const failureText = failure === undefined ? undefined : textOf(failure);
    const { status, requeueAfter } = planStatus(replicaSet, own, failureText, clock.now());
    if (status) await writeStatus(client, replicaSetKind, replicaSet, (base) => ({ ...base, status }));
    if (failure !== undefined) throw failure;
    const waits = [requeueAfter, expectationsSatisfied ? undefined : expectations.expiresIn(key, clock.now())];
    const soonest = Math.min(...waits.map((ms) => ms ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(soonest) ? { requeueAfter: Math.max(1, soonest) } : undefined;
  };

  return createControllerLoop({
    name: "replicaset",
    clock,
    logger,
    caches: [replicaSets, pods],
    connect,
    reconcile,
    maxRetries: Number.POSITIVE_INFINITY,
  });
}

const selectorFor = (replicaSet: ReplicaSet): Selector => selectorOf(replicaSet.spec?.selector) ?? [];
