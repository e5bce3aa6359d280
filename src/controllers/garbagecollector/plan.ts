/**
 * What the garbage collector does to one object (upstream's `controller/garbagecollector`). Pure.
 *
 * An object lives as long as one of its owners does. One that is deleted with its dependents in the foreground waits
 * for those that block it; one whose dependents are to be orphaned lets go of them first.
 */
import type { OwnerReference } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

type Propagation = "Background" | "Foreground" | "Orphan";

/**
 * What has become of an owner: there; gone, or replaced by another object of its name; deleted and waiting for its
 * dependents; or of a kind that cannot be looked up, so that nothing is known.
 */
export type OwnerState = "present" | "absent" | "waiting" | "unknown";

export interface Snapshot {
  readonly object: KubeObject;
  readonly owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[];
  /** Objects that name this one as an owner. */
  readonly dependents: readonly KubeObject[];
}

export type Action =
  | { readonly action: "none" }
  /** Deletes it, unless it is another object by now. */
  | { readonly action: "delete"; readonly propagation: Propagation }
  /** Takes these owners out of its references. */
  | { readonly action: "disown"; readonly uids: readonly string[] }
  /** Takes it out of the references of its dependents, then takes the finalizer away. */
  | { readonly action: "orphanDependents"; readonly dependents: readonly KubeObject[] }
  /** Looks at its dependents, which wait for nobody, so that they go. */
  | { readonly action: "collectDependents"; readonly dependents: readonly KubeObject[] }
  | { readonly action: "removeFinalizer"; readonly finalizer: string };

const has = (object: KubeObject, finalizer: string) => (object.metadata?.finalizers ?? []).includes(finalizer);
export const isDeleting = (object: KubeObject): boolean => object.metadata?.deletionTimestamp !== undefined;

/** Deleted in the foreground: it is there only until its dependents are gone. */
export const isWaitingForDependents = (object: KubeObject): boolean =>
  isDeleting(object) && has(object, foregroundFinalizer);

const blocks = (dependent: KubeObject, owner: KubeObject): boolean =>
  (dependent.metadata?.ownerReferences ?? []).some(
    ({ uid, blockOwnerDeletion }) => uid === owner.metadata?.uid && blockOwnerDeletion,
  );

export function plan({ object, owners, dependents }: Snapshot): Action {
  if (isDeleting(object)) {
    if (has(object, orphanFinalizer)) return { action: "orphanDependents", dependents };
    if (has(object, foregroundFinalizer)) {
      const blocking = dependents.filter((dependent) => blocks(dependent, object));
      if (blocking.length === 0) return { action: "removeFinalizer", finalizer: foregroundFinalizer };
      return { action: "collectDependents", dependents: blocking.filter((dependent) => !isDeleting(dependent)) };
    }
    return { action: "none" };
  }
  if (owners.length === 0) return { action: "none" };
  const inState = (state: OwnerState) => owners.filter((owner) => owner.state === state);
  const gone = [...inState("absent"), ...inState("waiting")];
  if (gone.length < owners.length) {
    if (gone.length === 0 || inState("present").length === 0) return { action: "none" };
    return { action: "disown", uids: gone.map(({ reference }) => reference.uid) };
  }
  // Dependents of its own come first when somebody waits for all of this to be gone.
  if (inState("waiting").length > 0 && dependents.length > 0) return { action: "delete", propagation: "Foreground" };
  if (has(object, orphanFinalizer)) return { action: "delete", propagation: "Orphan" };
  return { action: "delete", propagation: has(object, foregroundFinalizer) ? "Foreground" : "Background" };
}

/**
 * Objects that wait for each other would wait for ever: before one with dependents that are going in the foreground
 * themselves is deleted in the foreground, it stops blocking its own owners.
 */
export const mustUnblock = (action: Action, dependents: readonly KubeObject[]): boolean =>
  action.action === "delete" && action.propagation === "Foreground" && dependents.some(isWaitingForDependents);

/** Merge patch that keeps only owners for which `keep` holds; fails when the object has changed meanwhile. */
export const ownersPatch = (object: KubeObject, keep: (owner: OwnerReference) => OwnerReference | undefined) => ({
  metadata: {
    uid: object.metadata?.uid,
    resourceVersion: object.metadata?.resourceVersion,
    ownerReferences: (object.metadata?.ownerReferences ?? []).flatMap((owner) => keep(owner) ?? []),
  },
});

/** Merge patch that removes a finalizer; fails when the object has changed meanwhile. */
export const finalizerPatch = (object: KubeObject, finalizer: string) => ({
  metadata: {
    uid: object.metadata?.uid,
    resourceVersion: object.metadata?.resourceVersion,
    finalizers: (object.metadata?.finalizers ?? []).filter((f) => f !== finalizer),
  },
});
