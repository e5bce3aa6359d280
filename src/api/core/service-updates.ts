/**
 * What a Service of each type has, and what becomes of it when the type changes: values that the new type cannot have
 * are dropped, unless the writer changed them as well.
 */
import { semanticEqual } from "../equal.ts";
import type { Service, ServicePort, ServiceSpec } from "../generated/types.ts";

const needsClusterIP = (spec: ServiceSpec): boolean => spec.type !== "ExternalName";
const needsNodePort = (spec: ServiceSpec): boolean => spec.type === "NodePort" || spec.type === "LoadBalancer";
export const needsHealthCheckNodePort = (spec: ServiceSpec): boolean =>
  spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === "None" || spec.clusterIPs?.[0] === "None";
/** Can traffic come from outside the cluster? */
export const isExternallyAccessible = (spec: ServiceSpec): boolean =>
  needsNodePort(spec) || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);

const usedNodePorts = (ports: readonly ServicePort[] | undefined) =>
  new Set((ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));

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
