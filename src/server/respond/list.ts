/** Lists as JSON: kept bytes between commas. */
import { apiVersionOf } from "../../api/kind.ts";
import { lengthOf } from "../../base/bytes.ts";
import type { Stored, StoredList } from "../../registry/registry.ts";
import { itemPieces } from "../../registry/stored.ts";
import type { Resource } from "../resources.ts";
import { listMeta, shownJson } from "./encode.ts";

const firstItem = Buffer.from("{");
const nextItem = Buffer.from(",{");
const comma = Buffer.from(",");
const nothing = Buffer.alloc(0);
const end = Buffer.from("]}\n");

export const listHead = (resource: Resource, list: StoredList): Buffer =>
  Buffer.from(
    JSON.stringify({
      kind: resource.kind.listKind,
      apiVersion: apiVersionOf(resource),
      metadata: listMeta(list),
      items: [],
    }).slice(0, -2),
  );

/** What follows {@link listHead}, in chunks of at least `chunkBytes` but for the last. */
export function* itemChunks(resource: Resource, items: readonly Stored[], chunkBytes: number): Generator<Buffer> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for (const [i, stored] of items.entries()) {
    const whole = resource.alternate !== undefined;
    const pieces = whole ? [shownJson(resource, stored)] : itemPieces(stored);
    parts.push(whole ? (i ? comma : nothing) : i ? nextItem : firstItem, ...pieces);
    size += lengthOf(pieces);
    if (size >= chunkBytes) {
      yield Buffer.concat(parts);
      parts = [];
      size = 0;
    }
  }
  parts.push(end);
  yield Buffer.concat(parts);
}

interface KeptList {
  readonly items: readonly Stored[];
  readonly bytes: Buffer;
}

/** Of small lists it is not worth it; large ones would take too much. */
const keepFrom = 32 * 1024;
const keepTo = 4 * 1024 * 1024;
const keepTotal = 16 * 1024 * 1024;

/**
 * Keeps the bytes of lists that were asked for lately: many clients ask for the same list at the same time, when they
 * start or poll. Whether the bytes still hold is decided by the identity of every item, so nothing has to be told of
 * changes.
 */
export class ListBytes {
  readonly #kept = new Map<string, KeptList>();
  #total = 0;

  /** @param key names the question, so that another list of other items does not take its place */
  itemsJson(key: string, resource: Resource, items: readonly Stored[]): Buffer {
    const kept = this.#kept.get(key);
    if (kept && sameItems(kept.items, items)) return kept.bytes;
    if (kept) this.#forget(key, kept);
    const bytes = Buffer.concat([...itemChunks(resource, items, Number.POSITIVE_INFINITY)]);
    if (bytes.byteLength >= keepFrom && bytes.byteLength <= keepTo) {
      this.#kept.set(key, { items, bytes });
      this.#total += bytes.byteLength;
      for (const [oldest, entry] of this.#kept) {
        if (this.#total <= keepTotal) break;
        this.#forget(oldest, entry);
      }
    }
    return bytes;
  }

  /** Forgets all: called from time to time, so that only what is asked for again and again is kept. */
  clear(): void {
    this.#kept.clear();
    this.#total = 0;
  }

  #forget(key: string, entry: KeptList): void {
    this.#kept.delete(key);
    this.#total -= entry.bytes.byteLength;
  }
}

const sameItems = (a: readonly Stored[], b: readonly Stored[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};
