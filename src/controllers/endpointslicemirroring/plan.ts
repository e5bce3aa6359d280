/**
 * The EndpointSlices that show what somebody wrote as Endpoints (upstream's `controller/endpointslicemirroring`). Pure.
 * The service proxy and DNS read slices only.
 */
import { isIPv6 } from "node:net";
import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  Endpoints,
  Service,
} from "../../api/generated/types.ts";
import { endpoints as endpointsKind } from "../../client/kinds.ts";
import { type AddressType, identityOf, portsKey, sameState } from "../endpointslice/endpoint-of.ts";
import { managedByLabel, sameLabels, serviceNameLabel } from "../endpointslice/slice.ts";
import { triggerTimeAnnotation } from "../endpointslice/trigger-time.ts";
import { controllerReference, isDeleting } from "../ownership.ts";

export const managedByUs = "endpointslicemirroring-controller.k8s.io";
/** Addresses of one subset that are mirrored. */
export const maxPerSubset = 1000;
const skipLabel = "endpointslice.kubernetes.io/skip-mirror";
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";
const notMirrored = new Set([triggerTimeAnnotation, "kubectl.kubernetes.io/last-applied-configuration"]);

export interface MirrorPlan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly delete: readonly EndpointSlice[];
  /** Addresses beyond what is mirrored of a subset. */
  readonly skipped: number;
}

/** Endpoints of a Service with a selector have slices of their own; some Endpoints are no endpoints at all. */
function isMirrored(endpoints: Endpoints | undefined, service: Service | undefined): endpoints is Endpoints {
  if (!endpoints || !service || service.spec?.selector !== undefined) return false;
  const { labels, annotations } = endpoints.metadata ?? {};
  return labels?.[skipLabel] !== "true" && annotations?.[leaderAnnotation] === undefined;
}

/** @param existing slices of the Service that this controller manages */
export function plan(
  endpoints: Endpoints | undefined,
  service: Service | undefined,
  existing: readonly EndpointSlice[],
): MirrorPlan {
  if (!isMirrored(endpoints, service)) return { create: [], update: [], delete: existing, skipped: 0 };
  const { slices, skipped } = desiredSlices(endpoints);
  const left = new Set(existing);
  const create: EndpointSlice[] = [];
  const update: EndpointSlice[] = [];
  for (const slice of slices) {
    const before = existing.find((candidate) => left.has(candidate) && keyOf(candidate) === keyOf(slice));
    if (!before) {
      if (!isDeleting(endpoints)) create.push(slice);
      continue;
    }
    left.delete(before);
    const { annotations, labels, ownerReferences } = slice.metadata ?? {};
    if (!sameSlice(before, slice))
      update.push({ ...slice, metadata: { ...before.metadata, annotations, labels, ownerReferences } });
  }
  return { create, update, delete: [...left], skipped };
}

const keyOf = (slice: EndpointSlice): string => `${slice.addressType} ${portsKey(slice.ports ?? [])}`;

function sameSlice(a: EndpointSlice, b: EndpointSlice): boolean {
  const states = new Map(b.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  return (
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((endpoint) => {
      const other = states.get(identityOf(endpoint));
      return other !== undefined && sameState(endpoint, other);
    }) &&
    sameLabels(a, b.metadata?.labels ?? {}) &&
    JSON.stringify(Object.entries(a.metadata?.annotations ?? {}).sort()) ===
      JSON.stringify(Object.entries(b.metadata?.annotations ?? {}).sort()) &&
    a.metadata?.ownerReferences?.[0]?.uid === b.metadata?.ownerReferences?.[0]?.uid
  );
}

/** One slice for each set of ports in each address family. */
function desiredSlices(endpoints: Endpoints): { slices: readonly EndpointSlice[]; skipped: number } {
  const slices = new Map<string, EndpointSlice & { endpoints: Endpoint[] }>();
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of endpoints.subsets ?? []) {
    const all = [
      ...addresses.map((address) => ({ address, ready: true })),
      ...notReadyAddresses.map((address) => ({ address, ready: false })),
    ];
    skipped += Math.max(0, all.length - maxPerSubset);
    const slicePorts: DiscoveryEndpointPort[] = ports.map(({ name = "", port, protocol = "TCP", appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    }));
    for (const { address, ready } of all.slice(0, maxPerSubset)) {
      const empty = { ...newSlice(endpoints, isIPv6(address.ip) ? "IPv6" : "IPv4", slicePorts), endpoints: [] };
      const slice = slices.get(keyOf(empty)) ?? empty;
      slices.set(keyOf(empty), slice);
      slice.endpoints.push(endpointOf(address, ready));
    }
  }
  return { slices: [...slices.values()], skipped };
}

const endpointOf = ({ ip, nodeName, hostname, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(targetRef ? { targetRef } : {}),
  ...(nodeName ? { nodeName } : {}),
  ...(hostname ? { hostname } : {}),
});

function newSlice(endpoints: Endpoints, addressType: AddressType, ports: DiscoveryEndpointPort[]): EndpointSlice {
  const { name = "", namespace = "", labels, annotations = {} } = endpoints.metadata ?? {};
  const mirrored = Object.entries(annotations).filter(([key]) => !notMirrored.has(key));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: managedByUs },
      ...(mirrored.length > 0 ? { annotations: Object.fromEntries(mirrored) } : {}),
      ownerReferences: [controllerReference(endpointsKind, endpoints)],
    },
    addressType,
    endpoints: [],
    ports,
  };
}
