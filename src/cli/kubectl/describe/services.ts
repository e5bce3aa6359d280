/** Services, and the Endpoints and EndpointSlices behind them. */
import type { EndpointSlice, Endpoints, Service } from "../../../api/generated/types.ts";
import { apiPath } from "../core/paths.ts";
import { selectorText } from "../core/selectors.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { DescriptionWriter } from "./writer.ts";

export const describeService: Describer<Service> = async (service, context) => {
  const { metadata = {}, spec = {}, status } = service;
  const { session } = context;
  const slices = (await session.discovery()).find("endpointslices.discovery.k8s.io");
  const labelSelector = `kubernetes.io/service-name=${metadata.name}`;
  const path = apiPath(slices, { namespace: metadata.namespace }, { labelSelector });
  const { items = [] } = await session.json<{ items?: EndpointSlice[] }>("GET", path);

  const w = new DescriptionWriter();
  const row = (name: string, value: string | number | undefined) => w.write(0, `${name}:\t${value ?? ""}\n`);
  const optional = (name: string, value: string | number | undefined) => {
    if (value) row(name, value);
  };
  row("Name", metadata.name);
  row("Namespace", metadata.namespace);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  row("Selector", selectorText(spec.selector && { matchLabels: spec.selector }) || "<none>");
  row("Type", spec.type);
  optional("IP Family Policy", spec.ipFamilyPolicy);
  row("IP Families", spec.ipFamilies?.join(",") || "<none>");
  row("IP", spec.clusterIP);
  row("IPs", spec.clusterIPs?.join(",") || "<none>");
  optional("External IPs", spec.externalIPs?.join(","));
  optional("Desired LoadBalancer IP", spec.loadBalancerIP);
  optional("External Name", spec.externalName);
  const ingress = status?.loadBalancer?.ingress ?? [];
  optional(
    "LoadBalancer Ingress",
    ingress.map(({ ip, ipMode, hostname = "" }) => (ip ? ip + (ipMode ? ` (${ipMode})` : "") : hostname)).join(", "),
  );
  for (const { name = "", port, protocol, targetPort, appProtocol, nodePort } of spec.ports ?? []) {
    row("Port", `${name || "<unset>"}\t${port}/${protocol}`);
    row("TargetPort", `${targetPort ?? 0}/${protocol}`);
    optional("AppProtocol", appProtocol);
    if (nodePort) row("NodePort", `${name || "<unset>"}\t${nodePort}/${protocol}`);
    row("Endpoints", endpointsText(items, name));
  }
  row("Session Affinity", spec.sessionAffinity);
  optional("External Traffic Policy", spec.externalTrafficPolicy);
  optional("Internal Traffic Policy", spec.internalTrafficPolicy);
  optional("HealthCheck NodePort", spec.healthCheckNodePort);
  optional("LoadBalancer Source Ranges", spec.loadBalancerSourceRanges?.join(","));
  optional("Traffic Distribution", spec.trafficDistribution);
  await writeEvents(w, { metadata, kind: "Service" }, context);
  return w.text();
};

/** The first three ready addresses behind a port, and how many more there are. */
export function endpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return "<none>";
  // A slice without any says null of them.
  const all = slices.flatMap(({ ports: given, endpoints }) => {
    const ports = given ?? [];
    const ready = (endpoints ?? []).filter((e) => e.conditions?.ready !== false).map((e) => e.addresses[0] ?? "");
    if (ports.length === 0) return ready;
    const matching = ports.filter((p) => (p.name ?? "") === portName);
    return matching.flatMap(({ port }) => ready.map((ip) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`));
  });
  const list = all.slice(0, 3).join(",");
  return all.length > 3 ? `${list} + ${all.length - 3} more...` : list;
}

export const describeEndpoints: Describer<Endpoints> = async (endpoints, context) => {
  const { metadata = {}, subsets = [] } = endpoints;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, "Subsets:\n");
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    w.write(1, `Addresses:\t${addresses.map((a) => a.ip).join(",") || "<none>"}\n`);
    w.write(1, `NotReadyAddresses:\t${notReadyAddresses.map((a) => a.ip).join(",") || "<none>"}\n`);
    if (ports.length > 0) {
      w.write(1, "Ports:\n");
      w.write(2, "Name\tPort\tProtocol\n");
      w.write(2, "----\t----\t--------\n");
      for (const { name, port, protocol } of ports) w.write(2, `${name || "<unset>"}\t${port}\t${protocol ?? ""}\n`);
    }
    w.write(0, "\n");
  }
  await writeEvents(w, { metadata, kind: "Endpoints" }, context);
  return w.text();
};

export const describeEndpointSlice: Describer<EndpointSlice> = async (slice, context) => {
  const { metadata = {}, addressType, endpoints } = slice;
  const ports = slice.ports ?? [];
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `AddressType:\t${addressType}\n`);
  if (ports.length === 0) w.write(0, "Ports: <unset>\n");
  else {
    w.write(0, "Ports:\n");
    w.write(1, "Name\tPort\tProtocol\n");
    w.write(1, "----\t----\t--------\n");
    for (const { name, port, protocol } of ports)
      w.write(1, `${name || "<unset>"}\t${port ?? "<unset>"}\t${protocol ?? ""}\n`);
  }
  w.write(0, endpoints?.length ? "Endpoints:\n" : "Endpoints: <none>\n");
  for (const { addresses, conditions, hostname, targetRef, nodeName, zone } of endpoints ?? []) {
    w.write(1, `- Addresses:\t${addresses.join(", ") || "<none>"}\n`);
    w.write(2, "Conditions:\n");
    w.write(3, `Ready:\t${conditions?.ready ?? "<unset>"}\n`);
    w.write(2, `Hostname:\t${hostname ?? "<unset>"}\n`);
    if (targetRef) w.write(2, `TargetRef:\t${targetRef.kind}/${targetRef.name}\n`);
    w.write(2, `NodeName:\t${nodeName ?? "<unset>"}\n`);
    w.write(2, `Zone:\t${zone ?? "<unset>"}\n`);
  }
  await writeEvents(w, { metadata, kind: "EndpointSlice" }, context);
  return w.text();
};
