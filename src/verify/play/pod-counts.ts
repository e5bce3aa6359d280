/** How many pods of a Deployment there are, count as available, and do their work. Pure but for what it remembers. */
import type { Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { availableAt, isActive } from "../../controllers/pod-state.ts";
import { worksAfter } from "../scenarios.ts";
import { versionOf } from "./stand-in.ts";

export interface Counts {
  /** Neither ended nor being deleted. */
  readonly pods: number;
  /** Of these: ready for `minReadySeconds`, as the Deployment controller counts. */
  readonly available: number;
  /** Of these: all containers run on a machine that has power, and are done starting. */
  readonly working: number;
  /** Both. */
  readonly serving: number;
}

interface Seen {
  readonly pod: Pod;
  /** By container id: since when it runs, in milliseconds since the epoch. */
  readonly since: ReadonlyMap<string, number>;
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

  /** @param startedBefore what runs has been running for long */
  see(pod: Pod, now: number, startedBefore = false): void {
    const before = this.#seen.get(keyOf(pod))?.since;
    const since = new Map<string, number>();
    for (const { containerID, state } of pod.status?.containerStatuses ?? [])
      if (containerID && state?.running)
        since.set(containerID, before?.get(containerID) ?? (startedBefore ? Number.NEGATIVE_INFINITY : now));
    this.#seen.set(keyOf(pod), { pod, since });
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
    for (const seen of this.#seen.values()) {
      if (!isActive(seen.pod)) continue;
      const available = availableAt(seen.pod, this.#minReadySeconds) <= now;
      const working = this.#works(seen, now);
      counts.pods++;
      if (available) counts.available++;
      if (working) counts.working++;
      if (available && working) counts.serving++;
    }
    return counts;
  }

  #works({ pod, since }: Seen, now: number): boolean {
    if (this.#dead.has(pod.spec?.nodeName ?? "")) return false;
    return (pod.spec?.containers ?? []).every(({ name, image }) => {
      const id = pod.status?.containerStatuses?.find((status) => status.name === name)?.containerID;
      const from = id === undefined ? undefined : since.get(id);
      if (from === undefined) return false;
      const version = versionOf(image);
      const after = version && worksAfter[version];
      return after !== undefined && now - from >= after * 1000;
    });
  }
}
