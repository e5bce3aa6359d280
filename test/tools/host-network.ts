/**
 * The machine's own network, outside of all clusters. A cluster makes its links, addresses, routes and firewall rules in
 * namespaces of its own, and never any here: so it must be the same before, during and after, however many there are.
 */
import { run } from "./run.ts";

interface Link {
  readonly ifname: string;
  readonly address?: string;
  readonly flags: readonly string[];
  readonly linkinfo?: { readonly info_kind?: string };
}

/** As wherry's nodes name theirs: a pod's, a node's. */
const likeOurs = /^(?:v[0-9a-f]{14}|n\d+)$/;

/** Other programs' containers, which are none of our business, come and go with links of this kind. */
const comesAndGoes = ({ ifname, linkinfo }: Link) => linkinfo?.info_kind === "veth" && !likeOurs.test(ifname);

/** Links, addresses, routes and firewall rules, one a line. @throws Error when `ip` or `nft` fails */
export async function hostNetwork(): Promise<string[]> {
  const ask = async (program: string, ...args: string[]) => {
    const { code, out, err } = await run(program, args, { env: process.env });
    if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${err}`);
    return out;
  };
  const [links, addresses, routes, rules] = await Promise.all([
    ask("ip", "-j", "-d", "link"),
    ask("ip", "-o", "-4", "addr"),
    ask("ip", "route", "show", "table", "all"),
    firewall(ask),
  ]);
  const all = JSON.parse(links) as Link[];
  const passing = new Set(all.filter(comesAndGoes).map(({ ifname }) => ifname));
  const text = all
    .filter(({ ifname }) => !passing.has(ifname))
    .map((link) => `link ${link.ifname} ${link.address} ${link.flags.includes("UP") ? "up" : "down"}`);
  const lines = [addresses, routes, rules]
    .join("\n")
    // Counters and times are nobody's doing.
    .replace(/packets \d+ bytes \d+|valid_lft \S+|preferred_lft \S+|expires \S+/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.split(/\s+/).some((word) => passing.has(word)));
  return [...text, ...lines];
}

/** An ordinary user may not ask. */
const firewall = (ask: (program: string, ...args: string[]) => Promise<string>) =>
  process.getuid?.() === 0 ? ask("nft", "list", "ruleset") : "";
