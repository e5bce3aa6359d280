/**
 * The ruleset of the `nftables` proxy as text for `nft -f -`. Pure.
 *
 * One map leads from (address, protocol, port) to the Service's chain, which picks an endpoint's chain at random, which
 * translates the destination. A connection that is not translated ends at the node itself and is refused there.
 * A pod that reaches itself through a Service, and the node's own connections, get the node's address as source:
 * without that the answers would not come back through the translation.
 */
import { createHash } from "node:crypto";
import type { Backend, ServicePort } from "../proxy.ts";

const table = "ip wherry";
/** Packets with this bit are masqueraded (kube-proxy's choice as well). */
const masqueradeBit = "0x4000";

const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
const serviceChain = (s: ServicePort) => `service-${hash(s.id)}`;
const endpointChain = (s: ServicePort, b: Backend) => `endpoint-${hash(`${s.id} ${b.ip} ${b.port}`)}`;
const affinitySet = (s: ServicePort, b: Backend) =>
  `affinity-${hash(`${s.id} ${b.ip} ${b.port} ${s.affinitySeconds}`)}`;
const where = (s: ServicePort) => `${s.clusterIP} . ${s.protocol.toLowerCase()} . ${s.port}`;

/** Names of what a ruleset made beside the fixed parts, so that the next one can remove what it no longer needs. */
export interface Made {
  readonly chains: ReadonlySet<string>;
  readonly sets: ReadonlySet<string>;
}

export const nothingMade: Made = { chains: new Set(), sets: new Set() };

const fixed = [
  `add table ${table}`,
  `add chain ${table} prerouting { type nat hook prerouting priority dstnat; }`,
  `add chain ${table} output { type nat hook output priority -100; }`,
  `add chain ${table} postrouting { type nat hook postrouting priority srcnat; }`,
  `add chain ${table} input { type filter hook input priority filter; }`,
  `add map ${table} services { type ipv4_addr . inet_proto . inet_service : verdict; }`,
  `add set ${table} dropped { type ipv4_addr . inet_proto . inet_service; }`,
  `flush table ${table}`,
  `flush map ${table} services`,
  `flush set ${table} dropped`,
  `add rule ${table} prerouting ip daddr . meta l4proto . th dport vmap @services`,
  `add rule ${table} output meta mark set meta mark or ${masqueradeBit}`,
  `add rule ${table} output ip daddr . meta l4proto . th dport vmap @services`,
  `add rule ${table} postrouting ct status dnat meta mark and ${masqueradeBit} != 0 masquerade`,
  `add rule ${table} input ip daddr . meta l4proto . th dport @dropped drop`,
];

/** One transaction that replaces the whole state; affinity survives it. */
export function ruleset(services: readonly ServicePort[], before: Made): { text: string; made: Made } {
  // What an earlier process left in this network namespace is unknown: start from nothing.
  const lines = before === nothingMade ? [removal.trim(), ...fixed] : [...fixed];
  const chains = new Set<string>();
  const sets = new Set<string>();
  for (const s of services) {
    if (s.backends.length === 0) {
      if (s.drop) lines.push(`add element ${table} dropped { ${where(s)} }`);
      continue;
    }
    const chain = serviceChain(s);
    chains.add(chain);
    lines.push(`add chain ${table} ${chain}`);
    if (s.masquerade) lines.push(`add rule ${table} ${chain} meta mark set meta mark or ${masqueradeBit}`);
    for (const b of s.backends) lines.push(...endpoint(s, b, chains, sets));
    if (s.affinitySeconds !== undefined)
      for (const b of s.backends) {
        lines.push(`add rule ${table} ${chain} ip saddr @${affinitySet(s, b)} goto ${endpointChain(s, b)}`);
      }
    const picks = s.backends.map((b, i) => `${i} : goto ${endpointChain(s, b)}`).join(", ");
    lines.push(`add rule ${table} ${chain} numgen random mod ${s.backends.length} vmap { ${picks} }`);
    lines.push(`add element ${table} services { ${where(s)} : goto ${chain} }`);
  }
  for (const chain of before.chains) if (!chains.has(chain)) lines.push(`delete chain ${table} ${chain}`);
  for (const set of before.sets) if (!sets.has(set)) lines.push(`delete set ${table} ${set}`);
  return { text: `${lines.join("\n")}\n`, made: { chains, sets } };
}

function endpoint(s: ServicePort, b: Backend, chains: Set<string>, sets: Set<string>): string[] {
  const chain = endpointChain(s, b);
  chains.add(chain);
  const lines = [
    `add chain ${table} ${chain}`,
    `add rule ${table} ${chain} ip saddr ${b.ip} meta mark set meta mark or ${masqueradeBit}`,
  ];
  if (s.affinitySeconds !== undefined) {
    const set = affinitySet(s, b);
    sets.add(set);
    lines.push(
      `add set ${table} ${set} { type ipv4_addr; flags dynamic,timeout; timeout ${s.affinitySeconds}s; }`,
      `add rule ${table} ${chain} update @${set} { ip saddr }`,
    );
  }
  lines.push(`add rule ${table} ${chain} ${s.protocol.toLowerCase()} dport 1-65535 dnat to ${b.ip}:${b.port}`);
  return lines;
}

export const removal = `add table ${table}\ndelete table ${table}\n`;
