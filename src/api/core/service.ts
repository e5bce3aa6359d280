import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import type { Service, ServicePort, ServiceSpec } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { checkDns1035Label } from "../names.ts";
import { dropTypeDependentFields, isExternallyAccessible } from "./service-updates.ts";
import {
  serviceWarnings,
  validateService,
  validateServiceStatusUpdate,
  validateServiceUpdate,
} from "./service-validation.ts";

function defaultSpec(spec: ServiceSpec): void {
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10_800 } };
  spec.type ||= "ClusterIP";
  for (const port of spec.ports ?? []) {
    port.protocol ||= "TCP";
    port.targetPort ||= port.port;
    if (port.nodePort === 0) delete port.nodePort;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= "Cluster";
  if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
}

function externalIPCell({ spec = {}, status }: Service): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return own.join(",") || "<none>";
    case "LoadBalancer": {
      const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
      const addresses = [...new Set(ingress.filter(Boolean))].sort();
      return [...addresses, ...own].join(",") || "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

const portText = ({ port, nodePort, protocol }: ServicePort) =>
  nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;

const selectorCell = ({ spec }: Service) =>
  Object.entries(spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",") || "<none>";

/**
 * IP families, cluster IPs and node ports are given, and kept on updates, by the registry, before `prepareCreate`,
 * `prepareUpdate` and validation.
 */
export const serviceKind: Kind<Service> = defineKind<Service>({
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  namespaced: true,
  schemaType: "io.k8s.api.core.v1.Service",
  shortNames: ["svc"],
  categories: ["all"],
  storagePrefix: "services/specs",
  validateName: checkDns1035Label,
  allowCreateOnUpdate: true,

  applyDefaults(service) {
    service.spec ??= {};
    defaultSpec(service.spec);
    service.status ??= {};
    service.status.loadBalancer ??= {};
    if (service.spec.type !== "LoadBalancer") return;
    for (const ingress of service.status.loadBalancer.ingress ?? []) if (ingress.ip) ingress.ipMode ??= "VIP";
  },
  prepareCreate(service) {
    service.status = { loadBalancer: {} };
  },
  prepareUpdate(next, previous) {
    next.status = previous.status;
    if (previous.spec) dropTypeDependentFields(next, previous.spec);
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  warnings: serviceWarnings,
  status: {
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
    },
    validateUpdate: validateServiceStatusUpdate,
  },
  columns: [
    nameColumn,
    column("Type", "How the Service is exposed.", ({ spec }) => spec?.type ?? ""),
    column(
      "Cluster-IP",
      "IP address of the Service inside the cluster.",
      ({ spec }) => spec?.clusterIPs?.[0] ?? "<none>",
    ),
    column("External-IP", "Addresses at which the Service is reached from outside.", externalIPCell),
    column(
      "Port(s)",
      "Ports that the Service exposes.",
      ({ spec }) => (spec?.ports ?? []).map(portText).join(",") || "<none>",
    ),
    ageColumn,
    column("Selector", "Labels of the pods that traffic goes to.", selectorCell, { priority: 1 }),
  ],
  selectableFields: ({ spec }) => ({ "spec.clusterIP": spec?.clusterIP ?? "", "spec.type": spec?.type ?? "" }),
});
