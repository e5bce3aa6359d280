/**
 * Which endpoints a node's proxy forwards to, for every port of every Service. Pure.
 * Rules: kube-proxy's `topology.go`.
 */
import { servicePortId } from "../api/core/service-port-id.ts";
import type { ServicePort as ApiServicePort, EndpointHints, EndpointSlice, Service } from "../api/generated/types.ts";
import { keyOf } from "../api/kind.ts";
import type { Backend, ServicePort } from "./proxy.ts";

interface Candidate extends Backend {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly local: boolean;
  readonly hints: EndpointHints;
}

/** Where one Service port leads, for traffic from inside and from outside. */
export interface PortPlan extends ServicePort {
  /** Node port, if the Service has one. */
  readonly nodePort?: number;
  /** Used for traffic that comes in from the host. */
  readonly externalBackends: readonly Backend[];
}

const serviceNameLabel = "kubernetes.io/service-name";

/** The key `namespace/name` of the Service that a slice belongs to; undefined when it names none. */
export const serviceOf = (slice: EndpointSlice): string | undefined => {
  const name = slice.metadata?.labels?.[serviceNameLabel];
  return name ? `${slice.metadata?.namespace}/${name}` : undefined;
};

function candidates(slices: readonly EndpointSlice[], port: ApiServicePort, nodeName: string): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const slice of slices) {
    if (slice.addressType !== "IPv4") continue;
    const match = slice.ports?.find(
      (p) => (p.name ?? "") === (port.name ?? "") && (p.protocol ?? "TCP") === (port.protocol ?? "TCP"),
    );
    if (match?.port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses[0];
      if (ip === undefined) continue;
      const ready = endpoint.conditions?.ready ?? true;
      found.set(`${ip}:${match.port}`, {
        ip,
        port: match.port,
        ready,
        serving: endpoint.conditions?.serving ?? ready,
        terminating: endpoint.conditions?.terminating ?? false,
        local: endpoint.nodeName === nodeName,
        hints: endpoint.hints ?? {},
      });
    }
  }
  return [...found.values()];
}

const plain = (list: readonly Candidate[]): Backend[] =>
  list.map(({ ip, port }) => ({ ip, port })).sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port));

/** Ready endpoints; when there are none, those that still serve while they terminate. */
function usable(list: readonly Candidate[]): Backend[] {
  const ready = list.filter((c) => c.ready);
  return plain(ready.length > 0 ? ready : list.filter((c) => c.serving && c.terminating));
}

/**
 * The endpoints that are meant for this node, or else for its zone. Hints are a wish: unless every ready endpoint has
 * one, and one leads here, all endpoints serve.
 */
function hinted(all: readonly Candidate[], nodeName: string, zone: string): readonly Candidate[] {
  const ready = all.filter((c) => c.ready);
  const select = (names: (hints: EndpointHints) => readonly { name: string }[] | undefined, wanted: string) => {
    const complete = ready.every((c) => (names(c.hints) ?? []).length > 0);
    return complete ? ready.filter((c) => names(c.hints)?.some(({ name }) => name === wanted)) : [];
  };
  const onNode = select((hints) => hints.forNodes, nodeName);
  const near = onNode.length > 0 ? onNode : select((hints) => hints.forZones, zone);
  return near.length > 0 ? near : all;
}

/**
 * Plans all Services of the cluster for one node. Headless and ExternalName Services are not proxied.
 * @param zone the node's `topology.kubernetes.io/zone`
 */
export function planServices(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  nodeName: string,
  zone = "",
): PortPlan[] {
  const byService = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = serviceOf(slice);
    if (key === undefined) continue;
    const list = byService.get(key);
    if (list) list.push(slice);
    else byService.set(key, [slice]);
  }
  return services.flatMap((service) => planService(service, byService.get(keyOf(service)) ?? [], nodeName, zone));
}

function planService(service: Service, slices: readonly EndpointSlice[], nodeName: string, zone: string): PortPlan[] {
  const spec = service.spec ?? {};
  const clusterIP = spec.clusterIP;
  if (spec.type === "ExternalName" || !clusterIP || clusterIP === "None") return [];
  const affinity =
    spec.sessionAffinity === "ClientIP" ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined;
  return (spec.ports ?? []).flatMap((port): PortPlan[] => {
    const protocol = port.protocol ?? "TCP";
    if (protocol !== "TCP" && protocol !== "UDP") return [];
    const all = candidates(slices, port, nodeName);
    const cluster = usable(hinted(all, nodeName, zone));
    const internal = spec.internalTrafficPolicy === "Local" ? usable(all.filter((c) => c.local)) : cluster;
    return [
      {
        id: servicePortId(service, port),
        protocol,
        clusterIP,
        port: port.port,
        backends: internal,
        drop: internal.length === 0 && cluster.length > 0,
        // Traffic that reaches a loopback listener comes from the machine itself: the Cluster set, whatever the policy.
        externalBackends: cluster,
        ...(affinity === undefined ? {} : { affinitySeconds: affinity }),
        ...(port.nodePort ? { nodePort: port.nodePort } : {}),
      },
    ];
  });
}

/**
 * The node ports as pods reach them, at the node's own address. The backend may be on another node, and the caller too:
 * the answer has to come back through here.
 */
export const nodePortsAt = (address: string, plan: readonly PortPlan[]): ServicePort[] =>
  plan.flatMap(({ id, protocol, nodePort, externalBackends, affinitySeconds }) =>
    nodePort === undefined
      ? []
      : [
          {
            id: `${id}:node`,
            protocol,
            clusterIP: address,
            port: nodePort,
            backends: externalBackends,
            drop: false,
            masquerade: true,
            ...(affinitySeconds === undefined ? {} : { affinitySeconds }),
          },
        ],
  );
