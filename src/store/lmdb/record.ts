/**
 * One write in the log, keyed by its revision: a byte for put or delete, the length of the key (32 bits), the revision
 * that created the key (a double, exact below 2^53), the key in UTF-8, the value.
 */
import type { StoreEvent } from "../store.ts";

const put = 1;
const remove = 2;
const header = 13;

export interface LogRecord {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly createRevision: number;
  readonly value: Uint8Array;
}

/** @returns its pieces, one after the other: the value is not copied */
export function encodeRecord(event: StoreEvent): readonly Uint8Array[] {
  const isPut = event.type === "put";
  const key = isPut ? event.entry.key : event.key;
  const keyBytes = Buffer.byteLength(key);
  const head = Buffer.allocUnsafe(header + keyBytes);
  head[0] = isPut ? put : remove;
  head.writeUInt32LE(keyBytes, 1);
  head.writeDoubleLE(isPut ? event.entry.createRevision : event.previous.createRevision, 5);
  head.write(key, header);
  return isPut ? [head, event.entry.value] : [head];
}

/** @param bytes may be reused by the caller: what is kept is copied */
export function decodeRecord(bytes: Uint8Array): LogRecord {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const valueStart = header + buffer.readUInt32LE(1);
  return {
    type: buffer[0] === put ? "put" : "delete",
    key: buffer.toString("utf8", header, valueStart),
    createRevision: buffer.readDoubleLE(5),
    value: Uint8Array.prototype.slice.call(buffer, valueStart),
  };
}
