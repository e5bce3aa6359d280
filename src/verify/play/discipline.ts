/**
 * What a strategy says about single pods: that a StatefulSet's come in order, and which pods an update must leave alone.
 * Pure but for what it remembers.
 */
import type { Pod } from "../../api/generated/types.ts";
import { ordinalOf } from "../../controllers/statefulset/identity.ts";
import type { BrokenPromise, Strategy } from "../report.ts";

const nameOf = ({ metadata }: Pod): string => metadata?.name ?? "";
const imageOf = ({ spec }: Pod): string => spec?.containers[0]?.image ?? "";

export class Discipline {
  readonly broken: BrokenPromise[] = [];
  readonly #strategy: Strategy;
  /** The version that was last seen under a name. */
  readonly #images = new Map<string, string>();
  readonly #byHand = new Set<string>();
  #suspended = false;

  constructor(strategy: Strategy) {
    this.#strategy = strategy;
  }

  /** A pod that was there before anybody looked. */
  found(pod: Pod): void {
    this.#images.set(nameOf(pod), imageOf(pod));
  }

  /** Somebody is about to delete the pod, or to have it deleted: what follows is not the controller's choice. */
  deletedByHand(pod: Pod): void {
    this.#byHand.add(pod.metadata?.uid ?? "");
  }

  /** A node is lost: which pods go is nobody's choice from now on. */
  suspend(): void {
    this.#suspended = true;
  }

  /**
   * @param others of the same workload, those that are being deleted left out
   * @param first the lowest ordinal of a StatefulSet
   */
  created(pod: Pod, others: readonly Pod[], first: number, isAvailable: (pod: Pod) => boolean): void {
    const before = this.#images.get(nameOf(pod));
    this.#images.set(nameOf(pod), imageOf(pod));
    const { podManagementPolicy, partition = 0 } = this.#strategy;
    if (podManagementPolicy === undefined) return;
    const ordinal = ordinalOf(pod);
    const isUpdate = before !== undefined && before !== imageOf(pod);
    if (isUpdate && ordinal < first + partition)
      this.#broke("keeps", `${nameOf(pod)} is below the partition and has got the new version`);
    if (this.#suspended) return;
    if (podManagementPolicy === "OrderedReady") {
      const early = others.find((other) => ordinalOf(other) < ordinal && !isAvailable(other));
      if (early) this.#broke("order", `${nameOf(pod)} was started while ${nameOf(early)} was not available`);
    }
    // Several at a time have no order among themselves.
    const several = this.#strategy.replicas - this.#strategy.leastAvailable > 1;
    if (!isUpdate || several || this.#byHand.size > 0) return;
    const late = others.find(
      (other) => ordinalOf(other) > ordinal && (imageOf(other) !== imageOf(pod) || !isAvailable(other)),
    );
    if (late) this.#broke("order", `${nameOf(pod)} was updated before ${nameOf(late)}`);
  }

  deleting(pod: Pod): void {
    if (this.#strategy.type !== "OnDelete" || this.#suspended || this.#byHand.has(pod.metadata?.uid ?? "")) return;
    this.#broke("keeps", `${nameOf(pod)} was deleted, and nobody had asked for it`);
  }

  #broke(promise: BrokenPromise["promise"], message: string): void {
    if (!this.broken.some((one) => one.message === message)) this.broken.push({ promise, message });
  }
}
