/**
 * The Client contract. Two transports implement it: in process (frozen objects, no JSON) and HTTP (the wire protocol).
 * Whoever has a Client cannot tell which one. Failures are `StatusError`s; a broken connection is any other Error.
 */
import type { KindRef, KubeObject } from "../api/kind.ts";

/** A namespace and a name; no namespace for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

export interface ListQuery {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

interface ObjectList<T extends KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface WatchQuery extends Omit<ListQuery, "limit" | "continue"> {
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
}

export type ObjectEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

/**
 * Iterates over events until `close()` is called or the server ends it (iteration simply ends: watch again from the
 * last resourceVersion seen). Throws a 410 StatusError when that is too old: list again.
 */
export interface ObjectWatch<T extends KubeObject> extends AsyncIterable<ObjectEvent<T>> {
  /**
   * The same events, as many at a time as have come: a cache that takes in hundreds of thousands need not wait for each.
   * Read one way or the other. Absent where a transport has them one by one; `batchesOf` reads any watch.
   */
  batches?(): AsyncIterable<readonly ObjectEvent<T>[]>;
  close(): void;
}

export interface WriteQuery {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
  /** `status`, `scale`, `binding`, … */
  readonly subresource?: string;
}

export interface PatchQuery extends WriteQuery {
  readonly type: "json" | "merge" | "strategic" | "apply";
  readonly force?: boolean;
}

export interface DeleteQuery {
  readonly dryRun?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Objects that come out are frozen and shared: copy before changing (`structuredClone`). */
export interface Client {
  get<T extends KubeObject>(kind: KindRef<T>, key: ObjectName): Promise<T>;
  list<T extends KubeObject>(kind: KindRef<T>, query?: ListQuery): Promise<ObjectList<T>>;
  watch<T extends KubeObject>(kind: KindRef<T>, query?: WatchQuery): Promise<ObjectWatch<T>>;
  /** The namespace is `object.metadata.namespace`. */
  create<T extends KubeObject>(kind: KindRef<T>, object: T, query?: WriteQuery): Promise<T>;
  /** A PUT: fails with 409 `Conflict` when `object.metadata.resourceVersion` is not the newest. */
  update<T extends KubeObject>(kind: KindRef<T>, object: T, query?: WriteQuery): Promise<T>;
  patch<T extends KubeObject>(kind: KindRef<T>, key: ObjectName, patch: unknown, query: PatchQuery): Promise<T>;
  /** Resolves once the delete is accepted; the object may live on for its grace period or finalizers. */
  delete<T extends KubeObject>(kind: KindRef<T>, key: ObjectName, query?: DeleteQuery): Promise<void>;
  deleteCollection<T extends KubeObject>(kind: KindRef<T>, select: ListQuery, query?: DeleteQuery): Promise<void>;
  /** `pods/binding`. */
  bind(pod: ObjectName & { readonly uid?: string }, nodeName: string): Promise<void>;
}
