/** Objects as bytes for the wire, in the served version. */
import { apiVersionOf, type KubeObject } from "../../api/kind.ts";
import type { Stored, StoredList } from "../../registry/registry.ts";
import { itemTail } from "../../registry/stored.ts";
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

/** What follows the opening brace of a list's item: items don't repeat the kind and version that the list has. */
const tails = new WeakMap<Stored, Uint8Array>();

function tailOf(stored: Stored): Uint8Array {
  let tail = tails.get(stored);
  if (!tail) {
    tail = itemTail(stored);
    tails.set(stored, tail);
  }
  return tail;
}

const openItem = Buffer.from("{");
const nextItem = Buffer.from(",{");
const nextWhole = Buffer.from(",");
const end = Buffer.from("]}\n");

/** The list's JSON: kept bytes between commas, copied once. */
export function shownListJson(resource: Resource, list: StoredList): Uint8Array {
  const head = JSON.stringify({
    kind: resource.kind.listKind,
    apiVersion: apiVersionOf(resource),
    metadata: listMeta(list),
    items: [],
  }).slice(0, -2);
  const parts: Uint8Array[] = [Buffer.from(head)];
  for (const [i, stored] of list.items.entries()) {
    if (!resource.alternate) parts.push(i ? nextItem : openItem, tailOf(stored));
    else if (i) parts.push(nextWhole, shownJson(resource, stored));
    else parts.push(shownJson(resource, stored));
  }
  parts.push(end);
  return Buffer.concat(parts);
}
