/**
 * The Kind contract: one declaration per kind holds its names and all its rules, so that adding a kind is adding one
 * file under `api/<group>/`. Everything here is pure.
 */
import type { FieldError } from "./field.ts";
import type { ObjectMeta } from "./generated/types.ts";

/** What every API object has. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** Names a kind well enough to call the API for it, and carries its object type for the compiler. */
export interface KindRef<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as in paths: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: only ties `T` to the reference. */
  readonly objectType?: T;
}

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

/** One column of a server-side table (`kubectl get`). */
export interface Column<T> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** `name` marks the column that holds the object's name. */
  readonly format?: string;
  readonly description: string;
  /** 0 is always shown; 1 only with `-o wide`. */
  readonly priority: number;
  /** @param now milliseconds since the epoch, for ages */
  readonly cell: (object: T, now: number) => string | number | boolean | null;
}

/** What rules may know beside the object. */
export interface RuleContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The user that asks. */
  readonly user: string;
}

/** The rules of the `/scale` subresource: reads and writes `autoscaling/v1 Scale`. */
export interface ScaleRules<T> {
  readonly replicas: (object: T) => number;
  readonly setReplicas: (object: T, replicas: number) => void;
  readonly statusReplicas: (object: T) => number;
  /** The label selector in text form. */
  readonly selector: (object: T) => string;
}

/** The rules of the `/status` subresource. */
export interface StatusRules<T> {
  /** Keeps from `previous` what a status write must not touch. Mutates `next`. */
  readonly prepareUpdate: (next: T, previous: T) => void;
  readonly validateUpdate: (next: T, previous: T) => FieldError[];
}

/** The same stored object under another group and version, for example `events.k8s.io/v1`. */
export interface AlternateVersion<T extends KubeObject> {
  readonly group: string;
  readonly version: string;
  /** Full name of its schema type. */
  readonly schemaType: string;
  /** From this version to the storage version. Returns a new object. */
  readonly toStorage: (object: KubeObject) => T;
  /** From the storage version to this one. Returns a new object. */
  readonly fromStorage: (object: T) => KubeObject;
  /** Field selectors of this version, each with the name it has in {@link Kind.selectableFields}. */
  readonly fieldLabels?: Readonly<Record<string, string>>;
  /** In place of {@link Kind.validate} for what is written in this version. Of the storage version's object. */
  readonly validate?: (object: T, previous?: T) => FieldError[];
}

export interface Kind<T extends KubeObject = KubeObject> extends KindRef<T> {
  readonly listKind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  /** Full name of the schema type, for example `io.k8s.api.apps.v1.Deployment`. */
  readonly schemaType: string;
  /** Key prefix below `/registry/`, upstream's etcd layout: `pods`, `services/specs`, `minions`. No slashes around. */
  readonly storagePrefix: string;
  readonly alternates?: readonly AlternateVersion<T>[];

  /** Checks `metadata.name`; returns texts of what is wrong (a DNS label, a subdomain, …). */
  readonly validateName: (name: string) => readonly string[];
  /** Fills what the writer left out. Runs on create, update, and when an object is read from a patch. Mutates. */
  readonly applyDefaults: (object: T) => void;
  /** Clears what a creator may not set (status), sets what it must have (generation). Mutates. */
  readonly prepareCreate: (object: T, context: RuleContext) => void;
  /** For what is made of the name of a new object, which may have been generated. Mutates. */
  readonly named?: (object: T) => void;
  /** Carries over what an update may not change, raises `metadata.generation` when the spec changed. Mutates `next`. */
  readonly prepareUpdate: (next: T, previous: T, context: RuleContext) => void;
  /**
   * Everything but metadata, which the registry checks for all kinds alike. Complete: reports all errors at once.
   * @param previous on an update: what is stored
   */
  readonly validate: (object: T, previous?: T) => FieldError[];
  /** Called after {@link validate} on an update: immutable fields and allowed transitions. */
  readonly validateUpdate: (next: T, previous: T) => FieldError[];
  /** Texts for the `Warning` header of a create or an update. */
  readonly warnings: (next: T, previous: T | undefined) => string[];
  /** Text of the `Warning` header of every request for the kind, reading included; set when it is deprecated. */
  readonly deprecationWarning?: string;

  /** Present when `/status` is served. */
  readonly status?: StatusRules<T>;
  /** Present when `/scale` is served. */
  readonly scale?: ScaleRules<T>;

  readonly columns: readonly Column<T>[];
  /** Values of the fields that a field selector may name, beside `metadata.name` and `metadata.namespace`. */
  readonly selectableFields: (object: T) => Readonly<Record<string, string>>;

  /** Upstream keeps no cache of such objects: reads at a revision are answered in the words of its storage. */
  readonly uncached?: true;
  /** May an update leave `resourceVersion` out? */
  readonly allowUnconditionalUpdate: boolean;
  /** Does a PUT of an absent name create it? */
  readonly allowCreateOnUpdate: boolean;
  /** What happens to dependents when a delete does not say. */
  readonly defaultPropagation: "Background" | "Orphan";
  /**
   * Graceful deletion: the grace period in seconds to use, given what the caller asked for (undefined when nothing).
   * 0 removes the object at once. Absent: the kind is not deleted gracefully.
   */
  readonly gracePeriod?: (object: T, requested: number | undefined) => number;
}

/** A group and version as `apiVersion` writes it: `v1`, `apps/v1`. */
export const apiVersionOf = (k: { group: string; version: string }): string =>
  k.group ? `${k.group}/${k.version}` : k.version;

/** `namespace/name`, or `name` for cluster-scoped objects: the key of caches and work queues. */
export const keyOf = (object: KubeObject): string => {
  const { namespace, name } = object.metadata ?? {};
  return namespace ? `${namespace}/${name}` : (name ?? "");
};
