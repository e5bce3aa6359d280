/**
 * Shared caches: one list and watch per kind, however many readers. A cache is a view that lags behind the server but
 * never goes back, and misses nothing: when a watch cannot resume, the cache lists again and hands over the difference.
 */
import type { KindRef, KubeObject } from "../api/kind.ts";
import type { Cancel, Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "./client.ts";

/** What is cached of a kind. Absent fields do not restrict. */
export interface InformerOptions {
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/**
 * Told of changes after the cache holds them, in the server's order per object. Must not throw and should only enqueue.
 * An object that was deleted and created again under its name gives onDelete and onAdd, never onUpdate.
 */
export interface InformerHandlers<T extends KubeObject> {
  /** `initial`: the object was there before the handler. */
  onAdd?(object: T, initial: boolean): void;
  /** Also called when a relist finds a newer version; never with the same resourceVersion. */
  onUpdate?(next: T, previous: T): void;
  /** With the last state known; after a gap in the watch that is not the very last one. */
  onDelete?(last: T): void;
}

/** The values under which an object is found with {@link Informer.byIndex}. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/** Objects are frozen and shared. */
export interface Informer<T extends KubeObject> {
  readonly kind: KindRef<T>;
  /** @param key `namespace/name`, or `name` for cluster-scoped kinds: `keyOf` */
  get(key: string): T | undefined;
  /** @param namespace absent: all namespaces */
  list(namespace?: string): readonly T[];
  /** @throws when no such index was added */
  byIndex(name: string, value: string): readonly T[];
  /** Adding a name again does nothing: by convention one name always means one function. */
  addIndex(name: string, values: IndexFunction<T>): void;
  /** Calls onAdd at once for what is cached already. */
  addHandlers(handlers: InformerHandlers<T>): Cancel;
  /** Resolves when the first list is in the cache; also when the informer is stopped before that. */
  synced(): Promise<void>;
  readonly hasSynced: boolean;
  /** Ends the watch for all who share this informer. */
  stop(): void;
}

export interface InformerFactory {
  /** The same options give the same, running informer. */
  informer<T extends KubeObject>(kind: KindRef<T>, options?: InformerOptions): Informer<T>;
  /** Ends all watches; resolves when none runs any more. */
  stop(): Promise<void>;
}

export interface InformerContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}
