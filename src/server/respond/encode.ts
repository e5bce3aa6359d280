/** Objects as bytes for the wire, in the served version. */
import { apiVersionOf, type Kind, type KubeObject } from "../../api/kind.ts";
import { listJson } from "../../registry/list-json.ts";
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

export function shownListJson(resource: Resource, list: StoredList): Uint8Array {
  if (!resource.alternate) return listJson(resource.kind as unknown as Kind, list);
  const head = JSON.stringify({
    kind: resource.kind.listKind,
    apiVersion: apiVersionOf(resource),
    metadata: listMeta(list),
    items: [],
  }).slice(0, -2);
  const parts: Uint8Array[] = [Buffer.from(head)];
  list.items.forEach((stored, i) => {
    if (i) parts.push(comma);
    parts.push(shownJson(resource, stored));
  });
  parts.push(end);
  return Buffer.concat(parts);
}

const comma = Buffer.from(",");
const end = Buffer.from("]}\n");
