import type { EndpointSlice } from "../../api/generated/types.ts";

const gone = Symbol("gone");
/** After this many milliseconds the cache is believed, whatever it lacks: the slice came and went unseen. */
const patience = 60_000;

/**
 * What was last written of each Service's slices. Until the cache shows it, planning on the cache would do the same
 * things twice.
 */
export class WrittenSlices {
  /** Resource versions by slice name, by Service key. */
  readonly #byService = new Map<string, Map<string, bigint | typeof gone>>();
  readonly #staleSince = new Map<string, number>();

  wrote(key: string, slice: EndpointSlice): void {
    this.#of(key).set(slice.metadata?.name ?? "", versionOf(slice));
  }

  deleted(key: string, slice: EndpointSlice): void {
    this.#of(key).set(slice.metadata?.name ?? "", gone);
  }

  forget(key: string): void {
    this.#byService.delete(key);
    this.#staleSince.delete(key);
  }

  /** Does the cache lack something written? What it shows, or has overtaken, is forgotten. */
  isStale(key: string, cached: readonly EndpointSlice[], now: number): boolean {
    const written = this.#byService.get(key);
    if (!written) return false;
    const seen = new Map(cached.map((slice) => [slice.metadata?.name ?? "", versionOf(slice)]));
    for (const [name, version] of written) {
      const now = seen.get(name);
      if (version === gone ? now === undefined : now !== undefined && now >= version) written.delete(name);
    }
    const since = this.#staleSince.get(key) ?? now;
    if (written.size === 0 || now - since >= patience) {
      this.forget(key);
      return false;
    }
    this.#staleSince.set(key, since);
    return true;
  }

  /** A slice that somebody else deleted will not show up again. */
  vanished(key: string, slice: EndpointSlice): void {
    this.#byService.get(key)?.delete(slice.metadata?.name ?? "");
  }

  #of(key: string): Map<string, bigint | typeof gone> {
    const known = this.#byService.get(key) ?? new Map<string, bigint | typeof gone>();
    this.#byService.set(key, known);
    return known;
  }
}

const versionOf = (slice: EndpointSlice): bigint => {
  const text = slice.metadata?.resourceVersion ?? "";
  return /^[0-9]+$/.test(text) ? BigInt(text) : 0n;
};
