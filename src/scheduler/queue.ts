import type { Pod } from "../api/generated/types.ts";
import { keyOf } from "../api/kind.ts";
import type { Cancel, Clock } from "../base/clock.ts";

const firstBackOff = 1_000;
const longestBackOff = 10_000;
/** A pod that no event has freed is tried again after this long. */
const longestPark = 300_000;

interface Waiting {
  pod: Pod;
  attempts: number;
  /** Not to be tried before, in milliseconds since the epoch. */
  notBefore: number;
  since: number;
  state: "active" | "backing off" | "parked";
  cancel?: Cancel;
}

/**
 * Pods that wait for a node. A pod that fits nowhere is parked until something changes that might help it, and is not
 * tried sooner than its back-off allows: 1 s, doubling up to 10 s.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #waiting = new Map<string, Waiting>();
  /** Those among them that wait for a change: few, when very many wait for their turn. */
  readonly #parked = new Set<Waiting>();
  #order = 0;

  /** @param wake called when there is something to {@link take} */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** A pod that is new, or has changed so that it may fit now. */
  add(pod: Pod): void {
    const key = keyOf(pod);
    const known = this.#waiting.get(key);
    if (known && known.pod.metadata?.uid === pod.metadata?.uid) {
      known.pod = pod;
      if (known.state === "parked") this.#release(known);
      return;
    }
    this.remove(key);
    const waiting: Waiting = { pod, attempts: 0, notBefore: 0, since: this.#order++, state: "active" };
    this.#waiting.set(key, waiting);
    this.#wake();
  }

  /** Takes over a newer version of a pod without trying it again. */
  refresh(pod: Pod): void {
    const known = this.#waiting.get(keyOf(pod));
    if (known) known.pod = pod;
  }

  remove(key: string): void {
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    waiting.cancel?.();
    this.#waiting.delete(key);
    this.#parked.delete(waiting);
  }

  /** All pods to try now: higher priority first, then in the order of their arrival. They stay in the queue. */
  take(): readonly Pod[] {
    return [...this.#waiting.values()]
      .filter((waiting) => waiting.state === "active")
      .sort((a, b) => (b.pod.spec?.priority ?? 0) - (a.pod.spec?.priority ?? 0) || a.since - b.since)
      .map((waiting) => waiting.pod);
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** The pod fits nowhere: waits for a change. */
  park(pod: Pod): void {
    const waiting = this.#failed(pod);
    waiting.state = "parked";
    this.#parked.add(waiting);
    waiting.cancel = this.#clock.after(longestPark, () => this.#release(waiting));
  }

  /** Something went wrong that has nothing to do with the cluster's state: tries again after the back-off. */
  retryLater(pod: Pod): void {
    this.#release(this.#failed(pod));
  }

  /** The cluster has changed: tries those again that it might help. */
  retry(helps: (pod: Pod) => boolean = () => true): void {
    for (const waiting of this.#parked) if (helps(waiting.pod)) this.#release(waiting);
  }

  stop(): void {
    for (const waiting of this.#waiting.values()) waiting.cancel?.();
    this.#waiting.clear();
    this.#parked.clear();
  }

  #failed(pod: Pod): Waiting {
    const key = keyOf(pod);
    const known = this.#waiting.get(key);
    const waiting: Waiting = known ?? { pod, attempts: 0, notBefore: 0, since: this.#order++, state: "active" };
    this.#waiting.set(key, waiting);
    waiting.cancel?.();
    waiting.attempts += 1;
    waiting.notBefore =
      this.#clock.now() + Math.min(longestBackOff, firstBackOff * 2 ** Math.min(waiting.attempts - 1, 10));
    return waiting;
  }

  #release(waiting: Waiting): void {
    waiting.cancel?.();
    this.#parked.delete(waiting);
    const delay = waiting.notBefore - this.#clock.now();
    if (delay <= 0) {
      waiting.state = "active";
      this.#wake();
      return;
    }
    waiting.state = "backing off";
    waiting.cancel = this.#clock.after(delay, () => {
      waiting.state = "active";
      this.#wake();
    });
  }
}
