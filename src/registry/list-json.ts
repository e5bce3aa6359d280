/** A list as JSON on the wire: kept bytes between commas, nothing encoded again. */
import { apiVersionOf, type Kind, type KubeObject } from "../api/kind.ts";
import type { StoredList } from "./registry.ts";
import { itemTail } from "./stored.ts";

/** Size at which a chunk is handed on. */
const chunkBytes = 256 * 1024;

const open = Buffer.from("{");
const next = Buffer.from(",{");
const end = Buffer.from("]}\n");

const head = <T extends KubeObject>(kind: Kind<T>, list: StoredList<T>): Buffer => {
  const metadata = {
    resourceVersion: String(list.revision),
    ...(list.continue ? { continue: list.continue } : {}),
    ...(list.remaining ? { remainingItemCount: list.remaining } : {}),
  };
  const text = JSON.stringify({ kind: kind.listKind, apiVersion: apiVersionOf(kind), metadata, items: [] });
  return Buffer.from(text.slice(0, -2));
};

/** The list in chunks of about 256 KiB, for a reader that applies back-pressure between them. */
export function* listChunks<T extends KubeObject>(kind: Kind<T>, list: StoredList<T>): Generator<Buffer> {
  let parts: Uint8Array[] = [head(kind, list)];
  let size = 0;
  for (const [i, stored] of list.items.entries()) {
    const tail = itemTail(stored);
    parts.push(i === 0 ? open : next, tail);
    size += tail.length;
    if (size >= chunkBytes) {
      yield Buffer.concat(parts);
      parts = [];
      size = 0;
    }
  }
  parts.push(end);
  yield Buffer.concat(parts);
}

/** The whole list in one buffer. */
export const listJson = <T extends KubeObject>(kind: Kind<T>, list: StoredList<T>): Buffer =>
  Buffer.concat([...listChunks(kind, list)]);
