/**
 * What happens to a Service's allocated and type-dependent fields on an update: values that the writer left out are
 * kept, values that its new type cannot have are dropped, unless the writer changed them as well.
 */
import { semanticEqual } from "../equal.ts";
import type { Service, ServicePort, ServiceSpec } from "../generated/types.ts";

export const needsClusterIP = (spec: ServiceSpec): boolean => spec.type !== "ExternalName";
export const needsNodePort = (spec: ServiceSpec): boolean => spec.type === "NodePort" || spec.type === "LoadBalancer";
export const needsHealthCheckNodePort = (spec: ServiceSpec): boolean =>
  spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === "None" || spec.clusterIPs?.[0] === "None";
/** Can traffic come from outside the cluster? */
export const isExternallyAccessible = (spec: ServiceSpec): boolean =>
  needsNodePort(spec) || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);

const usedNodePorts = (ports: readonly ServicePort[] | undefined) =>
  new Set((ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));

/** Keeps what was allocated where the writer says nothing of it, as `kubectl replace` does. */
export function keepAllocated(next: ServiceSpec, previous: ServiceSpec): void {
  if (needsClusterIP(previous) && needsClusterIP(next)) {
    next.clusterIP ||= previous.clusterIP;
    if (!next.clusterIPs?.length && previous.clusterIPs?.length) next.clusterIPs = previous.clusterIPs;
    next.ipFamilies ??= previous.ipFamilies;
    next.ipFamilyPolicy ??= previous.ipFamilyPolicy;
  }
  if (needsNodePort(previous) && needsNodePort(next)) {
    const stillUsed = usedNodePorts(next.ports);
    const byName = new Map((previous.ports ?? []).map((port) => [port.name ?? "", port.nodePort]));
    for (const port of next.ports ?? []) {
      const old = byName.get(port.name ?? "");
      if (!port.nodePort && old && !stillUsed.has(old)) port.nodePort = old;
    }
  }
  if (needsHealthCheckNodePort(previous) && needsHealthCheckNodePort(next))
    next.healthCheckNodePort ||= previous.healthCheckNodePort;
}

/** Keeps `clusterIP` and `clusterIPs` in step for writers that know only one of them. */
export function normalizeClusterIPs(next: ServiceSpec, previous?: ServiceSpec): void {
  if (!previous) {
    if (next.clusterIP && !next.clusterIPs?.length) next.clusterIPs = [next.clusterIP];
    return;
  }
  const same = semanticEqual(next.clusterIPs, previous.clusterIPs);
  if (previous.clusterIPs?.length && !next.clusterIPs?.length && next.clusterIP === previous.clusterIP)
    next.clusterIPs = previous.clusterIPs;
  if (next.clusterIP === previous.clusterIP || !same) return;
  if (next.clusterIP) next.clusterIPs = [next.clusterIP];
  else delete next.clusterIPs;
}

/** Drops what the new type cannot have. */
export function dropTypeDependentFields(service: Service, previous: ServiceSpec): void {
  const next = service.spec;
  if (!next) return;
  const same = (...names: (keyof ServiceSpec)[]) => names.every((name) => semanticEqual(next[name], previous[name]));
  if (needsClusterIP(previous) && !needsClusterIP(next)) {
    if (same("clusterIP", "clusterIPs")) {
      delete next.clusterIP;
      delete next.clusterIPs;
    }
    if (same("ipFamilies")) delete next.ipFamilies;
    if (same("ipFamilyPolicy")) delete next.ipFamilyPolicy;
  }
  const oldPorts = usedNodePorts(previous.ports);
  const samePorts = [...usedNodePorts(next.ports)].every((port) => oldPorts.has(port));
  if (needsNodePort(previous) && !needsNodePort(next) && samePorts)
    for (const port of next.ports ?? []) delete port.nodePort;
  if (needsHealthCheckNodePort(previous) && !needsHealthCheckNodePort(next) && same("healthCheckNodePort"))
    delete next.healthCheckNodePort;
  if (previous.type === "LoadBalancer" && next.type !== "LoadBalancer") {
    if (same("allocateLoadBalancerNodePorts")) delete next.allocateLoadBalancerNodePorts;
    if (same("loadBalancerClass")) delete next.loadBalancerClass;
  }
  if (isExternallyAccessible(previous) && !isExternallyAccessible(next) && same("externalTrafficPolicy"))
    delete next.externalTrafficPolicy;
  if (next.type === "ExternalName" && previous.type !== "ExternalName" && same("internalTrafficPolicy"))
    delete next.internalTrafficPolicy;
  if (next.type !== "LoadBalancer") service.status = { ...service.status, loadBalancer: {} };
}
