/**
 * Objects as they are kept. The bytes in the store are the truth: JSON that begins with `kind`, `apiVersion` and
 * `metadata`, without resourceVersion. Decoding happens when somebody looks; encoding for a reader is two copies
 * around the spliced-in revision. A store in memory has the bytes made when somebody reads them: in process, nobody may.
 */
import type { ManagedFieldsEntry, ObjectMeta } from "../api/generated/types.ts";
import type { KubeObject } from "../api/kind.ts";
import type { Entry, StoreEvent } from "../store/store.ts";
import { textOf } from "./apply/shared-sets.ts";
import { quoted } from "./quoted.ts";
import type { Stored } from "./registry.ts";
import { freeze, type JsonObject } from "./values.ts";

const decoder = new TextDecoder();

/** The bytes to store. `metadata` must be present. */
export function encode(object: KubeObject): Buffer {
  const { kind = "", apiVersion = "" } = object;
  const start = `{"kind":${quoted(kind)},"apiVersion":${quoted(apiVersion)},"metadata":${metadataJson(object.metadata)}`;
  const more: JsonObject = {};
  for (const key in object) if (!isHead(key)) more[key] = object[key as keyof KubeObject];
  const rest = JSON.stringify(more);
  return Buffer.from(rest === "{}" ? `${start}}` : `${start},${rest.slice(1)}`);
}

const isHead = (key: string): boolean => key === "kind" || key === "apiVersion" || key === "metadata";

/** Of most objects' metadata half is managed fields, which others have too, and whose JSON is at hand. They come last. */
function metadataJson(metadata: ObjectMeta = {}): string {
  const { managedFields } = metadata;
  const text = JSON.stringify(copyWithout(metadata, "managedFields"));
  if (managedFields === undefined) return text;
  const fields = `"managedFields":[${managedFields.map(managedJson).join(",")}]}`;
  return text === "{}" ? `{${fields}` : `${text.slice(0, -1)},${fields}`;
}

function managedJson(entry: ManagedFieldsEntry): string {
  const fields = textOf(entry.fieldsV1);
  if (fields === undefined) return JSON.stringify(entry);
  let text = "";
  for (const key in entry) {
    const value = entry[key as keyof ManagedFieldsEntry];
    if (value === undefined) continue;
    text += `${text ? "," : "{"}"${key}":${key === "fieldsV1" ? fields : quoted(value as string)}`;
  }
  return `${text}}`;
}

/** The object with other metadata, beginning as it is stored. Faster than rest properties, on a path that all take. */
function inOrder(object: KubeObject, metadata: object): JsonObject {
  const out: JsonObject = { kind: object.kind, apiVersion: object.apiVersion, metadata };
  for (const key in object) if (!isHead(key)) out[key] = object[key as keyof KubeObject];
  return out;
}

/** A copy of metadata without what is undefined, without its revision, and without one more field. */
function copyWithout(metadata: object, field: string): JsonObject {
  const out: JsonObject = {};
  for (const key in metadata) {
    const value: unknown = metadata[key as keyof object];
    if (value !== undefined && key !== "resourceVersion" && key !== field) out[key] = value;
  }
  return out;
}

const metadataStart = Buffer.from('"metadata":{');
const newline = Buffer.from("\n");

class StoredValue<T extends KubeObject> implements Stored<T> {
  readonly revision: number;
  private readonly kept: Pick<Entry, "value">;
  /** Kept for as long as somebody else holds it, or memory is not short: the value can be decoded again. */
  private decoded: WeakRef<T> | undefined;
  private encoded: Buffer | undefined;

  constructor(kept: Pick<Entry, "value">, revision: number, decoded?: T) {
    this.kept = kept;
    this.revision = revision;
    if (decoded) this.decoded = new WeakRef(decoded);
  }

  get value(): Uint8Array {
    return this.kept.value;
  }

  get object(): T {
    const known = this.decoded?.deref();
    if (known) return known;
    const object = JSON.parse(decoder.decode(this.value));
    object.metadata = withRevision(object.metadata, this.revision);
    this.decoded = new WeakRef(freeze(object) as T);
    return object;
  }

  release(): void {
    this.encoded = undefined;
  }

  json(): Uint8Array {
    return this.line().subarray(0, -1);
  }

  line(): Buffer {
    this.encoded ??= Buffer.concat([...this.pieces(0), newline]);
    return this.encoded;
  }

  /** The JSON from a byte of the value on that is at or before its metadata, one piece after the other. */
  pieces(from: number): Uint8Array[] {
    if (this.encoded) return [this.encoded.subarray(from, -1)];
    const bytes = bufferOf(this.value);
    if (this.revision === 0) return [bytes.subarray(from)];
    const at = bytes.indexOf(metadataStart) + metadataStart.length;
    const empty = bytes[at] === 0x7d; // "}"
    const splice = Buffer.from(`"resourceVersion":"${this.revision}"${empty ? "" : ","}`, "latin1");
    return [bytes.subarray(from, at), splice, bytes.subarray(at)];
  }
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** In the order of the bytes. */
function withRevision(metadata: ObjectMeta = {}, revision: number): JsonObject {
  const out = copyWithout(metadata, "managedFields");
  if (metadata.managedFields !== undefined) out.managedFields = metadata.managedFields;
  if (revision !== 0) out.resourceVersion = String(revision);
  return out;
}

const byEntry = new WeakMap<Entry, Stored>();
const byEvent = new WeakMap<StoreEvent, Stored>();

/** The object of an entry. The same entry gives the same `Stored`. */
export function storedOf<T extends KubeObject>(entry: Entry): Stored<T> {
  let stored = byEntry.get(entry);
  if (!stored) {
    stored = new StoredValue(entry, entry.modRevision);
    byEntry.set(entry, stored);
  }
  return stored as Stored<T>;
}

/** Like {@link storedOf} for an entry just written, whose object is at hand. Freezes `object`. */
export function storedFrom<T extends KubeObject>(entry: Entry, object: T): Stored<T> {
  const known = byEntry.get(entry);
  if (known) return known as Stored<T>;
  const stored = transient(object, entry.modRevision, entry);
  byEntry.set(entry, stored);
  return stored;
}

/** The same object with another resourceVersion: an object that is gone is dated with its deletion. */
export const redated = <T extends KubeObject>(stored: Stored<T>, revision: number): Stored<T> =>
  transient(stored.object, revision, stored instanceof StoredValue ? stored : undefined);

/** A newer revision has taken its place: history keeps the value, and not the bytes that were made of it. */
export function release(stored: Stored): void {
  if (stored instanceof StoredValue) stored.release();
}

/** What an event's key held before it, dated with the event: what a watch says of an object that is gone. */
export function lastState<T extends KubeObject>(event: StoreEvent): Stored<T> {
  let stored = byEvent.get(event);
  if (!stored) {
    const { previous } = event;
    if (!previous) throw new RangeError(`revision ${event.revision} has no state before it`);
    stored = redated(storedOf(previous), event.revision);
    byEvent.set(event, stored);
  }
  return stored as Stored<T>;
}

/** An object that is not in the store, as a dry run answers it. A `revision` of 0 stands for none. Freezes `object`. */
export function transient<T extends KubeObject>(
  object: T,
  revision: number,
  kept: Pick<Entry, "value"> = { value: encode(object) },
) {
  const metadata = withRevision(object.metadata, revision);
  return new StoredValue(kept, revision, freeze(inOrder(object, metadata) as unknown as T)) as Stored<T>;
}

/** The object's JSON as it is answered: with a line break at its end, where that costs no copy. */
export const answeredJson = (stored: Stored): Uint8Array =>
  stored instanceof StoredValue ? stored.line() : stored.json();

/** The object's JSON in pieces that follow one another: of what is passed on once, no whole is made and kept. */
export const jsonPieces = (stored: Stored): readonly Uint8Array[] =>
  stored instanceof StoredValue ? stored.pieces(0) : [stored.json()];

/**
 * The object as an item of a list: without `kind` and `apiVersion`, which upstream leaves to the list.
 * What follows the opening brace, in pieces.
 */
export function itemPieces(stored: Stored): readonly Uint8Array[] {
  const from = (json: Uint8Array) => bufferOf(json).indexOf(metadataStart);
  if (stored instanceof StoredValue) return stored.pieces(from(stored.value));
  const json = stored.json();
  return [json.subarray(from(json))];
}
