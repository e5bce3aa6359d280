/** Ingresses and their classes. */
import type { EndpointSlice, Ingress, IngressBackend, IngressClass, Service } from "../../../api/generated/types.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { endpointsText } from "./services.ts";
import { DescriptionWriter } from "./writer.ts";

export const describeIngress: Describer<Ingress> = async ({ metadata = {}, spec = {}, status }, context) => {
  const { namespace = "" } = metadata;
  const backendOf = (backend: IngressBackend | undefined) => backendText(context.session, namespace, backend);
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  writeLabels(w, "Labels", metadata.labels);
  w.write(0, `Namespace:\t${namespace}\n`);
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  w.write(0, `Address:\t${[...new Set(addresses.filter(Boolean))].sort().join(",")}\n`);
  w.write(0, `Ingress Class:\t${spec.ingressClassName ?? "<none>"}\n`);
  const fallback = spec.defaultBackend ? await backendOf(spec.defaultBackend) : "<default>";
  w.write(0, `Default backend:\t${fallback}\n`);
  if (spec.tls?.length) {
    w.write(0, "TLS:\n");
    for (const { secretName, hosts = [] } of spec.tls)
      w.write(1, secretName ? `${secretName} terminates ${hosts.join(",")}\n` : `SNI routes ${hosts.join(",")}\n`);
  }
  w.write(0, "Rules:\n  Host\tPath\tBackends\n");
  w.write(1, "----\t----\t--------\n");
  const rules = (spec.rules ?? []).filter((rule) => rule.http);
  for (const { host, http } of rules) {
    w.write(1, `${host || "*"}\t\n`);
    for (const { path = "", backend } of http?.paths ?? []) w.write(2, `\t${path} \t${await backendOf(backend)}\n`);
  }
  if (rules.length === 0) w.write(1, `*\t*\t${fallback}\n`);
  writeAnnotations(w, "Annotations", metadata.annotations);
  await writeEvents(w, { metadata, kind: "Ingress" }, context);
  return w.text();
};

/** `web:80 (10.0.0.1:8080)`, or why the addresses behind it are not known. */
async function backendText(session: Session, namespace: string, backend: IngressBackend | undefined): Promise<string> {
  const { service, resource } = backend ?? {};
  if (resource) {
    const { apiGroup, kind, name } = resource;
    return `APIGroup: ${apiGroup ?? "<none>"}, Kind: ${kind}, Name: ${name}`;
  }
  if (!service) return "";
  const { name, port = {} } = service;
  const shown = `${name}:${port.number || port.name || ""}`;
  try {
    const discovery = await session.discovery();
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const slices = apiPath(discovery.find("endpointslices.discovery.k8s.io"), { namespace }, { labelSelector });
    const { items = [] } = await session.json<{ items?: EndpointSlice[] }>("GET", slices);
    const { spec } = await session.json<Service>("GET", apiPath(discovery.find("services"), { namespace, name }));
    const same = (p: { readonly port: number; readonly name?: string }) =>
      port.number ? port.number === p.port : Boolean(port.name) && port.name === p.name;
    const portName = spec?.ports?.filter(same).at(-1)?.name ?? "";
    return `${shown} (${endpointsText(items, portName)})`;
  } catch (error) {
    return `${shown} (<error: ${(error as Error).message}>)`;
  }
}

export const describeIngressClass: Describer<IngressClass> = async ({ metadata = {}, spec = {} }, context) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `Controller:\t${spec.controller ?? ""}\n`);
  if (spec.parameters) {
    w.write(0, "Parameters:\n");
    if (spec.parameters.apiGroup !== undefined) w.write(1, `APIGroup:\t${spec.parameters.apiGroup}\n`);
    w.write(1, `Kind:\t${spec.parameters.kind}\n`);
    w.write(1, `Name:\t${spec.parameters.name}\n`);
  }
  await writeEvents(w, { metadata, kind: "IngressClass" }, context);
  return w.text();
};
