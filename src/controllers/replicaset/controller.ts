/** The shell of the ReplicaSet controller: reads pods from the cache, carries out the plan, writes status and events. */
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { matchesLabels, type Selector, selectorOf } from "../../api/labels.ts";
import type { Cancel } from "../../base/clock.ts";
import { createControllerLoop, type KeyQueue } from "../../client/controller-loop.ts";
import { byController, controllerIndex } from "../../client/informer.ts";
import { pods as podKind, replicaSets as replicaSetKind } from "../../client/kinds.ts";
import { claimObjects, isStaying } from "../claiming.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { Expectations } from "../expectations.ts";
import { controllerOf } from "../ownership.ts";
import { PodControl } from "../pod-control.ts";
import { isActive } from "../pod-state.ts";
import { writeStatus } from "../write-status.ts";
import { plan as ownPlan, planStatus as ownPlanStatus } from "./plan.ts";
import { podOf } from "./pod-template.ts";

/** Pods without a controller, by namespace. */
const orphanIndex = "orphan";
const orphanNamespace = (pod: Pod): readonly string[] => (controllerOf(pod) ? [] : [pod.metadata?.namespace ?? ""]);

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the controller goes by, unless it is told otherwise. */
const rules = { plan: ownPlan, planStatus: ownPlanStatus };

export function replicaSetController(context: ControllerContext, { plan, planStatus } = rules): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "replicaset-controller" });
  const replicaSets = context.informers.informer(replicaSetKind);
  const pods = context.informers.informer(podKind);
  replicaSets.addIndex(controllerIndex, byController);
  pods.addIndex(controllerIndex, byController);
  pods.addIndex(orphanIndex, orphanNamespace);
  const expectations = new Expectations();
  const podControl = new PodControl({ client, events, expectations });

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

  /** Active pods of all ReplicaSets that share this one's controller; none when it has none, as upstream. */
  const relatedPods = (replicaSet: ReplicaSet): readonly Pod[] => {
    const owner = controllerOf(replicaSet);
    const siblings = owner ? replicaSets.byIndex(controllerIndex, owner.uid) : [];
    return siblings.flatMap((s) => pods.byIndex(controllerIndex, s.metadata?.uid ?? "")).filter(isActive);
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
    if (decision.action === "create") {
      if (!(await isStaying(client, replicaSetKind, replicaSet))) return undefined;
      const pod = podOf(replicaSet);
      expectations.expect(key, decision.count, [], clock.now());
      failure = await podControl.create(key, replicaSet, decision.count, () => pod);
    } else if (decision.action === "delete") {
      const uids = decision.pods.map(({ metadata }) => metadata?.uid ?? "");
      expectations.expect(key, 0, uids, clock.now());
      failure = await podControl.delete(key, replicaSet, decision.pods);
    }
    const failureText = failure === undefined ? undefined : textOf(failure);
    // A rollout counts on pods that are available: what is bound to go must not be among them.
    const staying = own.filter(({ metadata }) => !expectations.isDoomed(key, metadata?.uid ?? ""));
    const { status, requeueAfter } = planStatus(replicaSet, staying, failureText, clock.now());
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
