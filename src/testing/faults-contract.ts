/** What a test may break, and how it is made whole again. */
import type { Duration } from "./durations.ts";
import type { ResourceName } from "./resources.ts";

/** Whom a fault strikes. What is absent does not restrict. */
export interface FaultTarget {
  /**
   * A process: `kube-controller-manager`, `kube-scheduler`, `rollout-guard`, `kubelet` (every node's); or one node by its
   * name; or, for writes, one controller as `kube-controller-manager --controllers` calls it: `deployment`, …
   */
  readonly component?: string;
  /** What the watches and writes are about: `pods`. */
  readonly resource?: ResourceName;
}

/** A fault that lasts. It ends with `heal()`, or when a `using` block does. */
export interface Fault extends Disposable {
  heal(): void;
}

/**
 * Faults strike the components of the cluster: its controllers, its scheduler and its nodes' agents. The test's own
 * client, and clients that have joined over HTTP, are never struck. All times are the cluster's.
 */
export interface Faults {
  /**
   * Takes a node's power: its agent and all its containers end at this moment, and nobody is told. The API sees what
   * it would see: no more heartbeats, after 40 seconds `Unknown`, after five minutes pods are evicted.
   * @throws Error when there is no such node or it is off already
   */
  killNode(name: string): void;
  /** Switches a killed node on again: images are still there, containers are not. Resolves once it is Ready. */
  startNode(name: string): Promise<void>;
  /** The node's agent cannot reach the API server. What runs goes on, and containers that end are started again. */
  cutOffNode(name: string): void;
  /** Joins a node again that was cut off: its agent tries again within 10 seconds. */
  reconnectNode(name: string): void;
  /** Ends a container as if its process had exited. @throws Error when it does not run */
  crashContainer(pod: string, options?: CrashOptions): void;
  /**
   * A controller (or `scheduler`) crashes and starts again at once. What it was doing stays half done; what it knew it
   * reads anew. Resolves when the new one runs; with `afterWrites`, at once.
   */
  restartController(name: string, options?: RestartOptions): Promise<void>;
  /** Everything that watches tell comes so much later, in order: the component acts on a stale view. */
  delayWatches(target: FaultTarget & { readonly by: Duration }): Fault;
  /**
   * Watches break off. They are resumed from where they were, once they can be: at once, or after a while in which
   * events gather. With `forget`, what happened meanwhile is compacted away, so that a list has to tell.
   */
  dropWatches(target?: FaultTarget & { readonly for?: Duration; readonly forget?: boolean }): Fault;
  /** The next updates and patches, one by default, are answered with 409 `Conflict` and not made. */
  conflictWrites(target?: FaultTarget & { readonly count?: number }): Fault;
  /** Every commit takes so long to become visible, to anyone. The test's own calls take that long, too. */
  slowStore(latency: Duration): Fault;
  /** Ends all faults that last; nodes that were cut off are joined again. Killed nodes stay off. */
  heal(): void;
}

export interface CrashOptions {
  /** Default `default`. */
  readonly namespace?: string;
  /** Default: all of the pod's containers. */
  readonly container?: string;
  /** Default 1. */
  readonly exitCode?: number;
}

export interface RestartOptions {
  /** It crashes right after it has made so many more writes, between two of them. Default: now. */
  readonly afterWrites?: number;
}
