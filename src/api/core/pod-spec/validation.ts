/** Validation of a pod's spec, alone or in a template. Texts are upstream's. */
import { validateIP } from "../../addresses.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  type Path,
  required,
} from "../../field.ts";
import type { PodDNSConfig, PodSpec, PodTemplateSpec } from "../../generated/types.ts";
import { checked, validateAnnotations, validateLabels } from "../../metadata.ts";
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkDnsSubdomainWithUnderscore,
  checkQualifiedName,
  rangeText,
} from "../../names.ts";
import { validateContainers, validateInitContainers } from "./containers.ts";
import { validateResourceList } from "./resources.ts";
import { validateAffinity, validateSpread, validateTolerations } from "./scheduling.ts";
import { validateHostNamespaces, validatePodSecurity } from "./security.ts";
import { validateVolumes } from "./volumes.ts";

const int32Max = 2 ** 31 - 1;
const dnsLimits = { nameservers: 3, searches: 32, searchCharacters: 2048 };

const oneOf = (value: string | undefined, allowed: readonly string[], at: Path): FieldError[] => {
  if (!value) return [required(at)];
  return allowed.includes(value) ? [] : [notSupported(at, value, allowed)];
};

function validateDns(config: PodDNSConfig | undefined, policy: string | undefined, at: Path): FieldError[] {
  if (policy === "None") {
    if (!config) return [required(at, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (!config.nameservers?.length)
      return [required(at.key("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  }
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  const errors: FieldError[] = [];
  if (nameservers.length > dnsLimits.nameservers)
    errors.push(
      invalidValue(at.key("nameservers"), nameservers, `must not have more than ${dnsLimits.nameservers} nameservers`),
    );
  nameservers.forEach((address, i) => {
    errors.push(...validateIP(address, at.key("nameservers").index(i)));
  });
  const where = at.key("searches");
  if (searches.length > dnsLimits.searches)
    errors.push(invalidValue(where, searches, `must not have more than ${dnsLimits.searches} search paths`));
  if (searches.join(" ").length > dnsLimits.searchCharacters)
    errors.push(
      invalidValue(
        where,
        searches,
        `must not have more than ${dnsLimits.searchCharacters} characters (including spaces) in the search list`,
      ),
    );
  searches.forEach((search, i) => {
    if (search !== ".")
      errors.push(...checked(where.index(i), search.replace(/\.$/, ""), checkDnsSubdomainWithUnderscore));
  });
  options.forEach(({ name }, i) => {
    if (!name) errors.push(required(at.key("options").index(i), "must not be empty"));
  });
  return errors;
}

function validateGates(spec: PodSpec, at: Path): FieldError[] {
  const seen = new Set<string>();
  return [
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      checked(at.key("readinessGates").index(i).key("conditionType"), conditionType, checkQualifiedName),
    ),
    ...(spec.schedulingGates ?? []).flatMap(({ name }, i) => {
      const here = at.key("schedulingGates").index(i);
      const errors = checked(here, name, checkQualifiedName);
      if (seen.has(name)) errors.push(duplicate(here, name));
      seen.add(name);
      return errors;
    }),
  ];
}

/** @param isPod false for a template, where a port of the host may be left to defaulting */
function validateHostNetworkPorts(spec: PodSpec, isPod: boolean, at: Path): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (spec.containers ?? []).flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ hostPort = 0, containerPort }, j) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [
            invalidValue(
              at.key("containers").index(i).key("ports").index(j).key("hostPort"),
              hostPort,
              "must match `containerPort` when `hostNetwork` is true",
            ),
          ]
        : [],
    ),
  );
}

function validateIdentity(spec: PodSpec, at: Path): FieldError[] {
  const { serviceAccountName, nodeName, hostname, subdomain, priorityClassName, runtimeClassName } = spec;
  const deadline = spec.activeDeadlineSeconds;
  return [
    ...(serviceAccountName ? checked(at.key("serviceAccountName"), serviceAccountName, checkDnsSubdomain) : []),
    ...(nodeName ? checked(at.key("nodeName"), nodeName, checkDnsSubdomain) : []),
    ...(deadline !== undefined && (deadline < 1 || deadline > int32Max)
      ? [invalidValue(at.key("activeDeadlineSeconds"), deadline, rangeText(1, int32Max))]
      : []),
    ...(hostname ? checked(at.key("hostname"), hostname, checkDnsLabel) : []),
    ...(subdomain ? checked(at.key("subdomain"), subdomain, checkDnsLabel) : []),
    ...validateTolerations(spec.tolerations, at.key("tolerations")),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames }, i) => {
      const here = at.key("hostAliases").index(i);
      return [
        ...validateIP(ip, here.key("ip")),
        ...(hostnames ?? []).flatMap((name, j) => checked(here.key("hostnames").index(j), name, checkDnsSubdomain)),
      ];
    }),
    ...(priorityClassName ? checked(at.key("priorityClassName"), priorityClassName, checkDnsSubdomain) : []),
    ...(runtimeClassName ? checked(at.key("runtimeClassName"), runtimeClassName, checkDnsSubdomain) : []),
    ...(spec.preemptionPolicy === undefined
      ? []
      : oneOf(spec.preemptionPolicy, ["PreemptLowerPriority", "Never"], at.key("preemptionPolicy"))),
    ...validateResourceList(spec.overhead, at.key("overhead")),
    ...(spec.os ? oneOf(spec.os.name, ["linux", "windows"], at.key("os")) : []),
  ];
}

export function validatePodSpec(spec: PodSpec, isPod: boolean, at: Path): FieldError[] {
  const volumes = validateVolumes(spec.volumes, at.key("volumes"));
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const context = { spec, volumes: volumes.names, claims };
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(at.key("terminationGracePeriodSeconds"))] : []),
    ...volumes.errors,
    ...validateContainers(context, at.key("containers")),
    ...validateInitContainers(context, at.key("initContainers")),
    ...validateHostNetworkPorts(spec, isPod, at),
    ...oneOf(spec.restartPolicy, ["Always", "OnFailure", "Never"], at.key("restartPolicy")),
    ...oneOf(spec.dnsPolicy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], at.key("dnsPolicy")),
    ...validateLabels(spec.nodeSelector, at.key("nodeSelector")),
    ...validatePodSecurity(spec.securityContext, at.key("securityContext")),
    ...validateAffinity(spec.affinity, at.key("affinity")),
    ...validateDns(spec.dnsConfig, spec.dnsPolicy, at.key("dnsConfig")),
    ...validateGates(spec, at),
    ...validateSpread(spec.topologySpreadConstraints, at.key("topologySpreadConstraints")),
    ...validateHostNamespaces(spec, at),
    ...validateIdentity(spec, at),
  ];
}

export function validatePodTemplate(template: PodTemplateSpec, at: Path): FieldError[] {
  const spec = template.spec ?? { containers: [] };
  return [
    ...validateLabels(template.metadata?.labels, at.key("labels")),
    ...validateAnnotations(template.metadata?.annotations, at.key("annotations")),
    ...validatePodSpec(spec, false, at.key("spec")),
    ...(spec.ephemeralContainers?.length
      ? [forbiddenField(at.key("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template")]
      : []),
  ];
}
