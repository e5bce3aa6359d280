import type { Pod } from "../../api/generated/types.ts";
import type { DnsSettings } from "../pod-context.ts";
import type { SandboxConfig } from "../runtime/runtime.ts";

export function sandboxConfigOf(pod: Pod, attempt: number, dns: DnsSettings): SandboxConfig {
  const { name = "", namespace = "", uid = "", labels = {}, annotations = {} } = pod.metadata ?? {};
  const { hostAliases = [], hostNetwork = false } = pod.spec ?? {};
  const hostname = hostnameOf(pod);
  const domain = pod.spec?.subdomain ? `${pod.spec.subdomain}.${namespace}.svc.${dns.domain}` : "";
  return {
    namespace,
    name,
    uid,
    attempt,
    hostname: pod.spec?.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname,
    labels,
    annotations,
    dns: resolverOf(pod, dns),
    hostAliases: hostAliases.map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
    hostNetwork,
  };
}

const longestHostname = 63;

const hostnameOf = (pod: Pod): string =>
  (pod.spec?.hostname ?? pod.metadata?.name ?? "").slice(0, longestHostname).replace(/[-.]+$/, "");

function resolverOf(pod: Pod, settings: DnsSettings): SandboxConfig["dns"] {
  const { dnsPolicy = "ClusterFirst", dnsConfig, hostNetwork } = pod.spec ?? {};
  const { domain } = settings;
  const none = { servers: [], searches: [], options: [] };
  const node = settings.node ?? none;
  const cluster = {
    servers: settings.servers,
    searches: [`${pod.metadata?.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...node.searches],
    options: ["ndots:5"],
  };
  const usesNode = dnsPolicy === "Default" || (dnsPolicy === "ClusterFirst" && hostNetwork);
  const base = dnsPolicy === "None" ? none : usesNode ? node : cluster;
  const added = (dnsConfig?.options ?? []).map(({ name = "", value }) => ({
    name,
    text: value ? `${name}:${value}` : name,
  }));
  const replaced = (option: string) => added.some(({ name }) => name === option.split(":")[0]);
  const unique = (list: readonly string[]) => [...new Set(list)];
  return {
    servers: unique([...base.servers, ...(dnsConfig?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]),
    options: [...base.options.filter((o) => !replaced(o)), ...added.map(({ text }) => text)],
  };
}
