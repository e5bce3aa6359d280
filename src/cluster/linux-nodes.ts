/** Starts a cluster's real nodes on this machine, each told all that its agent has to know. */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { serviceCIDR } from "../node/machine/addresses.ts";
import type { Pki } from "../server/pki/pki.ts";
import { clusterDomain, dnsIP } from "./bootstrap.ts";
import type { HostListenerPool } from "./host-listeners.ts";
import { type Nodes, startNodes } from "./nodes.ts";
import { type ClusterPaths, nodeName } from "./paths.ts";

export interface LinuxNodesOptions {
  readonly cluster: string;
  readonly count: number;
  readonly paths: ClusterPaths;
  /** May image registries outside of this machine be asked? */
  readonly egress: boolean;
  readonly listeners: HostListenerPool;
  /** Needed only once agents are running. */
  readonly certificates: Promise<Pki>;
  /** Resolves when agents may connect. */
  readonly answering: Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function startLinuxNodes(options: LinuxNodesOptions): Promise<Nodes> {
  const { cluster, count, paths, egress, certificates, answering } = options;
  const names = Array.from({ length: count }, (_, index) => nodeName(cluster, index));
  const others = (name: string) => names.filter((other) => other !== name).map((other) => paths.node(other).socket);
  return startNodes({
    cluster,
    count,
    paths,
    listeners: options.listeners,
    clock: options.clock,
    logger: options.logger,
    agentConfig: (node) => ({
      nodeName: node.name,
      address: node.address,
      podCIDR: node.podCIDR,
      index: node.index,
      apiSocket: paths.socket,
      pullSocket: paths.pullSocket,
      egress,
      socket: paths.node(node.name).socket,
      neighbours: others(node.name),
      runtimeDir: paths.node(node.name).runtime,
      imagesDir: paths.images,
      serviceCIDR,
      dnsIP,
      clusterDomain,
    }),
    async credentials(name) {
      const pki = await certificates;
      const own = await pki.node(name);
      await answering;
      return { ca: pki.ca, ...own };
    },
  });
}
