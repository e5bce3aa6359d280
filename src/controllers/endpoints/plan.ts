/** The legacy Endpoints object of a Service (upstream's `controller/endpoint`). Pure. */
import { isIPv6 } from "node:net";
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from "../../api/generated/types.ts";
import { addressTypesOf } from "../endpointslice/endpoint-of.ts";
import { isHeadless, mayServe, podAddresses, targetPortOf } from "../endpointslice/service-pods.ts";
import { headlessLabel } from "../endpointslice/slice.ts";
import { triggerTimeAnnotation } from "../endpointslice/trigger-time.ts";
import { isReady } from "../pod-state.ts";

const maxAddresses = 1000;
const overCapacityAnnotation = "endpoints.kubernetes.io/over-capacity";
export const managedByLabel = "endpoints.kubernetes.io/managed-by";
const managedByUs = "endpoint-controller";

interface Entry {
  readonly address: EndpointAddress;
  readonly ready: boolean;
}

function addressOf(pod: Pod, service: Service): EndpointAddress | undefined {
  const wantsIPv6 = addressTypesOf(service)[0] === "IPv6";
  const ip = podAddresses(pod).find((address) => isIPv6(address) === wantsIPv6);
  if (!ip) return undefined;
  const { namespace = "", name = "", uid } = pod.metadata ?? {};
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  const named = hostname && subdomain === service.metadata?.name && namespace === service.metadata?.namespace;
  return {
    ip,
    ...(named ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, ...(uid ? { uid } : {}) },
  };
}

const portId = (port: EndpointPort) =>
  JSON.stringify([port.name ?? "", port.port, port.protocol ?? "", port.appProtocol ?? ""]);
const entryId = ({ address, ready }: Entry) => JSON.stringify([address.ip, address.targetRef?.uid ?? "", ready]);
const byIp = (a: EndpointAddress, b: EndpointAddress) =>
  compare(a.ip, b.ip) || compare(a.targetRef?.uid ?? "", b.targetRef?.uid ?? "");
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Ports that have the same addresses share a subset. */
function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const ports = new Map<string, { readonly port: EndpointPort | undefined; readonly entries: Map<string, Entry> }>();
  const unready = service.spec?.publishNotReadyAddresses === true;
  for (const pod of pods) {
    if (!mayServe(pod) || (pod.metadata?.deletionTimestamp && !unready)) continue;
    const address = addressOf(pod, service);
    if (!address) continue;
    const entry: Entry = { address, ready: unready || isReady(pod) };
    for (const port of portsOf(pod, service)) {
      const id = port ? portId(port) : "";
      const known = ports.get(id) ?? { port, entries: new Map<string, Entry>() };
      known.entries.set(entryId(entry), entry);
      ports.set(id, known);
    }
  }
  const subsets = new Map<string, { readonly ports: EndpointPort[]; readonly entries: readonly Entry[] }>();
  for (const { port, entries } of ports.values()) {
    const id = [...entries.keys()].sort().join();
    const subset = subsets.get(id) ?? { ports: [], entries: [...entries.values()] };
    if (port) subset.ports.push(port);
    subsets.set(id, subset);
  }
  return [...subsets.values()]
    .map(({ ports, entries }) => ({ entries, ports: ports.sort((a, b) => compare(portId(a), portId(b))) }))
    .sort((a, b) => compare(a.ports.map(portId).join(), b.ports.map(portId).join()))
    .map(({ ports, entries }) => subset(ports, entries));
}

function subset(ports: readonly EndpointPort[], entries: readonly Entry[]): EndpointSubset {
  const addresses = (ready: boolean) =>
    entries.flatMap((entry) => (entry.ready === ready ? [entry.address] : [])).sort(byIp);
  const [up, down] = [addresses(true), addresses(false)];
  return {
    ...(up.length > 0 ? { addresses: up } : {}),
    ...(down.length > 0 ? { notReadyAddresses: down } : {}),
    ...(ports.length > 0 ? { ports: [...ports] } : {}),
  };
}

/** The Service's ports as the pod has them. A headless Service without ports has its addresses without a port. */
function portsOf(pod: Pod, service: Service): readonly (EndpointPort | undefined)[] {
  const ports = service.spec?.ports ?? [];
  if (ports.length === 0) return isHeadless(service) ? [undefined] : [];
  return ports.flatMap((port) => {
    const number = targetPortOf(pod, port);
    if (number === undefined) return [];
    return [
      {
        ...(port.name ? { name: port.name } : {}),
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}

/** Keeps a thousand addresses, ready ones first, from each subset its share. */
function truncated(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] | undefined {
  const count = (of: (s: EndpointSubset) => readonly unknown[] | undefined) =>
    subsets.reduce((sum, s) => sum + (of(s)?.length ?? 0), 0);
  const up = count((s) => s.addresses);
  const down = count((s) => s.notReadyAddresses);
  if (up + down <= maxAddresses) return undefined;
  let roomUp = Math.min(up, maxAddresses);
  let roomDown = maxAddresses - roomUp;
  const share = (list: readonly EndpointAddress[], total: number, of: number, left: number) =>
    list.slice(0, Math.min(left, Math.ceil((list.length / Math.max(1, total)) * of)));
  const [quotaUp, quotaDown] = [roomUp, roomDown];
  return subsets
    .map(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
      const keptUp = share(addresses, up, quotaUp, roomUp);
      const keptDown = share(notReadyAddresses, down, quotaDown, roomDown);
      roomUp -= keptUp.length;
      roomDown -= keptDown.length;
      return subset(ports, [
        ...keptUp.map((address) => ({ address, ready: true })),
        ...keptDown.map((address) => ({ address, ready: false })),
      ]);
    })
    .filter(({ addresses, notReadyAddresses }) => addresses || notReadyAddresses);
}

export type EndpointsAction =
  | { readonly action: "none" }
  | { readonly action: "create" | "update"; readonly endpoints: Endpoints };

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const sortedEntries = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).sort(([a], [b]) => compare(a, b));
const canonical = (subsets: readonly EndpointSubset[] | undefined) =>
  (subsets ?? []).map(({ addresses = [], notReadyAddresses = [], ports = [] }) => [
    addresses.map(shown),
    notReadyAddresses.map(shown),
    ports.map(portId),
  ]);
const shown = ({ ip, hostname = "", nodeName = "", targetRef }: EndpointAddress) => [
  ip,
  hostname,
  nodeName,
  targetRef?.namespace ?? "",
  targetRef?.name ?? "",
  targetRef?.uid ?? "",
];

/**
 * @param pods those that the Service selects
 * @param triggerTime when what the endpoints are made of last changed, RFC 3339
 */
export function plan(
  service: Service,
  pods: readonly Pod[],
  existing: Endpoints | undefined,
  triggerTime: string | undefined,
): EndpointsAction {
  const all = subsetsOf(service, pods);
  const fewer = truncated(all);
  const subsets = fewer ?? all;
  const { [headlessLabel]: _, ...own } = service.metadata?.labels ?? {};
  const labels: Record<string, string> = {
    ...own,
    [managedByLabel]: managedByUs,
    ...(isHeadless(service) ? { [headlessLabel]: "" } : {}),
  };
  const before = existing?.metadata?.annotations ?? {};
  const capacity = fewer ? "truncated" : undefined;
  const unchanged =
    existing !== undefined &&
    same(canonical(existing.subsets), canonical(subsets)) &&
    same(sortedEntries(existing.metadata?.labels ?? {}), sortedEntries(labels)) &&
    before[overCapacityAnnotation] === capacity;
  if (unchanged) return { action: "none" };
  const { [overCapacityAnnotation]: __, [triggerTimeAnnotation]: ___, ...others } = before;
  const annotations: Record<string, string> = {
    ...others,
    ...(triggerTime ? { [triggerTimeAnnotation]: triggerTime } : {}),
    ...(capacity ? { [overCapacityAnnotation]: capacity } : {}),
  };
  const { annotations: ____, ...metadata } = existing?.metadata ?? {
    name: service.metadata?.name ?? "",
    namespace: service.metadata?.namespace ?? "",
  };
  const endpoints: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...metadata, labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    ...(subsets.length > 0 ? { subsets: [...subsets] } : {}),
  };
  return { action: existing ? "update" : "create", endpoints };
}
