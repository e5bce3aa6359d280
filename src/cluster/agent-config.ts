/**
 * How an agent proves who it is. It comes over the IPC channel, where no other user can read it, and when the API server
 * answers: an agent prepares all else before.
 */
export interface AgentCredentials {
  /** PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What the server tells an agent at its start, as its argument. */
export interface AgentConfig {
  readonly nodeName: string;
  /** The node's address. */
  readonly address: string;
  readonly podCIDR: string;
  readonly index: number;
  /** Where the API server listens for agents. */
  readonly apiSocket: string;
  /** Where the server fetches from image registries for us. */
  readonly pullSocket: string;
  /** May image registries outside of this machine be asked? */
  readonly egress: boolean;
  /** Where the agent's own API listens. */
  readonly socket: string;
  /** Where the agents of the cluster's other nodes listen. */
  readonly neighbours: readonly string[];
  readonly runtimeDir: string;
  readonly imagesDir: string;
  readonly serviceCIDR: string;
  readonly dnsIP: string;
  readonly clusterDomain: string;
}
