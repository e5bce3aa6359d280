import type { Service } from "../../../api/generated/types.ts";
import type { Command } from "../core/command.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";

export const clusterInfoCommand: Command = {
  path: "cluster-info",
  use: "cluster-info",
  short: "Display addresses of the control plane and services.",
  flags: [],
  async run({ print, session: connect }) {
    const session = await connect();
    try {
      await showServices(session, print);
    } finally {
      print("");
      print("To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    }
    return undefined;
  },
};

async function showServices(session: Session, print: (line: string) => void): Promise<void> {
  const { server } = session.rest.config;
  const services = (await session.discovery()).find("services");
  const labelSelector = "kubernetes.io/cluster-service=true";
  const path = apiPath(services, { namespace: "kube-system" }, { labelSelector });
  const { items = [] } = await session.json<{ items?: Service[] }>("GET", path);
  print(`Kubernetes control plane is running at ${server}`);
  for (const { metadata = {}, spec = {}, status } of items) {
    const [ingress] = status?.loadBalancer?.ingress ?? [];
    const name = metadata.labels?.["kubernetes.io/name"] ?? metadata.name;
    const [port] = spec.ports ?? [];
    const scheme = port && (port.name === "https" || port.port === 443) ? "https:" : "";
    const link = ingress
      ? (spec.ports ?? [])
          .map(
            (p) =>
              `${p.name === "https" || p.port === 443 ? "https" : "http"}://${ingress.ip || ingress.hostname}:${p.port} `,
          )
          .join("")
      : `${server}/api/v1/namespaces/${metadata.namespace}/services/${scheme}${metadata.name}${port?.name ? `:${port.name}` : scheme && ":"}/proxy`;
    print(`${name} is running at ${link}`);
  }
}
