import type { Clock, Random } from "../base/clock.ts";
import type { Backend } from "./proxy.ts";

/** Clients whose last backend is remembered; one more, and the one that was here longest ago is forgotten. */
const mostSessions = 65_536;

/**
 * Picks a backend per connection: uniformly at random, or, with affinity, the one that the same client used last if
 * that was within the affinity time and it is still there.
 */
export class Picker {
  #backends: readonly Backend[] = [];
  #affinitySeconds: number | undefined;
  readonly #sessions = new Map<string, { backend: Backend; until: number }>();
  readonly #clock: Clock;
  readonly #random: Random;
  /** Called for each connection that is made to a backend. */
  readonly used: (backend: Backend) => void;

  constructor(clock: Clock, random: Random, used: (backend: Backend) => void = () => {}) {
    this.#clock = clock;
    this.#random = random;
    this.used = used;
  }

  update(backends: readonly Backend[], affinitySeconds: number | undefined): void {
    this.#backends = backends;
    this.#affinitySeconds = affinitySeconds;
    for (const [client, session] of this.#sessions) {
      if (affinitySeconds === undefined || !this.serves(session.backend)) this.#sessions.delete(client);
    }
  }

  /** @param tried backends that did not answer and are not to be picked again */
  pick(client: string, tried: readonly Backend[] = []): Backend | undefined {
    const now = this.#clock.now();
    const session = this.#sessions.get(client);
    if (session && session.until > now && !tried.includes(session.backend))
      return this.#remember(client, session.backend, now);
    const left = this.#backends.filter((b) => !tried.includes(b));
    const chosen = left[Math.floor(this.#random.next() * left.length)];
    return chosen && this.#remember(client, chosen, now);
  }

  /** May this backend still be used? */
  serves(backend: Backend): boolean {
    return this.#backends.some((b) => b.ip === backend.ip && b.port === backend.port);
  }

  #remember(client: string, backend: Backend, now: number): Backend {
    if (this.#affinitySeconds === undefined) return backend;
    // The one used longest ago is the first, and the first to expire.
    this.#sessions.delete(client);
    this.#sessions.set(client, { backend, until: now + this.#affinitySeconds * 1000 });
    for (const [oldest, { until }] of this.#sessions) {
      if (until > now && this.#sessions.size <= mostSessions) break;
      this.#sessions.delete(oldest);
    }
    return backend;
  }
}
