const initial = 1000;
const longest = 900_000;

/** Keeps the controller from fighting with a node that refuses its pods: waits double, up to a quarter of an hour. */
export class Backoff {
  readonly #entries = new Map<string, { delay: number; since: number }>();

  /** Milliseconds still to wait; undefined when there is nothing to wait for. */
  remaining(key: string, now: number): number | undefined {
    const entry = this.#entries.get(key);
    const left = entry ? entry.since + entry.delay - now : 0;
    return left > 0 ? left : undefined;
  }

  /** Starts the next wait. After long peace it is a short one again. */
  next(key: string, now: number): void {
    const entry = this.#entries.get(key);
    const isRecent = entry !== undefined && now - entry.since <= 2 * longest;
    this.#entries.set(key, { delay: isRecent ? Math.min(2 * entry.delay, longest) : initial, since: now });
  }

  /** @param prefix what the keys begin with */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${prefix}/`)) this.#entries.delete(key);
  }
}
