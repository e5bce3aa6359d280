/** A cluster in a test's own process: what {@link createCluster} gives. */
import type { KubeObject } from "../api/kind.ts";
import type { Client, ListQuery } from "../client/client.ts";
import type { Faults } from "./faults-contract.ts";
import type { Manifest } from "./manifests.ts";
import type { ResourceName, ResourceOf } from "./resources.ts";
import type { Workload } from "./rollout.ts";
import type { TestClock } from "./test-clock.ts";

export interface InNamespace {
  /** Default `default`. */
  readonly namespace?: string;
}

export interface ResourceEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

export interface ResourceWatch extends Disposable {
  close(): void;
}

export interface UndoOptions extends InNamespace {
  readonly toRevision?: number;
}

export interface KubeconfigOptions {
  /** False: time still moves by hand only. Default true. */
  readonly followClock?: boolean;
}

export interface Cluster extends AsyncDisposable {
  /** The API, in process, as administrator. Objects that come out are frozen and shared. */
  readonly client: Client;
  readonly clock: TestClock;
  readonly faults: Faults;
  /**
   * Creates or changes every object of the manifest, in order, as `kubectl apply --server-side --force-conflicts`: what
   * an earlier apply set and this one leaves out is taken away. Unknown fields are refused. Objects that came out of a
   * cluster can go in: their status, resourceVersion and the like are left aside.
   * @param manifest YAML or JSON text with any number of documents, a `file:` URL, an object or a list of objects
   * @throws Error that names the document and the field
   */
  apply(manifest: Manifest): Promise<readonly KubeObject[]>;
  /** @throws StatusError with reason `NotFound` */
  get<N extends ResourceName>(resource: N, name: string, where?: InNamespace): Promise<ResourceOf<N>>;
  /** Of the namespace `default`, or of another; `namespace: ""` lists all namespaces. */
  list<N extends ResourceName>(resource: N, query?: ListQuery): Promise<readonly ResourceOf<N>[]>;
  /**
   * Tells of every object as it is now, and of every later version, in order. Ends with `close()` or a `using` block.
   * @param query as for {@link list}
   */
  watch<N extends ResourceName>(
    resource: N,
    onEvent: (event: ResourceEvent<ResourceOf<N>>) => void,
    query?: ListQuery,
  ): Promise<ResourceWatch>;
  /** Asks for the deletion; pods take their grace period, which is virtual time. @throws StatusError */
  delete(resource: ResourceName, name: string, where?: InNamespace): Promise<void>;
  /**
   * Has its newest spec been rolled out, as `kubectl rollout status` sees it?
   * @throws Error when it cannot be any more: its progress deadline has passed
   */
  rolledOut(resource: Workload, name: string, where?: InNamespace): Promise<boolean>;
  /** Back to the revision before, or to another, as `kubectl rollout undo`. @throws Error when there is none */
  undo(resource: Workload, name: string, options?: UndoOptions): Promise<void>;
  /**
   * Lets clients outside of this process join, such as kubectl: starts the API server over TLS on a port of 127.0.0.1,
   * the first time. From then on the clock also follows real time, so that `kubectl rollout status` comes to its end;
   * moving it by hand goes on to work. What clients do over HTTP comes when it comes: the order of things is no longer
   * the same every time.
   * @returns the path of a kubeconfig file, which lasts as long as the cluster
   */
  kubeconfig(options?: KubeconfigOptions): Promise<string>;
  /**
   * A copy of the cluster as it is now, once all work that needs no time has settled: its own store, clock, seed and
   * nodes with what runs on them. Both go on independently, and a copy can be copied. Every component of the copy starts
   * afresh, as after a restart: pulls and starts in progress begin anew, back-offs are forgotten. Nodes that are off or
   * cut off stay so; other faults are not carried over. Takes milliseconds.
   */
  fork(): Promise<Cluster>;
  /** Ends everything and releases it. May be called again. */
  close(): Promise<void>;
}
