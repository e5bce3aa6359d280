/** How many pods of a workload there are, count as available, and do their work. Pure but for what it remembers. */
import type { Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { availableAt, isActive } from "../../controllers/pod-state.ts";
import { worksAfter } from "../scenarios.ts";
import { versionOf } from "./stand-in.ts";

export interface Counts {
  /** Neither ended nor being deleted. */
  readonly pods: number;
  /** Of these: ready for `minReadySeconds`, as its controller counts. */
  readonly available: number;
  /** Of these: all containers run on a machine that has power, and are done starting. */
  readonly working: number;
  /** Both. */
  readonly serving: number;
}

/** A pod, and what follows from it: counting happens far more often than a pod changes. Times are milliseconds. */
interface Seen {
  readonly pod: Pod;
  /** By container id: since when it runs. */
  readonly since: ReadonlyMap<string, number>;
  readonly active: boolean;
  readonly availableFrom: number;
  readonly worksFrom: number;
}

export class PodCounts {
  readonly #seen = new Map<string, Seen>();
  readonly #dead = new Set<string>();
  readonly #minReadySeconds: number;

  constructor(minReadySeconds: number) {
    this.#minReadySeconds = minReadySeconds;
  }

  get pods(): readonly Pod[] {
    return [...this.#seen.values()].map(({ pod }) => pod);
  }

  /** Those that have neither ended nor are being deleted. */
  get active(): readonly Pod[] {
    return [...this.#seen.values()].filter(({ active }) => active).map(({ pod }) => pod);
  }

  isAvailable(pod: Pod, now: number): boolean {
    const seen = this.#seen.get(keyOf(pod));
    return seen?.active === true && seen.availableFrom <= now;
  }

  /** @param startedBefore what runs has been running for long */
  see(pod: Pod, now: number, startedBefore = false): void {
    const before = this.#seen.get(keyOf(pod))?.since;
    const since = new Map<string, number>();
    for (const { containerID, state } of pod.status?.containerStatuses ?? [])
      if (containerID && state?.running)
        since.set(containerID, before?.get(containerID) ?? (startedBefore ? Number.NEGATIVE_INFINITY : now));
    this.#seen.set(keyOf(pod), {
      pod,
      since,
      active: isActive(pod),
      availableFrom: availableAt(pod, this.#minReadySeconds),
      worksFrom: worksFrom(pod, since),
    });
  }

  forget(pod: Pod): void {
    this.#seen.delete(keyOf(pod));
  }

  /** A node has lost its power. */
  lose(node: string): void {
    this.#dead.add(node);
  }

  at(now: number): Counts {
    const counts = { pods: 0, available: 0, working: 0, serving: 0 };
    for (const { pod, active, availableFrom, worksFrom } of this.#seen.values()) {
      if (!active) continue;
      const available = availableFrom <= now;
      const working = worksFrom <= now && !this.#dead.has(pod.spec?.nodeName ?? "");
      counts.pods++;
      if (available) counts.available++;
      if (working) counts.working++;
      if (available && working) counts.serving++;
    }
    return counts;
  }
}

/** When the last of its containers is done starting; infinity when one does not run, or never will be. */
function worksFrom({ spec, status }: Pod, since: ReadonlyMap<string, number>): number {
  const times = (spec?.containers ?? []).map(({ name, image }) => {
    const id = status?.containerStatuses?.find((container) => container.name === name)?.containerID;
    const from = id === undefined ? undefined : since.get(id);
    const version = versionOf(image);
    const after = version && worksAfter[version];
    return from === undefined || after === undefined ? Number.POSITIVE_INFINITY : from + after * 1000;
  });
  return Math.max(...times);
}
