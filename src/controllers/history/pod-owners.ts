/** Whom a pod or a revision concerns: its controller, or, when it has none, all that would adopt it. */
import type { LabelSelector } from "../../api/generated/types.ts";
import { type KindRef, type KubeObject, keyOf } from "../../api/kind.ts";
import { matchesLabels, type Selector, selectorOf } from "../../api/labels.ts";
import type { Cancel } from "../../base/clock.ts";
import type { KeyQueue } from "../../client/controller-loop.ts";
import { byController, controllerIndex, type Informer } from "../../client/informer.ts";
import { controllerOf } from "../ownership.ts";

/** A kind that owns pods and ControllerRevisions. */
interface SetLike extends KubeObject {
  readonly spec?: { readonly selector: LabelSelector };
}

const orphanIndex = "orphan";
const orphanNamespace = (object: KubeObject): readonly string[] =>
  controllerOf(object) ? [] : [object.metadata?.namespace ?? ""];

export const selectorFor = (owner: SetLike): Selector => selectorOf(owner.spec?.selector) ?? [];

/** The sets of one kind, and what belongs to them. */
export class Owners<T extends SetLike> {
  readonly #kind: KindRef<T>;
  readonly #sets: Informer<T>;

  constructor(kind: KindRef<T>, sets: Informer<T>) {
    this.#kind = kind;
    this.#sets = sets;
  }

  /** The set that controls the object. */
  of(object: KubeObject): T | undefined {
    const owner = controllerOf(object);
    if (owner?.kind !== this.#kind.kind) return undefined;
    const set = this.#sets.get(`${object.metadata?.namespace}/${owner.name}`);
    return set?.metadata?.uid === owner.uid ? set : undefined;
  }

  /** Puts into the queue whom the object concerns. */
  wake(queue: KeyQueue, object: KubeObject): void {
    if (controllerOf(object)) {
      const set = this.of(object);
      if (set) queue.add(keyOf(set));
      return;
    }
    for (const set of this.#sets.list(object.metadata?.namespace))
      if (matchesLabels(selectorFor(set), object.metadata?.labels)) queue.add(keyOf(set));
  }

  /** Wakes owners whenever one of their objects changes. */
  watch<D extends KubeObject>(queue: KeyQueue, dependents: Informer<D>): Cancel {
    return dependents.addHandlers({
      onAdd: (object) => this.wake(queue, object),
      onUpdate: (next, previous) => {
        if (controllerOf(previous) && controllerOf(previous)?.uid !== controllerOf(next)?.uid)
          this.wake(queue, previous);
        this.wake(queue, next);
      },
      onDelete: (object) => this.wake(queue, object),
    });
  }

  /** What belongs to the set, and what has no controller. {@link indexDependents} first. */
  static candidates<D extends KubeObject>(dependents: Informer<D>, set: KubeObject): readonly D[] {
    const { uid = "", namespace = "" } = set.metadata ?? {};
    return [...dependents.byIndex(controllerIndex, uid), ...dependents.byIndex(orphanIndex, namespace)];
  }

  static indexDependents<D extends KubeObject>(dependents: Informer<D>): void {
    dependents.addIndex(controllerIndex, byController);
    dependents.addIndex(orphanIndex, orphanNamespace);
  }
}
