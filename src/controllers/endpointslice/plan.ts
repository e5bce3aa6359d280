/**
 * Which EndpointSlices a Service should have (upstream's `endpointslice/reconciler.go`). Pure. Slices are changed as
 * little as possible: an endpoint stays where it is, and what is new goes where something changes anyway.
 */
import type { DiscoveryEndpointPort, Endpoint, EndpointSlice, Node, Pod, Service } from "../../api/generated/types.ts";
import { isDeleting } from "../ownership.ts";
import {
  type AddressType,
  addressTypesOf,
  endpointOf,
  endpointPortsOf,
  identityOf,
  portsKey,
  sameState,
} from "./endpoint-of.ts";
import { mayServe } from "./service-pods.ts";
import { isOwnedBy, labelsOf, newSlice, sameLabels } from "./slice.ts";

/** Endpoints in one slice. */
export const maxEndpointsPerSlice = 100;

export interface Snapshot {
  readonly service: Service;
  /** Those that the Service selects. */
  readonly pods: readonly Pod[];
  /** Slices of this Service that this controller manages. */
  readonly slices: readonly EndpointSlice[];
  readonly node: (name: string) => Node | undefined;
}

export interface Plan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly delete: readonly EndpointSlice[];
  /** Names of pods left out because the cache does not have their node yet. */
  readonly skipped: readonly string[];
}

interface Changes {
  readonly create: EndpointSlice[];
  readonly update: EndpointSlice[];
  readonly delete: EndpointSlice[];
}

export function plan(snapshot: Snapshot): Plan {
  const { service, slices } = snapshot;
  const changes: Changes = { create: [], update: [], delete: [] };
  const types = addressTypesOf(service);
  const skipped = new Set<string>();
  for (const type of types)
    planFamily(
      snapshot,
      type,
      slices.filter((s) => s.addressType === type),
      changes,
      skipped,
    );
  changes.delete.push(...slices.filter((slice) => !types.includes(slice.addressType as AddressType)));
  return { ...withoutChurn(service, changes), skipped: [...skipped] };
}

/** Endpoints that resolve the Service's ports alike, and so can share slices. */
interface Group {
  readonly ports: readonly DiscoveryEndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}

function planFamily(
  snapshot: Snapshot,
  type: AddressType,
  slices: readonly EndpointSlice[],
  changes: Changes,
  skipped: Set<string>,
): void {
  const groups = desiredGroups(snapshot, type, skipped);
  const { service } = snapshot;
  const family: Changes = { create: [], update: [], delete: [] };
  const existing = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = portsKey(slice.ports ?? []);
    if (!isOwnedBy(slice, service) || !groups.has(key)) family.delete.push(slice);
    else existing.set(key, [...(existing.get(key) ?? []), slice]);
  }
  for (const [key, group] of groups) planGroup(service, type, group, existing.get(key) ?? [], family);
  keepPlaceholder(service, type, slices, family);
  changes.create.push(...family.create);
  changes.update.push(...family.update);
  changes.delete.push(...family.delete);
}

function desiredGroups(snapshot: Snapshot, type: AddressType, skipped: Set<string>): Map<string, Group> {
  const { service, pods, node } = snapshot;
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    if (!mayServe(pod)) continue;
    const on = pod.spec?.nodeName ? node(pod.spec.nodeName) : undefined;
    if (pod.spec?.nodeName && !on && !service.spec?.publishNotReadyAddresses) {
      skipped.add(pod.metadata?.name ?? "");
      continue;
    }
    const endpoint = endpointOf(pod, on, service, type);
    if (!endpoint) continue;
    const ports = endpointPortsOf(pod, service);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
    group.endpoints.set(identityOf(endpoint), endpoint);
    groups.set(key, group);
  }
  return groups;
}

function planGroup(
  service: Service,
  type: AddressType,
  group: Group,
  slices: readonly EndpointSlice[],
  changes: Changes,
): void {
  const left = new Map(group.endpoints);
  const changed: EndpointSlice[] = [];
  const unchanged: EndpointSlice[] = [];
  for (const slice of slices) {
    const before = slice.endpoints ?? [];
    const { endpoints, updated } = kept(before, left);
    const labels = labelsOf(service);
    if (endpoints.length === 0 && before.length > 0) changes.delete.push(slice);
    else if (updated || endpoints.length !== before.length || !sameLabels(slice, labels))
      changed.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints });
    else unchanged.push(slice);
  }
  const take = (room: number): Endpoint[] => {
    const taken = [...left].slice(0, Math.max(0, room));
    for (const [id] of taken) left.delete(id);
    return taken.map(([, endpoint]) => endpoint);
  };
  const fill = (slice: EndpointSlice): EndpointSlice => ({
    ...slice,
    endpoints: [...slice.endpoints, ...take(maxEndpointsPerSlice - slice.endpoints.length)],
  });
  const filled = changed.sort((a, b) => b.endpoints.length - a.endpoints.length).map(fill);
  const roomy = left.size > 0 ? fullestThatFits(unchanged, left.size) : undefined;
  if (roomy) filled.push(fill(roomy));
  while (left.size > 0) changes.create.push(fill(newSlice(service, type, group.ports)));
  changes.update.push(...filled);
}

/** What stays in a slice of what was there, in its newest state. Takes it from `left`. */
function kept(before: readonly Endpoint[], left: Map<string, Endpoint>): { endpoints: Endpoint[]; updated: boolean } {
  let updated = false;
  const endpoints = before.flatMap((endpoint) => {
    const id = identityOf(endpoint);
    const desired = left.get(id);
    if (!desired) return [];
    left.delete(id);
    if (sameState(endpoint, desired)) return [endpoint];
    updated = true;
    return [desired];
  });
  return { endpoints, updated };
}

function fullestThatFits(slices: readonly EndpointSlice[], count: number): EndpointSlice | undefined {
  return slices
    .filter((slice) => slice.endpoints.length + count <= maxEndpointsPerSlice)
    .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
}

/** A Service without endpoints has one empty slice, which tells it apart from one that nobody has looked at. */
function keepPlaceholder(
  service: Service,
  type: AddressType,
  slices: readonly EndpointSlice[],
  changes: Changes,
): void {
  if (changes.create.length > 0 || slices.length > changes.delete.length) return;
  const placeholder = newSlice(service, type, []);
  const [only] = changes.delete;
  const same =
    changes.delete.length === 1 &&
    only !== undefined &&
    isOwnedBy(only, service) &&
    only.endpoints.length === 0 &&
    (only.ports ?? []).length === 0 &&
    sameLabels(only, labelsOf(service));
  if (same) changes.delete.length = 0;
  else changes.create.push(placeholder);
}

/** A slice that goes and one that comes are one slice that changes. */
function withoutChurn(service: Service, changes: Changes): Changes {
  const create = [...changes.create];
  const update = [...changes.update];
  const gone: EndpointSlice[] = [];
  for (const old of changes.delete) {
    const i = isOwnedBy(old, service) ? create.findLastIndex((slice) => slice.addressType === old.addressType) : -1;
    const [fresh] = i < 0 ? [] : create.splice(i, 1);
    if (!fresh) gone.push(old);
    else update.push({ ...fresh, metadata: { ...old.metadata, labels: fresh.metadata?.labels } });
  }
  return { create: isDeleting(service) ? [] : create, update, delete: gone };
}
