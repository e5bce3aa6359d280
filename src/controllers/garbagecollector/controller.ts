/** The shell of the garbage collector. */
import { semanticEqual } from "../../api/equal.ts";
import type { OwnerReference } from "../../api/generated/types.ts";
import type { KindRef, KubeObject, Verb } from "../../api/kind.ts";
import { isNotFound } from "../../base/errors.ts";
import type { ObjectName } from "../../client/client.ts";
import { createControllerLoop, type KeyQueue } from "../../client/controller-loop.ts";
import type { Controller, ControllerContext, ControllerFactory } from "../controller.ts";
import { Graph } from "./graph.ts";
import {
  type Action,
  finalizerPatch,
  foregroundFinalizer,
  isDeleting,
  isWaitingForDependents,
  mustUnblock,
  type OwnerState,
  orphanFinalizer,
  ownersPatch,
  plan,
} from "./plan.ts";

/** A kind and what may be done with it. */
export type ServedKind = KindRef & { readonly verbs: readonly Verb[] };

const nameOf = ({ metadata }: KubeObject): ObjectName => ({
  ...(metadata?.namespace ? { namespace: metadata.namespace } : {}),
  name: metadata?.name ?? "",
});

const isGoing = (state: OwnerState): boolean => state === "absent" || state === "waiting";

/** Is all the same that decides whether an object lives? What did not change is, as a rule, the very same value. */
const sameLifeline = ({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean =>
  a?.deletionTimestamp === b?.deletionTimestamp &&
  semanticEqual(a?.ownerReferences, b?.ownerReferences) &&
  semanticEqual(a?.finalizers, b?.finalizers);

/** Events come and go on their own. */
const isCollected = ({ kind, verbs }: ServedKind): boolean =>
  kind !== "Event" && (["list", "watch", "delete"] as const).every((verb) => verbs.includes(verb));

/** @param kinds all served kinds */
export const garbageCollector =
  (kinds: readonly ServedKind[]): ControllerFactory =>
  (context) =>
    create(context, kinds.filter(isCollected));

function create({ client, clock, logger, informers }: ControllerContext, kinds: readonly KindRef[]): Controller {
  const graph = new Graph(informers, kinds);

  /** The cache may not have an owner yet that is there already: only the server can say that one is gone. */
  const stateOf = async (object: KubeObject, owner: OwnerReference): Promise<OwnerState> => {
    const at = graph.ownerAt(object, owner);
    if (!at) return "unknown";
    const cached = at.informer.get(at.key);
    let found = cached?.metadata?.uid === owner.uid ? cached : undefined;
    if (!found) {
      try {
        const name = { ...(at.namespace ? { namespace: at.namespace } : {}), name: owner.name };
        found = await client.get(at.informer.kind, name);
      } catch (error) {
        if (isNotFound(error)) return "absent";
        throw error;
      }
    }
    if (found.metadata?.uid !== owner.uid) return "absent";
    return isWaitingForDependents(found) ? "waiting" : "present";
  };

  const decide = async (object: KubeObject): Promise<{ action: Action; dependents: readonly KubeObject[] }> => {
    const references = isDeleting(object) ? [] : (object.metadata?.ownerReferences ?? []);
    const owners = await Promise.all(
      references.map(async (reference) => ({ reference, state: await stateOf(object, reference) })),
    );
    // Most objects have an owner that is there, and looking through all kinds for their dependents takes long.
    const stays = owners.some(({ state }) => state === "present") && owners.every(({ state }) => !isGoing(state));
    if (stays) return { action: { action: "none" }, dependents: [] };
    const dependents = graph.dependentsOf(object.metadata?.uid ?? "").map((d) => d.object);
    return { action: plan({ object, owners, dependents }), dependents };
  };

  const patch = (kind: KindRef, object: KubeObject, body: unknown) =>
    client.patch(kind, nameOf(object), body, { type: "merge" });

  const orphanDependents = async (owner: KubeObject): Promise<void> => {
    const uid = owner.metadata?.uid ?? "";
    for (const { kind, object } of graph.dependentsOf(uid)) {
      try {
        await patch(
          kind,
          object,
          ownersPatch(object, (reference) => (reference.uid === uid ? undefined : reference)),
        );
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  };

  const carryOut = async (kind: KindRef, object: KubeObject, action: Action, dependents: readonly KubeObject[]) => {
    switch (action.action) {
      case "none":
        return;
      case "delete":
        if (mustUnblock(action, dependents))
          await patch(
            kind,
            object,
            ownersPatch(object, (owner) => ({ ...owner, blockOwnerDeletion: false })),
          );
        await client.delete(kind, nameOf(object), {
          propagationPolicy: action.propagation,
          preconditions: { ...(object.metadata?.uid ? { uid: object.metadata.uid } : {}) },
        });
        return;
      case "disown":
        await patch(
          kind,
          object,
          ownersPatch(object, (o) => (action.uids.includes(o.uid) ? undefined : o)),
        );
        return;
      case "orphanDependents":
        await orphanDependents(object);
        await patch(kind, object, finalizerPatch(object, orphanFinalizer));
        return;
      case "removeFinalizer":
        await patch(kind, object, finalizerPatch(object, action.finalizer));
        return;
      case "collectDependents":
        for (const dependent of graph.dependentsOf(object.metadata?.uid ?? ""))
          if (action.dependents.includes(dependent.object)) queue.add(graph.keyFor(dependent.kind, dependent.object));
    }
  };

  const loop = createControllerLoop({
    name: "garbage-collector",
    clock,
    logger,
    caches: graph.informers,
    workers: 20,
    maxRetries: Number.POSITIVE_INFINITY,
    connect: (queue) => graph.informers.map((informer) => informer.addHandlers(handlers(queue, informer.kind))),
    async reconcile(text) {
      const at = graph.locate(text);
      const cached = at?.informer.get(at.key);
      if (!at || !cached) return undefined;
      const first = await decide(cached);
      if (first.action.action === "none") return undefined;
      try {
        // Nothing irrevocable on the word of a cache.
        const fresh = await client.get(at.informer.kind, nameOf(cached));
        if (fresh.metadata?.uid !== cached.metadata?.uid) return undefined;
        const { action, dependents } = await decide(fresh);
        await carryOut(at.informer.kind, fresh, action, dependents);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return undefined;
    },
  });
  const queue: KeyQueue = loop;

  const handlers = (queue: KeyQueue, kind: KindRef) => {
    const look = (object: KubeObject) => {
      const { ownerReferences = [], finalizers = [] } = object.metadata ?? {};
      const leaves =
        isDeleting(object) && (finalizers.includes(foregroundFinalizer) || finalizers.includes(orphanFinalizer));
      if (leaves || (ownerReferences.length > 0 && !isDeleting(object))) queue.add(graph.keyFor(kind, object));
    };
    /** An owner that waits for this object may be free now. */
    const wakeWaitingOwners = (object: KubeObject) => {
      for (const reference of object.metadata?.ownerReferences ?? []) {
        const at = graph.ownerAt(object, reference);
        const owner = at?.informer.get(at.key);
        if (at && owner && isWaitingForDependents(owner)) queue.add(graph.keyFor(at.informer.kind, owner));
      }
    };
    const wakeDependents = (owner: KubeObject) => {
      for (const dependent of graph.dependentsOf(owner.metadata?.uid ?? ""))
        queue.add(graph.keyFor(dependent.kind, dependent.object));
    };
    return {
      onAdd: look,
      onUpdate(next: KubeObject, previous: KubeObject) {
        if (sameLifeline(next, previous)) return;
        look(next);
        wakeWaitingOwners(previous);
        if (isWaitingForDependents(next) && !isWaitingForDependents(previous)) wakeDependents(next);
      },
      onDelete(last: KubeObject) {
        wakeWaitingOwners(last);
        wakeDependents(last);
      },
    };
  };

  return loop;
}
