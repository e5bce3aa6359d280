import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { sizeAnnotations, withAnnotations } from "./annotations.ts";
import { sizeOf } from "./replica-sets.ts";

/** A normal event on the Deployment. */
export interface DraftEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface ReplicaSetChange {
  readonly replicaSet: ReplicaSet;
  /** Recorded once the change is made. */
  readonly events: readonly DraftEvent[];
}

/**
 * The state that a sync is working towards. Rules read and change it as if every change had been made already; what
 * differs from the beginning at the end is what must be written, each ReplicaSet at most once.
 */
export class Draft {
  readonly deployment: Deployment;
  /** Absent until it is created. */
  newReplicaSet: ReplicaSet | undefined;
  readonly #old: Map<string, ReplicaSet>;
  readonly #changes = new Map<string, ReplicaSetChange>();
  #created = false;

  constructor(deployment: Deployment, newReplicaSet: ReplicaSet | undefined, old: readonly ReplicaSet[]) {
    this.deployment = deployment;
    this.newReplicaSet = newReplicaSet;
    this.#old = new Map(old.map((rs) => [rs.metadata?.name ?? "", rs]));
  }

  get old(): readonly ReplicaSet[] {
    return [...this.#old.values()];
  }

  get all(): readonly ReplicaSet[] {
    return this.newReplicaSet ? [...this.old, this.newReplicaSet] : this.old;
  }

  /** Is the new ReplicaSet one that must be created? */
  get created(): boolean {
    return this.#created;
  }

  /** In the order in which they were decided. */
  get changes(): readonly ReplicaSetChange[] {
    return [...this.#changes.values()];
  }

  create(replicaSet: ReplicaSet): void {
    this.#created = true;
    this.newReplicaSet = replicaSet;
    const size = sizeOf(replicaSet);
    this.#put(replicaSet, size > 0 ? [scalingEvent(replicaSet, 0, size)] : []);
  }

  /** Replaces a ReplicaSet by a changed copy. */
  change(replicaSet: ReplicaSet): void {
    this.#put(replicaSet, []);
  }

  /** Sets its size and notes the Deployment's; changes nothing when both are right. @returns whether it changed */
  scale(replicaSet: ReplicaSet, size: number): boolean {
    const annotations = { ...replicaSet.metadata?.annotations, ...sizeAnnotations(this.deployment) };
    const annotated = withAnnotations(replicaSet, annotations);
    const before = sizeOf(replicaSet);
    if (annotated === replicaSet && before === size) return false;
    const spec = { ...annotated.spec, replicas: size } as ReplicaSet["spec"];
    this.#put({ ...annotated, spec }, before === size ? [] : [scalingEvent(replicaSet, before, size)]);
    return true;
  }

  #put(replicaSet: ReplicaSet, events: readonly DraftEvent[]): void {
    const name = replicaSet.metadata?.name ?? "";
    if (this.newReplicaSet?.metadata?.name === name) this.newReplicaSet = replicaSet;
    else this.#old.set(name, replicaSet);
    this.#changes.set(name, { replicaSet, events: [...(this.#changes.get(name)?.events ?? []), ...events] });
  }
}

const scalingEvent = (rs: ReplicaSet, from: number, to: number): DraftEvent => ({
  type: "Normal",
  reason: "ScalingReplicaSet",
  message: `Scaled ${to > from ? "up" : "down"} replica set ${rs.metadata?.name} from ${from} to ${to}`,
});
