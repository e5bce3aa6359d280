/**
 * The ruleset of the `nftables` proxy. Pure.
 *
 * One map leads from (address, protocol, port) to the Service's chain, which picks an endpoint's chain at random, which
 * translates the destination. A connection that is not translated ends at the node itself and is refused there.
 * A pod that reaches itself through a Service, and the node's own connections, get the node's address as source:
 * without that the answers would not come back through the translation.
 */
import { createHash } from "node:crypto";
import type { Backend, ServicePort } from "../proxy.ts";

/** What stands in the kernel beside the fixed parts. Names hold all that may not change under them. */
export interface Ruleset {
  readonly counters: ReadonlyMap<string, { readonly id: string; readonly backend: Backend }>;
  /** Sets of affinity, with their definitions. */
  readonly sets: ReadonlyMap<string, string>;
  /** Chains with their rules, each after what it refers to. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Elements of the map `services`: the chain for each address, protocol and port. */
  readonly services: ReadonlyMap<string, string>;
  readonly dropped: ReadonlySet<string>;
}

/** Packets with this bit are masqueraded (kube-proxy's choice as well). */
const masqueradeBit = "0x4000";
const markIt = `meta mark set meta mark or ${masqueradeBit}`;

const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
const where = (s: ServicePort) => `${s.clusterIP} . ${s.protocol.toLowerCase()} . ${s.port}`;

export function ruleset(services: readonly ServicePort[]): Ruleset {
  const counters = new Map<string, { id: string; backend: Backend }>();
  const sets = new Map<string, string>();
  const endpoints = new Map<string, readonly string[]>();
  const own = new Map<string, readonly string[]>();
  const elements = new Map<string, string>();
  const dropped = new Set<string>();
  for (const s of services) {
    if (s.backends.length === 0) {
      if (s.drop) dropped.add(where(s));
      continue;
    }
    const rules = s.masquerade ? [markIt] : [];
    const picks = s.backends.map((backend, i) => {
      const key = hash(`${s.id} ${backend.ip} ${backend.port}`);
      const chain = `endpoint-${key}`;
      // Only the first packet of a connection passes a chain that translates.
      const counter = `connections-${key}`;
      counters.set(counter, { id: s.id, backend });
      const led = [`ip saddr ${backend.ip} ${markIt}`];
      if (s.affinitySeconds !== undefined) {
        const set = `affinity-${hash(`${key} ${s.affinitySeconds}`)}`;
        sets.set(set, `{ type ipv4_addr; flags dynamic,timeout; timeout ${s.affinitySeconds}s; }`);
        led.push(`update @${set} { ip saddr }`);
        rules.push(`ip saddr @${set} goto ${chain}`);
      }
      const translated = `dnat to ${backend.ip}:${backend.port}`;
      led.push(`${s.protocol.toLowerCase()} dport 1-65535 counter name ${counter} ${translated}`);
      endpoints.set(chain, led);
      return `${i} : goto ${chain}`;
    });
    rules.push(`numgen random mod ${picks.length} vmap { ${picks.join(", ")} }`);
    const chain = `service-${hash(s.id)}`;
    own.set(chain, rules);
    elements.set(where(s), chain);
  }
  return { counters, sets, chains: new Map([...endpoints, ...own]), services: elements, dropped };
}

const table = "ip wherry";

const fixed = [
  `add table ${table}`,
  `add chain ${table} prerouting { type nat hook prerouting priority dstnat; }`,
  `add chain ${table} output { type nat hook output priority -100; }`,
  `add chain ${table} postrouting { type nat hook postrouting priority srcnat; }`,
  `add chain ${table} input { type filter hook input priority filter; }`,
  `add map ${table} services { type ipv4_addr . inet_proto . inet_service : verdict; }`,
  `add set ${table} dropped { type ipv4_addr . inet_proto . inet_service; }`,
  `add rule ${table} prerouting ip daddr . meta l4proto . th dport vmap @services`,
  `add rule ${table} output ${markIt}`,
  `add rule ${table} output ip daddr . meta l4proto . th dport vmap @services`,
  `add rule ${table} postrouting ct status dnat meta mark and ${masqueradeBit} != 0 masquerade`,
  `add rule ${table} input ip daddr . meta l4proto . th dport @dropped drop`,
];

const nothing: Ruleset = {
  counters: new Map(),
  sets: new Map(),
  chains: new Map(),
  services: new Map(),
  dropped: new Set(),
};

/**
 * What leads from one ruleset to another, as texts for `nft -f -` that follow each other: what is new first, then what
 * refers to it, and at last what nothing refers to any more. Only what differs is touched, so affinity and counters stay.
 * Each text is one transaction, and after each of them every Service leads to its endpoints, old or new.
 * @param before absent: whatever an earlier process left in this network namespace is removed
 */
export function transactions(wanted: Ruleset, before: Ruleset | undefined): string[] {
  const old = before ?? nothing;
  const begin = before ? [] : [[...removal.trim().split("\n"), ...fixed]];
  const added = <V>(kind: "counters" | "sets", add: (name: string, value: V) => string) =>
    [...(wanted[kind] as ReadonlyMap<string, V>)].filter(([name]) => !old[kind].has(name)).map((e) => [add(...e)]);
  const rulesOf = (chain: string, rules: readonly string[]) =>
    rules.map((rule) => `add rule ${table} ${chain} ${rule}`);
  const chains = [...wanted.chains].flatMap(([chain, rules]) => {
    const there = old.chains.get(chain);
    if (there?.join("\n") === rules.join("\n")) return [];
    return [[`${there ? "flush" : "add"} chain ${table} ${chain}`, ...rulesOf(chain, rules)]];
  });
  const element = (set: string, content: string) => (verb: string) => `${verb} element ${table} ${set} { ${content} }`;
  const service = (at: string, chain: string) => element("services", `${at} : goto ${chain}`);
  const elements = [
    ...[...wanted.dropped].filter((at) => !old.dropped.has(at)).map((at) => [element("dropped", at)("add")]),
    ...[...old.services].flatMap(([at, chain]) => {
      const next = wanted.services.get(at);
      if (next === chain) return [];
      return [[service(at, chain)("delete"), ...(next ? [service(at, next)("add")] : [])]];
    }),
    ...[...wanted.services].filter(([at]) => !old.services.has(at)).map((e) => [service(...e)("add")]),
    ...[...old.dropped].filter((at) => !wanted.dropped.has(at)).map((at) => [element("dropped", at)("delete")]),
  ];
  // Those that refer come before what they refer to.
  const gone = [...old.chains.keys()].filter((chain) => !wanted.chains.has(chain)).reverse();
  const removed = [
    ...gone.map((chain) => [`flush chain ${table} ${chain}`, `delete chain ${table} ${chain}`]),
    ...[...old.sets.keys()].filter((set) => !wanted.sets.has(set)).map((set) => [`delete set ${table} ${set}`]),
    ...[...old.counters.keys()]
      .filter((counter) => !wanted.counters.has(counter))
      .map((counter) => [`delete counter ${table} ${counter}`]),
  ];
  return packed([
    ...begin,
    ...added("counters", (name) => `add counter ${table} ${name}`),
    ...added<string>("sets", (name, definition) => `add set ${table} ${name} ${definition}`),
    ...chains,
    ...elements,
    ...removed,
  ]);
}

/** Characters of a transaction: a larger one may not fit the buffer of a socket whose owner cannot raise it. */
const mostText = 30_000;

/** Puts lines into as few texts as possible; those of one group stay together. */
function packed(groups: readonly (readonly string[])[]): string[] {
  const texts: string[] = [];
  let text = "";
  for (const group of groups) {
    const lines = `${group.join("\n")}\n`;
    if (text && text.length + lines.length > mostText) {
      texts.push(text);
      text = "";
    }
    text += lines;
  }
  return text ? [...texts, text] : texts;
}

/** The command that prints the counters. */
export const listCounters = ["list", "counters", "table", ...table.split(" ")];

/** What {@link listCounters} printed, by name. */
export const readCounters = (text: string): ReadonlyMap<string, number> =>
  new Map([...text.matchAll(/counter (\S+) \{\s*packets (\d+)/g)].map(([, name = "", count]) => [name, Number(count)]));

export const removal = `add table ${table}\ndelete table ${table}\n`;
