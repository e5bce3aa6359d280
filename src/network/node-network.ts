/**
 * One node's share of the cluster network: watches Services and EndpointSlices, keeps the service proxy and the DNS zone
 * as they say, and tells when a pod no longer gets connections.
 */
import type { EndpointSlice, Node } from "../api/generated/types.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { nextTurn } from "../base/turn.ts";
import type { InformerFactory } from "../client/informer.ts";
import { endpointSlices, nodes as nodeKind, services as serviceKind } from "../client/kinds.ts";
import { ConnectionCounts, connectionMetrics } from "./connections.ts";
import { type DnsServer, startDns } from "./dns/server.ts";
import { Zone } from "./dns/zone.ts";
import { Picker } from "./picker.ts";
import type { ServiceProxy } from "./proxy.ts";
import { nodePortsAt, type PortPlan, planServices } from "./services.ts";

const zoneLabel = "topology.kubernetes.io/zone";

export interface NodeNetworkOptions {
  readonly nodeName: string;
  /** The node's own, where pods find node ports. */
  readonly address: string;
  readonly informers: InformerFactory;
  readonly proxy: ServiceProxy;
  /** `cluster.local` */
  readonly domain: string;
  /** Where DNS listens: the cluster IP of `kube-dns`, and the node's own address. */
  readonly dnsAddresses: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface NodeNetwork {
  /** Resolves when DNS answers and the proxy forwards what the caches held. */
  start(): Promise<void>;
  /** {@link connectionMetrics} of all that this node sends to endpoints, from pods and from the host. */
  connectionMetrics(): Promise<string>;
  /** The picker that leads traffic from the host to a Service port, by `ServicePort.id`. It follows the endpoints. */
  external(portId: string): Picker;
  /**
   * Resolves with true once no new connection reaches `ip` through this node's proxy because its endpoint terminates,
   * or with false after `timeoutMs`.
   */
  withdrawn(ip: string, timeoutMs: number): Promise<boolean>;
  stop(): Promise<void>;
}

export function createNodeNetwork(options: NodeNetworkOptions): NodeNetwork {
  const { proxy, informers, clock, random, logger, nodeName, domain } = options;
  const services = informers.informer(serviceKind);
  const slices = informers.informer(endpointSlices);
  const nodes = informers.informer(nodeKind, { fieldSelector: `metadata.name=${nodeName}` });
  const external = new Map<string, Picker>();
  const fromHost = new ConnectionCounts();
  const waiting = new Set<() => void>();
  let applied: readonly PortPlan[] = [];
  let appliedSlices: readonly EndpointSlice[] = [];
  let zone = new Zone(domain, [], []);
  let dns: DnsServer[] = [];
  let changed = false;
  let running: Promise<void> | undefined;
  let stopped = false;

  const zoneOf = (node: Node | undefined) => node?.metadata?.labels?.[zoneLabel] ?? "";
  const update = (picker: Picker, id: string) => {
    const plan = applied.find((p) => p.id === id);
    picker.update(plan?.externalBackends ?? [], plan?.affinitySeconds);
  };

  const applyOnce = async () => {
    changed = false;
    const serviceList = services.list();
    const sliceList = slices.list();
    zone = new Zone(domain, serviceList, sliceList);
    const plan = planServices(serviceList, sliceList, nodeName, zoneOf(nodes.get(nodeName)));
    await proxy.apply([...plan, ...nodePortsAt(options.address, plan)]);
    applied = plan;
    appliedSlices = sliceList;
    fromHost.keep(plan.map(({ id, externalBackends }) => ({ id, backends: externalBackends })));
    for (const [id, picker] of external) update(picker, id);
    for (const check of waiting) check();
  };

  /** Runs one apply at a time; changes that come meanwhile are taken together in the next. */
  const schedule = () => {
    changed = true;
    running ??= (async () => {
      await nextTurn();
      while (changed && !stopped) {
        try {
          await applyOnce();
        } catch (error) {
          logger.error("the service proxy could not be brought up to date", { proxy: proxy.name, error });
          changed = true;
          await clock.sleep(500);
        }
      }
    })().finally(() => {
      running = undefined;
      if (changed && !stopped) schedule();
    });
    return running;
  };

  /** No endpoint with this address takes new connections, in the state that is in force. One may still be used when
   * its Service has no other: then there is nothing to wait for. */
  const gone = (ip: string) =>
    !appliedSlices.some((s) =>
      s.endpoints?.some((e) => e.addresses.includes(ip) && !(e.conditions?.terminating ?? false)),
    );

  return {
    async start() {
      for (const informer of [services, slices]) {
        informer.addHandlers({ onAdd: schedule, onUpdate: schedule, onDelete: schedule });
      }
      nodes.addHandlers({
        onAdd: schedule,
        onUpdate(next, previous) {
          if (zoneOf(next) !== zoneOf(previous)) schedule();
        },
      });
      await Promise.all([services.synced(), slices.synced(), nodes.synced()]);
      dns = await Promise.all(options.dnsAddresses.map((address) => startDns(() => zone, address, 53)));
      await schedule();
    },

    connectionMetrics: async () =>
      connectionMetrics([...(await proxy.connections()), ...fromHost.list()], appliedSlices),

    external(id) {
      let picker = external.get(id);
      if (!picker) {
        picker = new Picker(clock, random, (backend) => fromHost.add(id, backend));
        external.set(id, picker);
        update(picker, id);
      }
      return picker;
    },

    withdrawn(ip, timeoutMs) {
      if (gone(ip)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (result: boolean) => {
          waiting.delete(check);
          cancel();
          resolve(result);
        };
        const check = () => {
          if (gone(ip)) finish(true);
        };
        const cancel = clock.after(timeoutMs, () => finish(false));
        waiting.add(check);
      });
    },

    async stop() {
      stopped = true;
      await running;
      await Promise.all(dns.map((server) => server.close()));
      await proxy.close();
    },
  };
}
