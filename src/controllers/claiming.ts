/** Carries out a {@link claim}: patches what is to be adopted and released. */
import type { KindRef, KubeObject } from "../api/kind.ts";
import type { Selector } from "../api/labels.ts";
import { conflict, isNotFound, isStatus } from "../base/errors.ts";
import type { Client, ObjectName } from "../client/client.ts";
import { adoptPatch, claim, isDeleting, releasePatch } from "./ownership.ts";

export interface ClaimRequest<O extends KubeObject, T extends KubeObject> {
  readonly client: Client;
  readonly ownerKind: KindRef<O>;
  readonly owner: O;
  readonly selector: Selector;
  readonly kind: KindRef<T>;
  readonly candidates: readonly T[];
}

const nameOf = (object: KubeObject): ObjectName => ({
  ...(object.metadata?.namespace ? { namespace: object.metadata.namespace } : {}),
  name: object.metadata?.name ?? "",
});

/**
 * Resolves with what belongs to the owner, adopted ones included.
 * @throws when the owner has been replaced or is being deleted, so that nothing may be adopted; and what a patch throws
 */
export async function claimObjects<O extends KubeObject, T extends KubeObject>(
  request: ClaimRequest<O, T>,
): Promise<readonly T[]> {
  const { client, ownerKind, owner, selector, kind, candidates } = request;
  const { owned, adopt, release } = claim(owner, selector, candidates);
  if (adopt.length === 0 && release.length === 0) return owned;
  for (const object of release)
    await ignoringGone(client.patch(kind, nameOf(object), releasePatch(owner, object), { type: "strategic" }));
  if (adopt.length === 0) return owned;
  await assertMayAdopt(client, ownerKind, owner);
  const adopted: T[] = [];
  for (const object of adopt) {
    const patch = adoptPatch(ownerKind, owner, object);
    const result = await ignoringGone(client.patch(kind, nameOf(object), patch, { type: "strategic" }));
    if (result) adopted.push(result);
  }
  return [...owned, ...adopted];
}

/**
 * Is the owner still itself, and is it to stay? Read afresh, for the cached one may be old: what is created for one that
 * is going away in the foreground is collected at once, and would be created again for as long as the cache lags.
 */
export async function isStaying<O extends KubeObject>(client: Client, kind: KindRef<O>, owner: O): Promise<boolean> {
  try {
    const fresh = await client.get(kind, nameOf(owner));
    return fresh.metadata?.uid === owner.metadata?.uid && !isDeleting(fresh);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** The cached owner may be old; adopting for one that is going away would undo its orphaning. */
async function assertMayAdopt<O extends KubeObject>(client: Client, kind: KindRef<O>, owner: O): Promise<void> {
  const fresh = await client.get(kind, nameOf(owner));
  const refuse = (why: string) =>
    conflict({ group: kind.group, resource: kind.plural }, owner.metadata?.name ?? "", `can't adopt: ${why}`);
  if (fresh.metadata?.uid !== owner.metadata?.uid) throw refuse("it has been replaced");
  if (isDeleting(fresh)) throw refuse("it is being deleted");
}

/** An object that is gone (404), or replaced under its name (409 or 422 for the UID), need not be patched. */
async function ignoringGone<T>(patch: Promise<T>): Promise<T | undefined> {
  try {
    return await patch;
  } catch (error) {
    if (isStatus(error, "NotFound") || isStatus(error, "Invalid") || isStatus(error, "Conflict")) return undefined;
    throw error;
  }
}
