import type { Pod, Service } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import { readyCondition } from "../pod-state.ts";

/** Annotation by which the time from a pod's change to its forwarding is measured. */
export const triggerTimeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";

interface Known {
  readonly pods: ReadonlyMap<string, string>;
  readonly service: string;
}

/**
 * When what the slices are made of last changed: the earliest change since the previous call for the Service. A pod
 * changes when it becomes ready or unready, the Service when it is created.
 */
export class TriggerTimes {
  readonly #known = new Map<string, Known>();

  /** @returns an RFC 3339 time; undefined when nothing changed */
  next(key: string, service: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#known.get(key);
    const changes: string[] = [];
    const note = (time: string | undefined, previous: string | undefined) => {
      if (time && (!previous || parseTime(time) > parseTime(previous))) changes.push(time);
    };
    const times = new Map<string, string>();
    for (const pod of pods) {
      const name = pod.metadata?.name ?? "";
      const time = readyCondition(pod)?.lastTransitionTime;
      note(time, before?.pods.get(name));
      if (time) times.set(name, time);
    }
    const created = service.metadata?.creationTimestamp ?? "";
    note(created, before?.service);
    this.#known.set(key, { pods: times, service: created });
    return changes.sort((a, b) => parseTime(a) - parseTime(b))[0];
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}
