/** Objects as bytes for the wire, in the served version. */
import type { KubeObject } from "../../api/kind.ts";
import type { Stored, StoredList } from "../../registry/registry.ts";
import type { Resource } from "../resources.ts";

const alternateBytes = new WeakMap<object, WeakMap<Stored, Buffer>>();

/** The object as the resource's version shows it. */
export const shownObject = (resource: Resource, stored: Stored): KubeObject =>
  resource.alternate ? resource.alternate.fromStorage(stored.object as never) : stored.object;

/** The object's JSON in the resource's version: kept bytes for the storage version, made once for another. */
export function shownJson(resource: Resource, stored: Stored): Uint8Array {
  const { alternate } = resource;
  if (!alternate) return stored.json();
  let kept = alternateBytes.get(alternate);
  if (!kept) {
    kept = new WeakMap();
    alternateBytes.set(alternate, kept);
  }
  let bytes = kept.get(stored);
  if (!bytes) {
    bytes = Buffer.from(JSON.stringify(alternate.fromStorage(stored.object as never)));
    kept.set(stored, bytes);
  }
  return bytes;
}

export const listMeta = (list: StoredList) => ({
  resourceVersion: String(list.revision),
  ...(list.continue ? { continue: list.continue } : {}),
  ...(list.remaining ? { remainingItemCount: list.remaining } : {}),
});
