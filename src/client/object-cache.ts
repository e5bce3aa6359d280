import type { KubeObject } from "../api/kind.ts";
import { keyOf } from "../api/kind.ts";
import type { Cancel } from "../base/clock.ts";
import type { IndexFunction, InformerHandlers } from "./informer-contract.ts";

const namespaceIndex = "namespace";
const none: readonly never[] = [];

class Index<T extends KubeObject> {
  readonly values: IndexFunction<T>;
  readonly #buckets = new Map<string, Map<string, T>>();
  constructor(values: IndexFunction<T>) {
    this.values = values;
  }

  add(key: string, object: T): void {
    for (const value of this.values(object)) {
      const bucket = this.#buckets.get(value);
      if (bucket) bucket.set(key, object);
      else this.#buckets.set(value, new Map([[key, object]]));
    }
  }

  /** Most updates leave an object where it is: then nothing is taken out and put in again. */
  move(key: string, next: T, previous: T): void {
    const [from, to] = [this.values(previous), this.values(next)];
    if (from.length === to.length && from.every((value, i) => value === to[i]))
      for (const value of to) this.#buckets.get(value)?.set(key, next);
    else {
      this.remove(key, previous);
      this.add(key, next);
    }
  }

  remove(key: string, object: T): void {
    for (const value of this.values(object)) {
      const bucket = this.#buckets.get(value);
      bucket?.delete(key);
      if (bucket?.size === 0) this.#buckets.delete(value);
    }
  }

  get(value: string): readonly T[] {
    const bucket = this.#buckets.get(value);
    return bucket ? [...bucket.values()] : none;
  }
}

/** Objects by key and by index; tells handlers what changed. */
export class ObjectCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #handlers = new Set<InformerHandlers<T>>();

  constructor() {
    this.addIndex(namespaceIndex, (object) => [object.metadata?.namespace ?? ""]);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex(namespaceIndex, namespace);
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`no index named ${name}`);
    return index.get(value);
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index = new Index(values);
    for (const [key, object] of this.#objects) index.add(key, object);
    this.#indexes.set(name, index);
  }

  addHandlers(handlers: InformerHandlers<T>): Cancel {
    this.#handlers.add(handlers);
    for (const object of [...this.#objects.values()]) handlers.onAdd?.(object, true);
    return () => this.#handlers.delete(handlers);
  }

  put(object: T): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous) {
      if (previous.metadata?.resourceVersion === object.metadata?.resourceVersion) return;
      if (previous.metadata?.uid === object.metadata?.uid) {
        this.#update(key, object, previous);
        return;
      }
      this.#remove(key, previous);
    }
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) index.add(key, object);
    for (const handlers of this.#handlers) handlers.onAdd?.(object, false);
  }

  delete(last: T): void {
    const key = keyOf(last);
    const cached = this.#objects.get(key);
    if (cached) this.#remove(key, cached, last);
  }

  /** Makes the cache hold exactly `objects`. */
  replace(objects: readonly T[]): void {
    const keys = new Set(objects.map(keyOf));
    for (const [key, object] of [...this.#objects]) if (!keys.has(key)) this.#remove(key, object);
    for (const object of objects) this.put(object);
  }

  #update(key: string, next: T, previous: T): void {
    this.#objects.set(key, next);
    for (const index of this.#indexes.values()) index.move(key, next, previous);
    for (const handlers of this.#handlers) handlers.onUpdate?.(next, previous);
  }

  #remove(key: string, cached: T, last: T = cached): void {
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.remove(key, cached);
    for (const handlers of this.#handlers) handlers.onDelete?.(last);
  }
}
