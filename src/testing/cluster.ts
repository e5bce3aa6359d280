/** A cluster in a test's own process: what {@link createCluster} gives. */
import type { KubeObject } from "../api/kind.ts";
import type { Client, ListQuery } from "../client/client.ts";
import type { Faults } from "./faults-contract.ts";
import type { Manifest } from "./manifests.ts";
import type { ResourceName, ResourceOf } from "./resources.ts";
import type { TestClock } from "./test-clock.ts";

export interface InNamespace {
  /** Default `default`. */
  readonly namespace?: string;
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
   * an earlier apply set and this one leaves out is taken away. Unknown fields are refused.
   * @param manifest YAML or JSON text with any number of documents, a `file:` URL, an object or a list of objects
   * @throws Error that names the document and the field
   */
  apply(manifest: Manifest): Promise<readonly KubeObject[]>;
  /** @throws StatusError with reason `NotFound` */
  get<N extends ResourceName>(resource: N, name: string, where?: InNamespace): Promise<ResourceOf<N>>;
  /** Of the namespace `default`, or of another; `namespace: ""` lists all namespaces. */
  list<N extends ResourceName>(resource: N, query?: ListQuery): Promise<readonly ResourceOf<N>[]>;
  /** Asks for the deletion; pods take their grace period, which is virtual time. @throws StatusError */
  delete(resource: ResourceName, name: string, where?: InNamespace): Promise<void>;
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
