/**
 * The registry: the API's verbs over kinds and the store, independent of HTTP.
 * Every write runs defaulting → admission → validation → store. Failures are `StatusError`s with upstream's texts.
 */
import type { FieldError } from "../api/field.ts";
import type { Scale } from "../api/generated/types.ts";
import type { Kind, KubeObject } from "../api/kind.ts";

/** Who asks. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

export interface RequestContext {
  readonly user: UserInfo;
  /** Receives texts for the response's `Warning` headers. */
  readonly warn: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface ObjectKey {
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/**
 * A stored object as it leaves the registry: deeply frozen, and with its encoded bytes, made lazily and once.
 * The same revision of an object is always the same `Stored`.
 */
export interface Stored<T extends KubeObject = KubeObject> {
  /** With `apiVersion`, `kind` and `metadata.resourceVersion` set. Frozen. */
  readonly object: T;
  readonly revision: number;
  /** The object as JSON in its storage version, resourceVersion included. */
  json(): Uint8Array;
}

export interface StoredList<T extends KubeObject = KubeObject> {
  readonly items: readonly Stored<T>[];
  /** Becomes `metadata.resourceVersion`. */
  readonly revision: number;
  /** Token for the next page; absent on the last. */
  readonly continue?: string;
  /** `metadata.remainingItemCount`; absent when selectors make it unknowable or nothing remains. */
  readonly remaining?: number;
}

export interface SelectOptions {
  /** Text form, as in the query. @throws 400 when malformed */
  readonly labelSelector?: string;
  /** Text form. @throws 400 for a field the kind does not select by */
  readonly fieldSelector?: string;
}

export interface ListOptions extends SelectOptions {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  /** Only for watches: refused. */
  readonly sendInitialEvents?: boolean;
}

export interface WatchOptions extends SelectOptions {
  /** Events after this one; absent or "0": start with synthetic ADDED events of the current state. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  readonly allowWatchBookmarks?: boolean;
  /** Streaming list: current state, then a bookmark annotated `k8s.io/initial-events-end`, then changes. */
  readonly sendInitialEvents?: boolean;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  /** Recorded in managedFields; derived from the user agent by the server when absent. */
  readonly fieldManager?: string;
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
  /** What strict decoding of the body already found: duplicate fields. */
  readonly decodingProblems?: readonly string[];
  /** The order in which these and unknown fields are said; absent: these first. */
  readonly problemsInOrder?: (problems: readonly string[]) => readonly string[];
  /** In place of {@link Kind.validate}: of the version that the object is written in. */
  readonly validate?: (object: KubeObject, previous?: KubeObject) => FieldError[];
}

export type PatchType = "json" | "merge" | "strategic" | "apply";

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
  /** Decoded body: a list of operations for `json`, else an object. */
  readonly body: unknown;
  /** `apply` only: take over fields that other managers own. */
  readonly force?: boolean;
}

export type Propagation = "Background" | "Foreground" | "Orphan";

/** The body and query of a DELETE (`meta/v1 DeleteOptions`). */
export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: Propagation;
  /** The deprecated `orphanDependents`. */
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/**
 * A subresource that reads or writes through the object it belongs to. `scale` takes and answers an
 * `autoscaling/v1 Scale` instead of the object; `finalize` is the namespaces' own.
 */
export type Subresource = "status" | "scale" | "finalize";

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly stored: Stored<T> }
  /** `initialEventsEnd` marks the end of a streaming list. */
  | { readonly type: "BOOKMARK"; readonly revision: number; readonly initialEventsEnd: boolean };

/** Iterates over batches of events; throws a 410 `Expired` StatusError when history is compacted away. */
export interface Watch<T extends KubeObject = KubeObject> extends AsyncIterable<readonly WatchEvent<T>[]> {
  close(): void;
}

export interface Registry {
  /** All served kinds. */
  readonly kinds: readonly Kind[];
  get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, ctx: RequestContext): Promise<Stored<T>>;
  /**
   * Makes sure that reads show at least the state of a resourceVersion.
   * @throws 504 for one from the future, 500 or 400 for one that is no number
   */
  assertReached<T extends KubeObject>(kind: Kind<T>, resourceVersion: string): void;
  /** What {@link get} would resolve with, when it is there and the store can tell without waiting; else ask `get`. */
  current<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Stored<T> | undefined;
  /** The `/scale` subresource. @throws 404 when the kind has none */
  getScale<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, ctx: RequestContext): Promise<Stored<Scale>>;
  /** @param namespace empty for all namespaces or a cluster-scoped kind */
  list<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    options: ListOptions,
    ctx: RequestContext,
  ): Promise<StoredList<T>>;
  watch<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    options: WatchOptions,
    ctx: RequestContext,
  ): Promise<Watch<T>>;
  create<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    object: unknown,
    options: WriteOptions,
    ctx: RequestContext,
  ): Promise<Stored<T>>;
  /** Resolves with `created: true` when the kind allows create-on-update and the object was absent. */
  update<T extends KubeObject>(
    kind: Kind<T>,
    key: ObjectKey,
    object: unknown,
    options: WriteOptions & { readonly subresource?: Subresource },
    ctx: RequestContext,
  ): Promise<{ readonly stored: Stored<T>; readonly created: boolean }>;
  /** `apply` creates the object when it is absent. */
  patch<T extends KubeObject>(
    kind: Kind<T>,
    key: ObjectKey,
    options: PatchOptions & { readonly subresource?: Subresource },
    ctx: RequestContext,
  ): Promise<{ readonly stored: Stored<T>; readonly created: boolean }>;
  /** Resolves with the object and whether it is gone already (no finalizers, no grace period). */
  delete<T extends KubeObject>(
    kind: Kind<T>,
    key: ObjectKey,
    options: DeleteOptions,
    ctx: RequestContext,
  ): Promise<{ readonly stored: Stored<T>; readonly deleted: boolean }>;
  deleteCollection<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    select: ListOptions,
    options: DeleteOptions,
    ctx: RequestContext,
  ): Promise<StoredList<T>>;
  /** `pods/binding`: assigns the pod to a node. @throws 409 when it already has one */
  bind(key: ObjectKey, binding: unknown, options: WriteOptions, ctx: RequestContext): Promise<void>;
  close(): Promise<void>;
}
