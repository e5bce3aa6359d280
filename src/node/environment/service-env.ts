import type { Service } from "../../api/generated/types.ts";

const variableName = (name: string) => name.toUpperCase().replaceAll("-", "_");

/**
 * The variables that tell a container where Services are (kubelet `envvars.FromServices`).
 * Only Services with a cluster IP count: those of the pod's namespace when `links` is on, and always
 * `default/kubernetes`.
 */
export function serviceEnv(services: readonly Service[], namespace: string, links: boolean): Map<string, string> {
  const out = new Map<string, string>();
  const byName = new Map<string, Service>();
  for (const service of services) {
    const { name = "", namespace: ns } = service.metadata ?? {};
    const ip = service.spec?.clusterIP;
    if (!ip || ip === "None") continue;
    if (ns === "default" && name === "kubernetes") {
      if (!byName.has(name)) byName.set(name, service);
    } else if (ns === namespace && links) byName.set(name, service);
  }
  for (const [name, service] of byName) addService(out, name, service);
  return out;
}

function addService(out: Map<string, string>, name: string, service: Service): void {
  const prefix = variableName(name);
  const ip = service.spec?.clusterIP ?? "";
  const host = ip.includes(":") ? `[${ip}]` : ip;
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  if (!first) return;
  out.set(`${prefix}_SERVICE_HOST`, ip);
  out.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name: portName, port } of ports)
    if (portName) out.set(`${prefix}_SERVICE_PORT_${variableName(portName)}`, String(port));
  for (const [i, { port, protocol = "TCP" }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${host}:${port}`;
    const portPrefix = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    if (i === 0) out.set(`${prefix}_PORT`, url);
    out.set(portPrefix, url);
    out.set(`${portPrefix}_PROTO`, protocol.toLowerCase());
    out.set(`${portPrefix}_PORT`, String(port));
    out.set(`${portPrefix}_ADDR`, ip);
  }
}
