import { podGateway } from "../../machine/addresses.ts";

/** Commands for `ip -batch`: a pod's link to its node. */

/** The node's end of a sandbox's link; the kernel allows 15 characters. */
export const linkName = (sandboxId: string) => `v${sandboxId.slice(0, 14)}`;

/** Run inside the pod's network namespace. The other end appears in the node's, which PID 1 is in. */
export const podBatch = (link: string, address: string): string =>
  [
    "link set lo up",
    `link add eth0 type veth peer name ${link} netns 1`,
    `addr add ${address}/32 dev eth0`,
    "link set eth0 up",
    `route add ${podGateway} dev eth0 scope link`,
    `route add default via ${podGateway} dev eth0`,
    "",
  ].join("\n");

/** Run in the node's network namespace, after {@link podBatch}. */
export const nodeBatch = (link: string, address: string, nodeAddress: string): string =>
  [`link set ${link} up`, `route replace ${address}/32 dev ${link} src ${nodeAddress}`, ""].join("\n");

/** Contents of a pod's `/etc/hosts`, laid out as upstream's. */
export function hostsFile(
  hostname: string,
  address: string | undefined,
  aliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[],
): string {
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
  ];
  if (address) lines.push(`${address}\t${hostname}`);
  if (aliases.length > 0) lines.push("", "# Entries added by HostAliases.");
  for (const alias of aliases) lines.push(`${alias.ip}\t${alias.hostnames.join("\t")}`);
  return `${lines.join("\n")}\n`;
}

export function resolvConf(dns: {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}): string {
  const lines: string[] = [];
  if (dns.searches.length > 0) lines.push(`search ${dns.searches.join(" ")}`);
  for (const server of dns.servers) lines.push(`nameserver ${server}`);
  if (dns.options.length > 0) lines.push(`options ${dns.options.join(" ")}`);
  return lines.map((line) => `${line}\n`).join("");
}
