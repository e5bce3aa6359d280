/** Validation of Services, after their addresses and ports are allocated. Texts are upstream's. */
import { isIP } from "node:net";
import { familyOf, validateCidr, validateEndpointIP, validateIP } from "../addresses.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  type Path,
  path,
  required,
} from "../field.ts";
import type { Service, ServicePort, ServiceSpec } from "../generated/types.ts";
import { checked, duplicates, validateLabels } from "../metadata.ts";
import { checkDnsSubdomain, checkQualifiedName } from "../names.ts";
import { validatePortLabels, validatePortNumber, validatePortNumberOrName, validateProtocol } from "./ports.ts";
import { isExternallyAccessible, isHeadless, needsHealthCheckNodePort } from "./service-updates.ts";

const at = path("spec");
const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const oneOf = (value: string, where: Path, allowed: readonly string[]): FieldError[] =>
  allowed.includes(value) ? [] : [notSupported(where, value, allowed)];
const maxAffinitySeconds = 86_400;

function validateByType(spec: ServiceSpec): FieldError[] {
  const headless = isHeadless(spec);
  switch (spec.type) {
    case "LoadBalancer":
    case "NodePort":
      return headless
        ? [invalidValue(at.key("clusterIPs").index(0), "None", `may not be set to 'None' for ${spec.type} services`)]
        : [];
    case "ExternalName": {
      const text = "may not be set for ExternalName services";
      const name = (spec.externalName ?? "").replace(/\.$/, "");
      return [
        ...(spec.clusterIPs?.length ? [forbiddenField(at.key("clusterIPs"), text)] : []),
        ...(spec.ipFamilies?.length ? [forbiddenField(at.key("ipFamilies"), text)] : []),
        ...(spec.ipFamilyPolicy ? [forbiddenField(at.key("ipFamilyPolicy"), text)] : []),
        ...(name ? checked(at.key("externalName"), name, checkDnsSubdomain) : [required(at.key("externalName"))]),
      ];
    }
    default:
      return [];
  }
}

function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const list = at.key("ports");
  return [
    ...ports.flatMap((port, i) => {
      const here = list.index(i);
      return [
        ...validatePortLabels(port, ports.length > 1, here),
        ...validatePortNumber(port.port, here.key("port")),
        ...validateProtocol(port.protocol, here.key("protocol")),
        ...validatePortNumberOrName(port.targetPort ?? port.port, here.key("targetPort")),
      ];
    }),
    ...duplicates(
      ports,
      (port) => port.name,
      (i) => list.index(i).key("name"),
    ),
  ];
}

/** A port as upstream's message has it: with the field names of its internal type. */
const shownPort = (protocol: string | undefined, port: number) => ({
  Name: "",
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});

function validatePortUse(spec: ServiceSpec): FieldError[] {
  const list = at.key("ports");
  const errors: FieldError[] = [];
  const nodePorts = new Set<string>();
  const seen = new Set<string>();
  const ports = spec.ports ?? [];
  if (spec.type === "ClusterIP")
    ports.forEach(({ nodePort }, i) => {
      if (nodePort)
        errors.push(forbiddenField(list.index(i).key("nodePort"), "may not be used when `type` is 'ClusterIP'"));
    });
  ports.forEach(({ nodePort, protocol }, i) => {
    if (!nodePort) return;
    const key = `${protocol} ${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(list.index(i).key("nodePort"), nodePort));
    nodePorts.add(key);
  });
  ports.forEach(({ port, protocol }, i) => {
    const key = `${protocol} ${port}`;
    if (seen.has(key)) errors.push(duplicate(list.index(i), shownPort(protocol, port)));
    seen.add(key);
  });
  return errors;
}

function validateAffinity({ sessionAffinity = "", sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const config = at.key("sessionAffinityConfig");
  const errors = sessionAffinity
    ? oneOf(sessionAffinity, at.key("sessionAffinity"), ["ClientIP", "None"])
    : [required(at.key("sessionAffinity"))];
  if (sessionAffinity === "None" && sessionAffinityConfig)
    errors.push(forbiddenField(config, "must not be set when session affinity is None"));
  if (sessionAffinity !== "ClientIP") return errors;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const where = config.key("clientIP", "timeoutSeconds");
  if (seconds === undefined) errors.push(required(config, "when session affinity type is ClientIP"));
  else if (seconds <= 0 || seconds > maxAffinitySeconds)
    errors.push(invalidValue(where, seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`));
  return errors;
}

/** `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy`: also asked before addresses are allocated. */
export function validateClusterIPs(spec: ServiceSpec): FieldError[] {
  if (spec.type === "ExternalName") return [];
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const list = at.key("clusterIPs");
  const families = at.key("ipFamilies");
  const errors: FieldError[] = [];
  if (clusterIP && clusterIPs.length === 0) errors.push(required(list));
  else if (clusterIP && clusterIPs[0] !== clusterIP)
    errors.push(invalidValue(list, clusterIPs, "first value must match `clusterIP`"));
  else if (!clusterIP && clusterIPs.length > 0)
    errors.push(invalidValue(list, clusterIPs, "must be empty when `clusterIP` is not specified"));
  ipFamilies.forEach((family, i) => {
    errors.push(...oneOf(family, families.index(i), ["IPv4", "IPv6"]));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(families.index(i), family));
  });
  if (ipFamilyPolicy)
    errors.push(
      ...oneOf(ipFamilyPolicy, at.key("ipFamilyPolicy"), ["PreferDualStack", "RequireDualStack", "SingleStack"]),
    );
  const invalid: FieldError[] = [];
  clusterIPs.forEach((address, i) => {
    if (i > 0 || address !== "None") invalid.push(...validateIP(address, list.index(i)));
    else if (clusterIPs.length > 1)
      invalid.push(invalidValue(list, clusterIPs, "'None' must be the first and only value"));
  });
  errors.push(...invalid);
  if (clusterIPs.length > 2) errors.push(invalidValue(list, clusterIPs, "may only hold up to 2 values"));
  if (invalid.length > 0) return errors;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(familyOf)).size !== clusterIPs.length)
    errors.push(invalidValue(list, clusterIPs, "may specify no more than one IP for each IP family"));
  if (isHeadless(spec)) return errors;
  clusterIPs.forEach((address, i) => {
    const family = ipFamilies[i];
    if (family && familyOf(address) !== family)
      errors.push(
        invalidValue(list.index(i), address, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``),
      );
  });
  return errors;
}

function validateLoadBalancer(spec: ServiceSpec, annotations: Readonly<Record<string, string>>): FieldError[] {
  const only = "may only be used when `type` is 'LoadBalancer'";
  const balanced = spec.type === "LoadBalancer";
  const errors: FieldError[] = [];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
  const value = annotations[annotation];
  if (ranges.length > 0) {
    const where = at.key("LoadBalancerSourceRanges");
    if (!balanced) errors.push(forbiddenField(where, only));
    ranges.forEach((range, i) => {
      errors.push(...validateCidr(range.trim(), where.index(i)));
    });
  } else if (value !== undefined) {
    const where = path("metadata", "annotations").entry(annotation);
    if (!balanced) errors.push(forbiddenField(where, only));
    for (const range of value.trim() ? value.split(",") : []) errors.push(...validateCidr(range.trim(), where));
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balanced)
    errors.push(forbiddenField(at.key("allocateLoadBalancerNodePorts"), only));
  if (spec.loadBalancerClass !== undefined)
    errors.push(
      ...(balanced
        ? checked(at.key("loadBalancerClass"), spec.loadBalancerClass, checkQualifiedName)
        : [forbiddenField(at.key("loadBalancerClass"), only)]),
    );
  return errors;
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy, internalTrafficPolicy, trafficDistribution, healthCheckNodePort } = spec;
  const external = at.key("externalTrafficPolicy");
  const health = at.key("healthCheckNodePort");
  const errors: FieldError[] = [];
  if (!isExternallyAccessible(spec)) {
    if (externalTrafficPolicy)
      errors.push(invalidValue(external, externalTrafficPolicy, "may only be set for externally-accessible services"));
  } else if (!externalTrafficPolicy) errors.push(required(external));
  else errors.push(...oneOf(externalTrafficPolicy, external, ["Cluster", "Local"]));
  if (!needsHealthCheckNodePort(spec)) {
    if (healthCheckNodePort)
      errors.push(
        invalidValue(
          health,
          healthCheckNodePort,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
        ),
      );
  } else if (!healthCheckNodePort) errors.push(required(health));
  else errors.push(...validatePortNumber(healthCheckNodePort, health));
  if (internalTrafficPolicy)
    errors.push(...oneOf(internalTrafficPolicy, at.key("internalTrafficPolicy"), ["Cluster", "Local"]));
  else if (spec.type !== "ExternalName" && types.includes(spec.type ?? ""))
    errors.push(required(at.key("internalTrafficPolicy")));
  if (trafficDistribution !== undefined)
    errors.push(
      ...oneOf(trafficDistribution, at.key("trafficDistribution"), ["PreferClose", "PreferSameZone", "PreferSameNode"]),
    );
  return errors;
}

export function validateService({ spec = {}, metadata }: Service): FieldError[] {
  const ports = spec.ports ?? [];
  return [
    ...(ports.length === 0 && !isHeadless(spec) && spec.type !== "ExternalName" ? [required(at.key("ports"))] : []),
    ...validateByType(spec),
    ...validatePorts(ports),
    ...validateLabels(spec.selector, at.key("selector")),
    ...validateAffinity(spec),
    ...validateClusterIPs(spec),
    ...(spec.externalIPs ?? []).flatMap((address, i) => {
      const here = at.key("externalIPs").index(i);
      const errors = validateIP(address, here);
      return errors.length > 0 ? errors : validateEndpointIP(address, here);
    }),
    ...(spec.type ? oneOf(spec.type, at.key("type"), types) : [required(at.key("type"))]),
    ...validatePortUse(spec),
    ...validateLoadBalancer(spec, metadata?.annotations ?? {}),
    ...validateTraffic(spec),
  ];
}

/** The primary cluster IP never changes, and a secondary one only by growing or shrinking the list. */
function validateClusterIPChange(next: ServiceSpec, previous: ServiceSpec): FieldError[] {
  if (next.type === "ExternalName" || previous.type === "ExternalName") return [];
  if (isHeadless(next) && isHeadless(previous)) return [];
  const after = next.clusterIPs ?? [];
  const before = previous.clusterIPs ?? [];
  const list = at.key("clusterIPs");
  const fixed = (i: number) => invalidValue(list.index(i), after, "may not change once set");
  if (before.length === after.length) return before.flatMap((ip, i) => (ip === after[i] ? [] : [fixed(i)]));
  const errors: FieldError[] = [];
  if (after.length === 0) errors.push(invalidValue(list.index(0), after, "primary clusterIP can not be unset"));
  else if (before.length > 0 && after[0] !== before[0]) errors.push(fixed(0));
  if (before.length > after.length && after.length === 1 && next.ipFamilyPolicy !== "SingleStack")
    errors.push(
      invalidValue(
        at.key("ipFamilyPolicy"),
        next.ipFamilyPolicy,
        "must be set to 'SingleStack' when releasing the secondary clusterIP",
      ),
    );
  return errors;
}

export function validateServiceUpdate(next: Service, previous: Service): FieldError[] {
  const after = next.spec ?? {};
  const before = previous.spec ?? {};
  const errors = validateClusterIPChange(after, before);
  const balanced = after.type === "LoadBalancer" && before.type === "LoadBalancer";
  if (balanced && after.loadBalancerClass !== before.loadBalancerClass)
    errors.push(invalidValue(at.key("loadBalancerClass"), after.loadBalancerClass, "may not change once set"));
  if (
    needsHealthCheckNodePort(before) &&
    needsHealthCheckNodePort(after) &&
    after.healthCheckNodePort !== before.healthCheckNodePort
  )
    errors.push(forbiddenField(at.key("healthCheckNodePort"), "field is immutable"));
  return errors;
}

export function validateServiceStatusUpdate({ spec, status }: Service): FieldError[] {
  const list = path("status", "loadBalancer", "ingress");
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (spec?.type !== "LoadBalancer" && ingress.length > 0)
    return [forbiddenField(list, "may only be used when `spec.type` is 'LoadBalancer'")];
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => {
    const here = list.index(i);
    const mode = here.key("ipMode");
    const errors = ip ? validateIP(ip, here.key("ip")) : [];
    if (ipMode === undefined && ip) errors.push(required(mode, "must be specified when `ip` is set"));
    else if (ipMode !== undefined && !ip)
      errors.push(forbiddenField(mode, "may not be specified when `ip` is not set"));
    else if (ipMode !== undefined) errors.push(...oneOf(ipMode, mode, ["Proxy", "VIP"]));
    if (!hostname) return errors;
    errors.push(...checked(here.key("hostname"), hostname, checkDnsSubdomain));
    if (isIP(hostname))
      errors.push(invalidValue(here.key("hostname"), hostname, "must be a DNS name, not an IP address"));
    return errors;
  });
}

export function serviceWarnings({ spec = {} }: Service): string[] {
  const warnings: string[] = [];
  if (isHeadless(spec)) {
    if (spec.loadBalancerIP) warnings.push("spec.loadBalancerIP is ignored for headless services");
    if (spec.externalIPs?.length) warnings.push("spec.externalIPs is ignored for headless services");
    if (spec.sessionAffinity !== "None") warnings.push("spec.SessionAffinity is ignored for headless services");
  }
  if (spec.type === "ExternalName" && spec.externalIPs?.length)
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec.type !== "ExternalName" && spec.externalName)
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  return warnings;
}
