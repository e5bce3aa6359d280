import type { KubeObject } from "../api/kind.ts";

/** Deleted, under the UID that it had. */
interface Gone {
  readonly uid: string | undefined;
}
/** After this many milliseconds the cache is believed, whatever it lacks: the object came and went unseen. */
const patience = 60_000;

/**
 * What a controller last wrote of the objects that belong to a key. Until the cache shows it, planning on the cache would
 * do the same things twice, or count on what has changed.
 */
export class WrittenObjects {
  /** Resource versions, or that it is gone, by name, by key of the owner. */
  readonly #byOwner = new Map<string, Map<string, bigint | Gone>>();
  readonly #staleSince = new Map<string, number>();

  wrote(key: string, object: KubeObject): void {
    this.#of(key).set(object.metadata?.name ?? "", versionOf(object));
  }

  deleted(key: string, object: KubeObject): void {
    this.#of(key).set(object.metadata?.name ?? "", { uid: object.metadata?.uid });
  }

  forget(key: string): void {
    this.#byOwner.delete(key);
    this.#staleSince.delete(key);
  }

  /** Does the cache lack something written? What it shows, or has overtaken, is forgotten. */
  isStale(key: string, cached: readonly KubeObject[], now: number): boolean {
    const written = this.#byOwner.get(key);
    if (!written) return false;
    const seen = new Map(cached.map((object) => [object.metadata?.name ?? "", object]));
    for (const [name, wanted] of written) if (shows(seen.get(name), wanted)) written.delete(name);
    const since = this.#staleSince.get(key) ?? now;
    if (written.size === 0 || now - since >= patience) {
      this.forget(key);
      return false;
    }
    this.#staleSince.set(key, since);
    return true;
  }

  /** An object that somebody else deleted will not show up again. */
  vanished(key: string, object: KubeObject): void {
    this.#byOwner.get(key)?.delete(object.metadata?.name ?? "");
  }

  #of(key: string): Map<string, bigint | Gone> {
    const known = this.#byOwner.get(key) ?? new Map<string, bigint | Gone>();
    this.#byOwner.set(key, known);
    return known;
  }
}

/** An object that is being deleted counts as gone. */
function shows(object: KubeObject | undefined, wanted: bigint | Gone): boolean {
  if (typeof wanted === "bigint") return object !== undefined && versionOf(object) >= wanted;
  return !object || object.metadata?.uid !== wanted.uid || object.metadata?.deletionTimestamp !== undefined;
}

const versionOf = (object: KubeObject): bigint => {
  const text = object.metadata?.resourceVersion ?? "";
  return /^[0-9]+$/.test(text) ? BigInt(text) : 0n;
};
