const expireAfter = 300_000;

interface Expectation {
  creations: number;
  readonly deletions: Set<string>;
  readonly since: number;
}

/**
 * What a controller has done that its cache does not show yet. While creations or deletions are outstanding, acting
 * again on what the cache says would do them twice. After five minutes without the expected events the cache is
 * believed again.
 */
export class Expectations {
  readonly #byKey = new Map<string, Expectation>();

  /** @param uids of the objects about to be deleted */
  expect(key: string, creations: number, uids: readonly string[], now: number): void {
    this.#byKey.set(key, { creations, deletions: new Set(uids), since: now });
  }

  /** A creation was seen, or will never come. */
  created(key: string, count = 1): void {
    const expected = this.#byKey.get(key);
    if (expected) expected.creations -= count;
  }

  /** A deletion was seen, or will never come. */
  deleted(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid);
  }

  /** Was the object deleted, and the cache does not show it? */
  isDoomed(key: string, uid: string): boolean {
    return this.#byKey.get(key)?.deletions.has(uid) ?? false;
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  satisfied(key: string, now: number): boolean {
    const expected = this.#byKey.get(key);
    if (!expected) return true;
    return (expected.creations <= 0 && expected.deletions.size === 0) || now - expected.since > expireAfter;
  }

  /** Milliseconds until the expectation expires; undefined when there is none. */
  expiresIn(key: string, now: number): number | undefined {
    const expected = this.#byKey.get(key);
    return expected && Math.max(0, expected.since + expireAfter - now);
  }
}
