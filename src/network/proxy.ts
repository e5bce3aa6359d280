/**
 * The ServiceProxy contract: a service proxy gets the whole wanted state, and makes the node forward so.
 * `userspace/` and `nftables/` implement it and run `proxy.conformance.ts`, which asserts each declared capability.
 * Either relies on the node routing the whole service range to itself, so that a connection nobody forwards is refused.
 */
import type { ConnectionCount } from "./connections.ts";

export interface Backend {
  readonly ip: string;
  readonly port: number;
}

/** One port of one Service, with the endpoints already chosen for this node. */
export interface ServicePort {
  /** `namespace/name:port`, unique. */
  readonly id: string;
  readonly protocol: "TCP" | "UDP";
  /** Where pods reach it; for a node port the node's own address. */
  readonly clusterIP: string;
  readonly port: number;
  /** Used for the cluster IP. Empty: connections are refused, or dropped when `drop` says so. */
  readonly backends: readonly Backend[];
  /** Without backends here although there are some elsewhere: drop in silence, where the proxy can. */
  readonly drop: boolean;
  /** The backend is to answer through this node: its connections come from the node's address. */
  readonly masquerade?: boolean;
  /** Same client, same backend, for this many seconds since its last connection. */
  readonly affinitySeconds?: number;
}

export interface ProxyCapabilities {
  /** A pod sees the address of the pod that called it through a cluster IP. */
  readonly keepsClientAddress: boolean;
  /** Can drop silently, as `internalTrafficPolicy: Local` without local endpoints asks; else it refuses. */
  readonly dropsSilently: boolean;
}

export interface ServiceProxy {
  readonly name: string;
  readonly capabilities: ProxyCapabilities;
  /**
   * Makes the node forward as told, replacing what was before. Connections that are open stay open. Resolves once it is
   * in force: from then on no new connection goes to a backend that is not in the list.
   */
  apply(services: readonly ServicePort[]): Promise<void>;
  /**
   * How many new connections it has sent to each backend that is in force, whether or not they were accepted. A count
   * begins with 0 when its backend comes, and stands whatever else changes.
   */
  connections(): Promise<readonly ConnectionCount[]>;
  /** Removes everything it made. */
  close(): Promise<void>;
}
