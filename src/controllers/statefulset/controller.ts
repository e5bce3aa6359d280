/** The shell of the StatefulSet controller: keeps the history, carries out the plan, writes status and events. */
import { records } from "../../api/apps/template-patch.ts";
import type { ControllerRevision, Pod, StatefulSet } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { isAlreadyExists, isConflict, isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import {
  persistentVolumeClaims as claimKind,
  pods as podKind,
  controllerRevisions as revisionKind,
  statefulSets as setKind,
} from "../../client/kinds.ts";
import { claimObjects, isStaying } from "../claiming.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { Owners, selectorFor } from "../history/pod-owners.ts";

import { createRevision, deleteRevision, renumber } from "../history/writer.ts";
import { slowStart } from "../slow-start.ts";
import { writeStatus } from "../write-status.ts";
import { WrittenObjects } from "../written-objects.ts";
import { claimsOf, isMember, ordinalOf } from "./identity.ts";
import { plan as ownPlan, type Stage, type StatefulSetAction } from "./plan.ts";
import { newRevision, planRevision, planTruncation } from "./revisions.ts";

const nameOf = ({ metadata }: Pod | StatefulSet) => ({
  namespace: metadata?.namespace ?? "",
  name: metadata?.name ?? "",
});
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const stages: readonly Stage[] = ["replicas", "condemned", "update"];
const words = { create: "Create", update: "Update", delete: "Delete" } as const;

/** What the controller goes by, unless it is told otherwise. */
const rules = { plan: ownPlan };

export function statefulSetController(context: ControllerContext, { plan } = rules): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "statefulset-controller" });
  const sets = context.informers.informer(setKind);
  const pods = context.informers.informer(podKind);
  const revisions = context.informers.informer(revisionKind);
  const owners = new Owners(setKind, sets);
  Owners.indexDependents(pods);
  Owners.indexDependents(revisions);
  const writtenRevisions = new WrittenObjects();
  const writtenPods = new WrittenObjects();

  const forget = (written: WrittenObjects, object: Pod | ControllerRevision): void => {
    const set = owners.of(object);
    if (set) written.vanished(keyOf(set), object);
  };

  const record = (set: StatefulSet, verb: keyof typeof words, pod: Pod, error?: unknown): void => {
    const text = `${verb} Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name}`;
    if (error === undefined) events.event(set, "Normal", `Successful${words[verb]}`, `${text} successful`);
    else events.event(set, "Warning", `Failed${words[verb]}`, `${text} failed error: ${textOf(error)}`);
  };

  /**
   * The revision of the present template, created or renumbered as needed, and the number of collisions; undefined when
   * it would have to be created for a set that is going away.
   */
  const updateRevision = async (set: StatefulSet, known: readonly ControllerRevision[]) => {
    let collisions = set.status?.collisionCount ?? 0;
    const todo = planRevision(set, known);
    if (todo.step === "keep") return { update: todo.revision, collisions };
    if (todo.step === "renumber") return { update: await renumber(client, todo.revision, todo.number), collisions };
    if (!(await isStaying(client, setKind, set))) return undefined;
    for (;;) {
      const wanted = newRevision(set, todo.number, collisions);
      const result = await createRevision(client, wanted);
      if ("created" in result) return { update: result.created, collisions };
      // Created by an earlier sync: the cache is about to show it.
      if (records(result.taken, wanted.data as object)) return { update: result.taken, collisions };
      collisions++;
    }
  };

  /** @throws when a claim is missing and cannot be created */
  const ensureClaims = async (set: StatefulSet, pod: Pod): Promise<void> => {
    const failures: string[] = [];
    for (const claim of claimsOf(set, ordinalOf(pod))) {
      const { name = "", namespace = "" } = claim.metadata ?? {};
      try {
        const found = await client.get(claimKind, { namespace, name });
        if (found.metadata?.deletionTimestamp) failures.push(`pvc ${name} is being deleted`);
        continue;
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      const text = `Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name}`;
      try {
        await client.create(claimKind, claim);
        events.event(set, "Normal", "SuccessfulCreate", `create Claim ${name} ${text} success`);
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        // A path that is not served answers 404 to a create, in whatever words.
        const why = isNotFound(error) ? "persistentvolumeclaims are not served by this cluster" : textOf(error);
        events.event(set, "Warning", "FailedCreate", `create Claim ${name} for ${text} failed error: ${why}`);
        failures.push(`failed to create PVC ${name}: ${why}`);
      }
    }
    if (failures.length === 1) throw new Error(failures[0]);
    if (failures.length > 1) throw new Error(`[${failures.join(", ")}]`);
  };

  const carryOut = async (set: StatefulSet, { verb, pod }: StatefulSetAction): Promise<void> => {
    try {
      if (verb === "delete") {
        const uid = pod.metadata?.uid ?? "";
        await client.delete(podKind, nameOf(pod), { preconditions: { uid } });
        writtenPods.deleted(keyOf(set), pod);
      } else {
        await ensureClaims(set, pod);
        const result = await (verb === "create" ? client.create(podKind, pod) : client.update(podKind, pod));
        writtenPods.wrote(keyOf(set), result);
      }
      record(set, verb, pod);
    } catch (error) {
      // A pod that is gone, or replaced under its name, need not be deleted.
      if (verb === "delete" && (isNotFound(error) || isConflict(error))) return;
      if (isNamespaceTerminating(error)) return;
      if (!(verb === "create" && isAlreadyExists(error)) && !(verb === "update" && isConflict(error)))
        record(set, verb, pod, error);
      throw error;
    }
  };

  /** Parallel sets do a stage at once. @returns the first error, which ends it */
  const carryOutAll = async (set: StatefulSet, actions: readonly StatefulSetAction[]): Promise<unknown> => {
    const ordered = set.spec?.podManagementPolicy !== "Parallel";
    for (const stage of stages) {
      const some = actions.filter((action) => action.stage === stage);
      const isSlow = ordered || stage === "update";
      for (const batch of isSlow ? some.map((action) => [action]) : [some]) {
        const { error } = await slowStart(batch.length, (i) => carryOut(set, batch[i] as StatefulSetAction));
        if (error !== undefined) return error;
      }
    }
    return undefined;
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const set = sets.get(key);
    if (!set) return undefined;
    const history = Owners.candidates(revisions, set);
    const members = Owners.candidates(pods, set).filter((pod) => isMember(set, pod));
    if (writtenRevisions.isStale(key, history, clock.now()) || writtenPods.isStale(key, members, clock.now()))
      return { requeueAfter: 5000 };
    const claim = { client, ownerKind: setKind, owner: set, selector: selectorFor(set) };
    const known = await claimObjects({ ...claim, kind: revisionKind, candidates: history });
    const own = await claimObjects({ ...claim, kind: podKind, candidates: members });
    const revision = await updateRevision(set, known);
    if (!revision) return undefined;
    const { update, collisions } = revision;
    if (!known.includes(update)) writtenRevisions.wrote(key, update);
    const current = known.find(({ metadata }) => metadata?.name === set.status?.currentRevision) ?? update;
    const todo = plan({ set, pods: own, current, update, collisionCount: collisions }, clock.now());
    const creates = todo.actions.some(({ verb }) => verb === "create");
    if (creates && !(await isStaying(client, setKind, set))) return undefined;
    const failure = await carryOutAll(set, todo.actions);
    const { status } = todo;
    const conditions = set.status?.conditions;
    if (status) {
      await writeStatus(client, setKind, set, (base) => ({
        ...base,
        status: { ...status, ...(conditions ? { conditions } : {}) },
      }));
    }
    for (const revision of planTruncation(set, known, own, [current, update])) await deleteRevision(client, revision);
    if (failure !== undefined) throw failure;
    return todo.requeueAfter === undefined ? undefined : { requeueAfter: Math.max(1, todo.requeueAfter) };
  };

  return createControllerLoop({
    name: "statefulset",
    clock,
    logger,
    caches: [sets, pods, revisions],
    connect: (queue) => [
      sets.addHandlers({
        onAdd: (set) => queue.add(keyOf(set)),
        onUpdate: (set) => queue.add(keyOf(set)),
        onDelete(set) {
          writtenRevisions.forget(keyOf(set));
          writtenPods.forget(keyOf(set));
          queue.add(keyOf(set));
        },
      }),
      owners.watch(queue, pods),
      pods.addHandlers({ onDelete: (pod) => forget(writtenPods, pod) }),
      revisions.addHandlers({ onDelete: (revision) => forget(writtenRevisions, revision) }),
      owners.watch(queue, revisions),
    ],
    reconcile,
    maxRetries: Number.POSITIVE_INFINITY,
  });
}
