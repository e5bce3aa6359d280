/** The parts of an EndpointSlice that come from its Service. Pure. */
import type { DiscoveryEndpointPort, EndpointSlice, Service } from "../../api/generated/types.ts";
import { services } from "../../client/kinds.ts";
import { controllerReference } from "../ownership.ts";
import type { AddressType } from "./endpoint-of.ts";
import { isHeadless } from "./service-pods.ts";

export const serviceNameLabel = "kubernetes.io/service-name";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
export const managedByUs = "endpointslice-controller.k8s.io";
export const headlessLabel = "service.kubernetes.io/headless";
const reserved = new Set([serviceNameLabel, managedByLabel, headlessLabel]);

type Labels = Record<string, string>;

/** The labels a slice of this Service should have. */
export function labelsOf(service: Service): Labels {
  const own = Object.entries(service.metadata?.labels ?? {}).filter(([key]) => !reserved.has(key));
  return {
    ...Object.fromEntries(own),
    ...(isHeadless(service) ? { [headlessLabel]: "" } : {}),
    [serviceNameLabel]: service.metadata?.name ?? "",
    [managedByLabel]: managedByUs,
  };
}

export function sameLabels(slice: EndpointSlice, labels: Labels): boolean {
  const before = slice.metadata?.labels ?? {};
  const keys = Object.keys(labels);
  return Object.keys(before).length === keys.length && keys.every((key) => before[key] === labels[key]);
}

export const isOwnedBy = (slice: EndpointSlice, service: Service): boolean =>
  (slice.metadata?.ownerReferences ?? []).some(({ controller, uid }) => controller && uid === service.metadata?.uid);

/** An empty slice; the server completes its name. */
export function newSlice(
  service: Service,
  addressType: AddressType,
  ports: readonly DiscoveryEndpointPort[],
): EndpointSlice {
  const { name = "", namespace = "" } = service.metadata ?? {};
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: labelsOf(service),
      ownerReferences: [controllerReference(services, service)],
    },
    addressType,
    endpoints: [],
    ports: [...ports],
  };
}
