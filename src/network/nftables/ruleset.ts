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
/** Of new connections: only their first packet passes a chain that translates. */
const endpointCounter = (s: ServicePort, b: Backend) => `connections-${hash(`${s.id} ${b.ip} ${b.port}`)}`;
const affinitySet = (s: ServicePort, b: Backend) =>
  `affinity-${hash(`${s.id} ${b.ip} ${b.port} ${s.affinitySeconds}`)}`;
const where = (s: ServicePort) => `${s.clusterIP} . ${s.protocol.toLowerCase()} . ${s.port}`;

/** Names of what a ruleset made beside the fixed parts, so that the next one can remove what it no longer needs. */
export interface Made {
  readonly chains: ReadonlySet<string>;
  readonly sets: ReadonlySet<string>;
  /** What each counter counts. */
  readonly counters: ReadonlyMap<string, { readonly id: string; readonly backend: Backend }>;
}

export const nothingMade: Made = { chains: new Set(), sets: new Set(), counters: new Map() };

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

/** One transaction that replaces the whole state; affinity and counters survive it. */
export function ruleset(services: readonly ServicePort[], before: Made): { text: string; made: Made } {
  // What an earlier process left in this network namespace is unknown: start from nothing.
  const lines = before === nothingMade ? [removal.trim(), ...fixed] : [...fixed];
  const chains = new Set<string>();
  const sets = new Set<string>();
  const counters = new Map<string, { id: string; backend: Backend }>();
  for (const s of services) {
    if (s.backends.length === 0) {
      if (s.drop) lines.push(`add element ${table} dropped { ${where(s)} }`);
      continue;
    }
    const chain = serviceChain(s);
    chains.add(chain);
    lines.push(`add chain ${table} ${chain}`);
    if (s.masquerade) lines.push(`add rule ${table} ${chain} meta mark set meta mark or ${masqueradeBit}`);
    for (const b of s.backends) {
      counters.set(endpointCounter(s, b), { id: s.id, backend: b });
      lines.push(...endpoint(s, b, chains, sets));
    }
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
  for (const counter of before.counters.keys())
    if (!counters.has(counter)) lines.push(`delete counter ${table} ${counter}`);
  return { text: `${lines.join("\n")}\n`, made: { chains, sets, counters } };
}

function endpoint(s: ServicePort, b: Backend, chains: Set<string>, sets: Set<string>): string[] {
  const chain = endpointChain(s, b);
  chains.add(chain);
  const lines = [
    `add counter ${table} ${endpointCounter(s, b)}`,
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
  const counter = `counter name ${endpointCounter(s, b)}`;
  lines.push(
    `add rule ${table} ${chain} ${s.protocol.toLowerCase()} dport 1-65535 ${counter} dnat to ${b.ip}:${b.port}`,
  );
  return lines;
}

/** The command that prints the counters. */
export const listCounters = ["list", "counters", "table", ...table.split(" ")];

/** What {@link listCounters} printed, by name. */
export const readCounters = (text: string): ReadonlyMap<string, number> =>
  new Map([...text.matchAll(/counter (\S+) \{\s*packets (\d+)/g)].map(([, name = "", count]) => [name, Number(count)]));

export const removal = `add table ${table}\ndelete table ${table}\n`;
