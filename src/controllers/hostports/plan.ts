/**
 * The ways in from the host: which loopback addresses and ports a Service wants. Pure.
 *
 * A node port is served on 127.0.0.1; every LoadBalancer gets an address of its own in the cluster's part of 127/8.
 */
import { servicePortId } from "../../api/core/service-port-id.ts";
import type { Service, ServicePort } from "../../api/generated/types.ts";

/** One listener on the host. */
export interface Wanted {
  readonly address: string;
  readonly port: number;
  /** Id of the Service port it leads to: `namespace/name:port` (network/services.ts). */
  readonly portId: string;
  readonly use: "nodePort" | "loadBalancer";
  /** Port to listen on instead when `port` needs privileges that are not there; 0 for any. */
  readonly unprivileged: number;
}

export interface HostPortPlan {
  /** Address of a LoadBalancer; undefined for other types, and when the range is used up. */
  readonly address: string | undefined;
  readonly listeners: readonly Wanted[];
  /** What the Service asks for and does not get here, as events. */
  readonly unmet: readonly { readonly reason: string; readonly message: string }[];
}

/** Addresses for LoadBalancers: `first` to `last` in the last part of `prefix`, for example `127.93.7` and 1 to 254. */
export interface AddressRange {
  readonly prefix: string;
  readonly first: number;
  readonly last: number;
}

/** A range for the cluster, taken from its uid so that clusters side by side rarely meet; never 127.0.x. */
export function addressRange(clusterUid: string): AddressRange {
  let hash = 2166136261;
  for (const char of clusterUid) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
  return { prefix: `127.${64 + (hash % 190)}.${(hash >>> 8) % 256}`, first: 1, last: 254 };
}

const protocolOf = (port: ServicePort) => port.protocol ?? "TCP";

/**
 * @param taken addresses that other LoadBalancers have, or that turned out to be in use by another program
 */
export function planHostPorts(service: Service, range: AddressRange, taken: ReadonlySet<string>): HostPortPlan {
  const spec = service.spec ?? {};
  const isLoadBalancer = spec.type === "LoadBalancer" && !spec.loadBalancerClass;
  if (service.metadata?.deletionTimestamp || (spec.type !== "NodePort" && spec.type !== "LoadBalancer")) {
    return { address: undefined, listeners: [], unmet: unmetOf(service) };
  }
  const address = isLoadBalancer ? chooseAddress(service, range, taken) : undefined;
  const ports = spec.ports ?? [];
  const listeners = ports
    .filter((p) => protocolOf(p) === "TCP")
    .flatMap((p): Wanted[] => [
      ...(p.nodePort
        ? [
            {
              address: "127.0.0.1",
              port: p.nodePort,
              portId: servicePortId(service, p),
              use: "nodePort" as const,
              unprivileged: 0,
            },
          ]
        : []),
      ...(address
        ? [
            {
              address,
              port: p.port,
              portId: servicePortId(service, p),
              use: "loadBalancer" as const,
              unprivileged: p.nodePort ?? 0,
            },
          ]
        : []),
    ]);
  const unmet = unmetOf(service);
  if (isLoadBalancer && !address) {
    const { prefix, first, last } = range;
    const message = `Error syncing load balancer: all addresses from ${prefix}.${first} to ${prefix}.${last} are in use`;
    unmet.push({ reason: "SyncLoadBalancerFailed", message });
  }
  return { address, listeners, unmet };
}

/** What is asked for that nothing here serves: nobody should have to find that out by trying. */
function unmetOf({ metadata, spec }: Service): { reason: string; message: string }[] {
  if (metadata?.deletionTimestamp) return [];
  const unmet: { reason: string; message: string }[] = [];
  const fromHost = spec?.type === "NodePort" || spec?.type === "LoadBalancer";
  for (const { port, protocol = "TCP" } of (fromHost && spec.ports) || []) {
    const message = `port ${port}/${protocol} is served inside the cluster only: the host's side forwards TCP`;
    if (protocol !== "TCP") unmet.push({ reason: "UnsupportedProtocol", message });
  }
  if (spec?.healthCheckNodePort) {
    const message = `health checks are not answered at port ${spec.healthCheckNodePort}: no load balancer of wherry asks`;
    unmet.push({ reason: "UnsupportedHealthCheckNodePort", message });
  }
  if (spec?.externalIPs?.length) {
    const message = `nothing is forwarded from ${spec.externalIPs.join(", ")}: wherry does not serve external IPs`;
    unmet.push({ reason: "UnsupportedExternalIPs", message });
  }
  return unmet;
}

/** Keeps the address it has; a wanted one (`spec.loadBalancerIP`) comes next; else the lowest free one. */
function chooseAddress(service: Service, range: AddressRange, taken: ReadonlySet<string>): string | undefined {
  const usable = (ip: string | undefined): ip is string => ip?.startsWith("127.") === true && !taken.has(ip);
  const current = service.status?.loadBalancer?.ingress?.[0]?.ip;
  if (usable(current)) return current;
  if (usable(service.spec?.loadBalancerIP)) return service.spec?.loadBalancerIP;
  for (let i = range.first; i <= range.last; i++) {
    const ip = `${range.prefix}.${i}`;
    if (!taken.has(ip)) return ip;
  }
  return undefined;
}
