/**
 * What a DELETE does to an object, decided without touching the store: mark it, change its finalizers, or let it go.
 * The rules and their order are upstream's (apiserver `registry/rest/delete.go`, `registry/generic/registry/store.go`).
 */
import { invalidValue, path } from "../api/field.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import { formatTime, parseTime } from "../base/clock.ts";
import { conflict, invalid } from "../base/errors.ts";
import type { DeleteOptions } from "./registry.ts";

const orphanFinalizer = "orphan";
const foregroundFinalizer = "foregroundDeletion";

export type Deletion<T extends KubeObject> =
  /** Remove it now. */
  | { readonly type: "remove" }
  /** Nothing to do: its deletion is under way. */
  | { readonly type: "pending" }
  /** Write `next`; then remove it, or wait for whoever must act first. */
  | { readonly type: "mark"; readonly next: T; readonly thenRemove: boolean };

export function planDeletion<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
  options: DeleteOptions,
  now: number,
): Deletion<T> {
  const meta = { ...object.metadata };
  // All but its metadata is shared: it is frozen, and stays as it is.
  const next: T = { ...object, metadata: meta };
  const grace = graceOf(kind, next, options, now);
  if (grace.type === "pending") return { type: "pending" };
  const before = meta.finalizers ?? [];
  const finalizers = finalizersFor(kind, before, options);
  const changed = finalizers.length !== before.length || finalizers.some((f, i) => f !== before[i]);
  if (changed) {
    if (finalizers.length > 0) meta.finalizers = finalizers;
    else delete meta.finalizers;
  }
  const waits = finalizers.length > 0;
  if (grace.type === "graceful") return { type: "mark", next, thenRemove: !waits && grace.seconds === 0 };
  if (!waits) return { type: "remove" };
  // Upstream's store makes no write of what is the same: whoever deletes when told of changes would never end.
  if (!changed && meta.deletionTimestamp && meta.deletionGracePeriodSeconds === 0) return { type: "pending" };
  markDeleted(next, now, 0);
  return { type: "mark", next, thenRemove: false };
}

type Grace =
  | { readonly type: "none" }
  | { readonly type: "pending" }
  | { readonly type: "graceful"; readonly seconds: number };

/** Marks the object when it is deleted gracefully, or its grace period shortened. Mutates. */
function graceOf<T extends KubeObject>(kind: Kind<T>, next: T, options: DeleteOptions, now: number): Grace {
  if (!kind.gracePeriod) return { type: "none" };
  const requested =
    options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds;
  const meta = next.metadata ?? {};
  if (!meta.deletionTimestamp) {
    const seconds = Math.max(0, kind.gracePeriod(next, requested));
    markDeleted(next, now, seconds);
    return { type: "graceful", seconds };
  }
  const current = meta.deletionGracePeriodSeconds ?? 0;
  if (current === 0) return { type: "none" };
  // A grace period that runs can only become shorter.
  if (requested === undefined || requested >= current) return { type: "pending" };
  const began = parseTime(meta.deletionTimestamp) - current * 1000;
  meta.deletionTimestamp = endOf(began, requested);
  meta.deletionGracePeriodSeconds = requested;
  return { type: "graceful", seconds: requested };
}

const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59);

/** When a grace period ends. @throws 422 for one so long that there is no such time */
function endOf(began: number, seconds: number): string {
  const end = began + seconds * 1000;
  if (end <= lastTime) return formatTime(end);
  const error = invalidValue(path("gracePeriodSeconds"), seconds, "must end before the year 10000");
  throw invalid("meta.k8s.io", "DeleteOptions", "", [error]);
}

function markDeleted(object: KubeObject, now: number, graceSeconds: number): void {
  object.metadata ??= {};
  const meta = object.metadata;
  meta.deletionGracePeriodSeconds = graceSeconds;
  if (meta.deletionTimestamp) return;
  meta.deletionTimestamp = endOf(now, graceSeconds);
  if (meta.generation) meta.generation += 1;
}

/** The finalizers that make the garbage collector do what the propagation policy says. */
function finalizersFor<T extends KubeObject>(
  kind: Kind<T>,
  before: readonly string[],
  { propagationPolicy, orphanDependents }: DeleteOptions,
): string[] {
  const foreground =
    propagationPolicy !== undefined
      ? propagationPolicy === "Foreground"
      : orphanDependents === undefined && before.includes(foregroundFinalizer);
  const orphan =
    propagationPolicy !== undefined
      ? propagationPolicy === "Orphan"
      : (orphanDependents ??
        (before.includes(orphanFinalizer) ||
          (!before.includes(foregroundFinalizer) && kind.defaultPropagation === "Orphan")));
  const wanted = [...(orphan ? [orphanFinalizer] : []), ...(foreground ? [foregroundFinalizer] : [])];
  const kept = before.filter((f) => (f !== orphanFinalizer && f !== foregroundFinalizer) || wanted.includes(f));
  return [...kept, ...wanted.filter((f) => !kept.includes(f))];
}

/**
 * After an update of an object under deletion: does it still have a reason to exist? It goes when its last finalizer
 * went and no grace period runs.
 */
export function finalizersLeft<T extends KubeObject>(kind: Kind<T>, next: T, previous: T): boolean {
  const meta = previous.metadata ?? {};
  if (!meta.deletionTimestamp || (meta.deletionGracePeriodSeconds ?? 0) > 0) return true;
  if ((next.metadata?.finalizers ?? []).length > 0) return true;
  return kind.group === "" && kind.kind === "Namespace" && namespaceFinalizers(next).length > 0;
}

/** `spec.finalizers`, which only namespaces have: it says that their content is not gone yet. */
export const namespaceFinalizers = (namespace: KubeObject): readonly string[] =>
  (namespace as { spec?: { finalizers?: readonly string[] } }).spec?.finalizers ?? [];

/** @throws 409 when the object is not the one that the caller means */
export function checkDeletePreconditions<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
  { preconditions }: DeleteOptions,
): void {
  const meta = object.metadata ?? {};
  const fail = (why: string) => conflict({ group: kind.group, resource: kind.kind }, meta.name ?? "", why);
  if (preconditions?.uid && preconditions.uid !== meta.uid) {
    throw fail(
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${meta.uid}). ` +
        "The object might have been deleted and then recreated",
    );
  }
  if (preconditions?.resourceVersion && preconditions.resourceVersion !== meta.resourceVersion) {
    throw fail(
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion ` +
        `in record (${meta.resourceVersion}). The object might have been modified`,
    );
  }
}
