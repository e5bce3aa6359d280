import type { Pod } from "../../api/generated/types.ts";
import type { PodContext } from "../pod-context.ts";

/** Files made from ConfigMaps and Secrets are brought up to date so often, in milliseconds. */
const refreshEvery = 60_000;
const firstDelay = 500;
const longestDelay = 122_000;

/** Lets a pod's containers start once its volumes are there, and keeps the volumes' contents up to date. */
export class VolumeGate {
  readonly #context: PodContext;
  readonly #wakeAt: (at: number) => void;
  #due = 0;
  #delay = firstDelay;
  #open = false;

  constructor(context: PodContext, wakeAt: (at: number) => void) {
    this.#context = context;
    this.#wakeAt = wakeAt;
  }

  /** Resolves with whether containers may be started. @param running whether any container runs already */
  async pass(pod: Pod, running: boolean): Promise<boolean> {
    const { volumes, clock, events } = this.#context;
    if (!pod.spec?.volumes?.length) return true;
    const now = clock.now();
    if (now >= this.#due) {
      const failures = await volumes.prepare(pod);
      for (const { volume, message } of failures)
        events.event(pod, "Warning", "FailedMount", `MountVolume.SetUp failed for volume "${volume}" : ${message}`);
      // What was there once may be used on, even if it cannot be brought up to date now.
      this.#open = failures.length === 0 || this.#open || running;
      if (failures.length === 0) {
        this.#delay = firstDelay;
        this.#due = volumes.changes(pod) ? now + refreshEvery : Number.POSITIVE_INFINITY;
      } else {
        this.#due = now + this.#delay;
        this.#delay = Math.min(longestDelay, this.#delay * 2);
      }
    }
    this.#wakeAt(this.#due);
    return this.#open;
  }
}
