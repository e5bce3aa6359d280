/** Who is behind a Service: the pods that its selector picks, and the endpoints that were made of them. Pure. */
import { isTerminal } from "../../api/core/pod-phase.ts";
import type { EndpointSlice, Pod, Service } from "../../api/generated/types.ts";

export interface BackendPort {
  readonly name: string;
  readonly port: number;
}

export interface Backend {
  /** `pod NAME` or `address ADDRESS`. */
  readonly id: string;
  /** Absent for an endpoint that is no pod. */
  readonly pod?: Pod;
  /** Empty while a pod has none. */
  readonly address: string;
  /** Does it get new connections? A pod without an endpoint does not. */
  readonly ready: boolean;
  /** It stops, and still answers. */
  readonly draining: boolean;
  /** The ports that it listens on, as its slice has them. */
  readonly ports: readonly BackendPort[];
}

/** Label of a slice: the Service it belongs to. */
export const serviceNameLabel = "kubernetes.io/service-name";

const selects = (selector: Readonly<Record<string, string>>, { metadata }: Pod): boolean =>
  Object.entries(selector).every(([key, value]) => metadata?.labels?.[key] === value);

/**
 * @param slices the Service's own
 * @param pods of its namespace; those that have ended are not behind it
 */
export function backendsOf(service: Service, slices: readonly EndpointSlice[], pods: readonly Pod[]): Backend[] {
  const selector = service.spec?.selector ?? {};
  const picked = Object.keys(selector).length === 0 ? [] : pods.filter((pod) => selects(selector, pod));
  const backends = new Map<string, Backend>();
  for (const pod of picked) {
    if (isTerminal(pod.status?.phase)) continue;
    const id = `pod ${pod.metadata?.name}`;
    backends.set(id, { id, pod, address: pod.status?.podIP ?? "", ready: false, draining: false, ports: [] });
  }
  for (const { endpoints, ports } of slices) {
    const own = (ports ?? []).flatMap(({ name, port }) => (port ? [{ name: name ?? "", port }] : []));
    for (const { addresses, conditions, targetRef } of endpoints ?? []) {
      const [address = ""] = addresses;
      const id = targetRef?.kind === "Pod" ? `pod ${targetRef.name}` : `address ${address}`;
      const known = backends.get(id);
      const pod = known?.pod ?? pods.find(({ metadata }) => `pod ${metadata?.name}` === id);
      backends.set(id, {
        id,
        ...(pod ? { pod } : {}),
        address,
        // Unset means ready, by the API's own words.
        ready: conditions?.ready ?? true,
        draining: (conditions?.terminating ?? false) && (conditions?.serving ?? false),
        // One endpoint is in several slices when pods have different numbers for a port's name.
        ports: known && known.ports.length > 0 ? known.ports : own,
      });
    }
  }
  return [...backends.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
