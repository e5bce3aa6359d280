/** IP addresses as numbers, and the range of a CIDR. */
import { isIP } from "node:net";

export type Family = "IPv4" | "IPv6";

export const familyOf = (ip: string): Family | undefined => {
  const version = isIP(ip);
  return version === 4 ? "IPv4" : version === 6 ? "IPv6" : undefined;
};

export function parseAddress(ip: string): bigint {
  if (isIP(ip) === 4) return ip.split(".").reduce((n, part) => n * 256n + BigInt(part), 0n);
  const [head = "", tail] = expandMapped(ip).split("::");
  const groups = (text: string) => (text ? text.split(":") : []);
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill("0"), ...right].reduce((n, g) => n * 65536n + BigInt(`0x${g}`), 0n);
}

/** `::ffff:10.0.0.1` with its last 32 bits as two groups. */
function expandMapped(ip: string): string {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(ip);
  if (!dotted) return ip;
  const n = parseAddress(dotted[2] as string);
  return `${dotted[1]}${(n >> 16n).toString(16)}:${(n & 0xffffn).toString(16)}`;
}

export function formatAddress(n: bigint, family: Family): string {
  if (family === "IPv4") return [24n, 16n, 8n, 0n].map((shift) => (n >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((n >> BigInt((7 - i) * 16)) & 0xffffn).toString(16));
  // The longest run of two or more zero groups is left out (RFC 5952).
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (groups[i + length] === "0") length++;
    if (length > best.length) best = { start: i, length };
  }
  if (best.start < 0) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}

export interface Cidr {
  readonly family: Family;
  readonly text: string;
  /** The first address that may be given out. */
  readonly first: bigint;
  /** How many may be given out. */
  readonly usable: number;
  /** How many addresses the range has. */
  readonly size: number;
}

/** @throws RangeError */
export function parseCidr(text: string): Cidr {
  const [ip = "", bits = ""] = text.split("/");
  const family = familyOf(ip);
  const prefix = Number(bits);
  const width = family === "IPv4" ? 32 : 128;
  if (!family || !/^\d+$/.test(bits) || prefix > width) throw new RangeError(`${text} is not a CIDR`);
  if (family === "IPv6" && prefix < 64) throw new RangeError(`${text}: an IPv6 range must be /64 or smaller`);
  const hostBits = BigInt(width - prefix);
  const base = (parseAddress(ip) >> hostBits) << hostBits;
  const size = Number(1n << (hostBits > 48n ? 48n : hostBits));
  // Not the network's own address, and with IPv4 not the broadcast address.
  const usable = size - (family === "IPv4" ? 2 : 1);
  if (usable < 1) throw new RangeError(`${text} has no address to give out`);
  return { family, text: `${formatAddress(base, family)}/${prefix}`, first: base + 1n, usable, size };
}
