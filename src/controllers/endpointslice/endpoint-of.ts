/** One pod as an endpoint of a Service. Pure. */
import { isIPv4, isIPv6 } from "node:net";
import type { DiscoveryEndpointPort, Endpoint, EndpointHints, Node, Pod, Service } from "../../api/generated/types.ts";
import { isReady } from "../pod-state.ts";
import { podAddresses, targetPortOf } from "./service-pods.ts";

export type AddressType = "IPv4" | "IPv6";

const zoneLabel = "topology.kubernetes.io/zone";

/** The address families in which a Service has endpoints. */
export function addressTypesOf(service: Service): readonly AddressType[] {
  const families = (service.spec?.ipFamilies ?? []).filter((f): f is AddressType => f === "IPv4" || f === "IPv6");
  if (families.length > 0) return families;
  return isIPv6(service.spec?.clusterIP ?? "") ? ["IPv6"] : ["IPv4"];
}

/** Undefined when the pod has no address of the family. */
export function endpointOf(
  pod: Pod,
  node: Node | undefined,
  service: Service,
  addressType: AddressType,
): Endpoint | undefined {
  const isAddress = addressType === "IPv4" ? isIPv4 : isIPv6;
  const addresses = podAddresses(pod).filter((address) => isAddress(address));
  if (addresses.length === 0) return undefined;
  const serving = isReady(pod);
  const terminating = pod.metadata?.deletionTimestamp !== undefined;
  const { namespace = "", name = "", uid } = pod.metadata ?? {};
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  const zone = node?.metadata?.labels?.[zoneLabel];
  const named = hostname && subdomain === service.metadata?.name && namespace === service.metadata?.namespace;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hints = ready ? hintsFor(service, zone, nodeName) : undefined;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(named ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace, name, ...(uid ? { uid } : {}) },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(hints ? { hints } : {}),
  };
}

/** Whom an endpoint should serve first, when the Service asks for near ones (`spec.trafficDistribution`). */
function hintsFor(service: Service, zone: string | undefined, node: string | undefined): EndpointHints | undefined {
  const wish = service.spec?.trafficDistribution;
  if (wish !== "PreferClose" && wish !== "PreferSameZone" && wish !== "PreferSameNode") return undefined;
  const forNodes = wish === "PreferSameNode" && node ? { forNodes: [{ name: node }] } : {};
  const hints = { ...forNodes, ...(zone ? { forZones: [{ name: zone }] } : {}) };
  return Object.keys(hints).length > 0 ? hints : undefined;
}

/** The Service's ports as this pod has them; those whose name it does not have are left out. */
export function endpointPortsOf(pod: Pod, service: Service): DiscoveryEndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPortOf(pod, port);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? "",
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}

/** The same for the same ports in any order. */
export const portsKey = (ports: readonly DiscoveryEndpointPort[]): string =>
  ports
    .map((p) => JSON.stringify([p.name ?? "", p.protocol ?? "TCP", p.port ?? 0, p.appProtocol ?? ""]))
    .sort()
    .join();

/** Two endpoints with one identity are the same endpoint in different states. */
export const identityOf = (endpoint: Endpoint): string =>
  JSON.stringify([
    [...endpoint.addresses].sort(),
    endpoint.hostname ?? "",
    endpoint.targetRef?.namespace ?? "",
    endpoint.targetRef?.name ?? "",
  ]);

const hintsText = ({ hints }: Endpoint): string =>
  JSON.stringify([hints?.forZones?.map((zone) => zone.name) ?? [], hints?.forNodes?.map((node) => node.name) ?? []]);

/** Equality of what the identity leaves out. */
export const sameState = (a: Endpoint, b: Endpoint): boolean =>
  a.nodeName === b.nodeName &&
  a.zone === b.zone &&
  a.conditions?.ready === b.conditions?.ready &&
  a.conditions?.serving === b.conditions?.serving &&
  a.conditions?.terminating === b.conditions?.terminating &&
  hintsText(a) === hintsText(b) &&
  a.targetRef?.kind === b.targetRef?.kind &&
  a.targetRef?.uid === b.targetRef?.uid;
