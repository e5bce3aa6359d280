/** Which objects belong to a controller: adopting and releasing (upstream's controller ref manager). Pure. */
import type { OwnerReference } from "../api/generated/types.ts";
import { apiVersionOf, type KindRef, type KubeObject } from "../api/kind.ts";
import { matchesLabels, type Selector } from "../api/labels.ts";

export interface Claim<T extends KubeObject> {
  /** Belong to the owner already. */
  readonly owned: readonly T[];
  /** Belong to nobody and match: to be adopted. The owner must first be read afresh and still be there. */
  readonly adopt: readonly T[];
  /** Belong to the owner but no longer match: to be released. */
  readonly release: readonly T[];
}

/** The owner reference that is the controller. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata?.ownerReferences?.find((owner) => owner.controller);

export const isDeleting = (object: KubeObject): boolean => object.metadata?.deletionTimestamp !== undefined;

/** The reference that makes `owner` the controller of something. */
export const controllerReference = (kind: KindRef, owner: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: owner.metadata?.name ?? "",
  uid: owner.metadata?.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
});

/** @param candidates objects of the owner's namespace: the owned ones and those without a controller */
export function claim<T extends KubeObject>(owner: KubeObject, selector: Selector, candidates: readonly T[]): Claim<T> {
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = matchesLabels(selector, object.metadata?.labels);
    if (controller) {
      if (controller.uid !== owner.metadata?.uid) continue;
      if (matches) owned.push(object);
      else if (!isDeleting(owner)) release.push(object);
    } else if (matches && !isDeleting(owner) && !isDeleting(object)) adopt.push(object);
  }
  return { owned, adopt, release };
}

/** Strategic merge patch that makes the owner the controller; fails when the object was replaced meanwhile. */
export const adoptPatch = (kind: KindRef, owner: KubeObject, object: KubeObject) => ({
  metadata: { uid: object.metadata?.uid, ownerReferences: [controllerReference(kind, owner)] },
});

/** Strategic merge patch that removes the owner from the object's owners. */
export const releasePatch = (owner: KubeObject, object: KubeObject) => ({
  metadata: { uid: object.metadata?.uid, ownerReferences: [{ $patch: "delete", uid: owner.metadata?.uid }] },
});
