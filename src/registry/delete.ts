/** DELETE and DELETECOLLECTION. */
import type { Kind, KubeObject } from "../api/kind.ts";
import { badRequest, internalError, isNotFound, notFound } from "../base/errors.ts";
import { RevisionMismatchError } from "../store/store.ts";
import { admit, type Core, kindKey } from "./core.ts";
import { checkDeletePreconditions, type Deletion, namespaceFinalizers, planDeletion } from "./delete-rules.ts";
import { groupResourceOf, storageKey } from "./keys.ts";
import { listObjects } from "./read.ts";
import type { DeleteOptions, ListOptions, ObjectKey, RequestContext, Stored, StoredList } from "./registry.ts";
import { encode, redated, release, storedFrom, storedOf, transient } from "./stored.ts";

export interface Deleted<T extends KubeObject> {
  readonly stored: Stored<T>;
  readonly deleted: boolean;
}

export async function deleteObject<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  options: DeleteOptions,
  ctx: RequestContext,
): Promise<Deleted<T>> {
  checkOptions(options);
  const at = storageKey(kind, key);
  const dryRun = options.dryRun === true;
  for (;;) {
    ctx.signal?.throwIfAborted();
    const entry = await core.store.get(at);
    if (!entry) throw notFound(groupResourceOf(kind), key.name);
    const stored = storedOf<T>(entry);
    await admit(core, { operation: "DELETE", kind, ...key, previous: stored.object, dryRun, ctx });
    checkDeletePreconditions(kind, stored.object, options);
    const plan = isNamespace(kind)
      ? planNamespaceDeletion(kind, stored.object, options, core.clock.now())
      : planDeletion(kind, stored.object, options, core.clock.now());
    try {
      return await carryOut(core, kind, at, stored, plan, dryRun);
    } catch (error) {
      if (!(error instanceof RevisionMismatchError)) throw error;
      await core.store.settled();
    }
  }
}

/** @throws 422 */
function checkOptions({ propagationPolicy, orphanDependents }: DeleteOptions): void {
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    throw badRequest("orphanDependents and propagationPolicy cannot be both set");
  }
}

async function carryOut<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  at: string,
  stored: Stored<T>,
  plan: Deletion<T>,
  dryRun: boolean,
): Promise<Deleted<T>> {
  if (plan.type === "pending") return { stored, deleted: false };
  if (plan.type === "mark") {
    if (dryRun) return { stored: transient(plan.next, stored.revision), deleted: plan.thenRemove };
    const marked = storedFrom<T>(await core.store.commit(at, stored.revision, () => encode(plan.next)), plan.next);
    release(stored);
    if (!plan.thenRemove) return { stored: marked, deleted: false };
    return remove(core, kind, at, marked);
  }
  if (dryRun) return { stored, deleted: true };
  return remove(core, kind, at, stored);
}

async function remove<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  at: string,
  stored: Stored<T>,
): Promise<Deleted<T>> {
  const revision = await core.store.delete(at, stored.revision);
  core.hooks.get(kindKey(kind))?.afterDelete?.(stored.object);
  return { stored: redated(stored, revision), deleted: true };
}

const isNamespace = (kind: { readonly group: string; readonly kind: string }) =>
  kind.group === "" && kind.kind === "Namespace";

/** A namespace is marked and waits, whatever its finalizers, until its content is gone and `finalize` has said so. */
function planNamespaceDeletion<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
  options: DeleteOptions,
  now: number,
): Deletion<T> {
  if (object.metadata?.deletionTimestamp) {
    return namespaceFinalizers(object).length > 0 ? { type: "pending" } : planDeletion(kind, object, options, now);
  }
  const plan = planDeletion({ ...kind, gracePeriod: () => 0 }, object, options, now);
  if (plan.type !== "mark") return plan;
  const next = plan.next as T & { status?: { phase?: string } };
  next.status = { ...next.status, phase: "Terminating" };
  delete next.metadata?.deletionGracePeriodSeconds;
  return { type: "mark", next, thenRemove: plan.thenRemove && namespaceFinalizers(next).length === 0 };
}

/** Deletes what the selection holds, a page at a time. Objects that others delete meanwhile are no error. */
export async function deleteCollection<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  namespace: string,
  select: ListOptions,
  options: DeleteOptions,
  ctx: RequestContext,
): Promise<StoredList<T>> {
  const list = await listObjects(core.store, kind, namespace, select);
  const items = await Promise.all(
    list.items.map(async ({ object }) => {
      const { namespace: ns = "", name = "" } = object.metadata ?? {};
      try {
        return (await deleteObject(core, kind, { namespace: ns, name }, options, ctx)).stored;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        if (error instanceof Error) throw error;
        throw internalError(String(error));
      }
    }),
  );
  return { ...list, items: items.filter((stored) => stored !== undefined) };
}
