/** Addresses of a node's pods. Pure: the runtime keeps what is in use and recovers it from its state. */

const toNumber = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const toText = (n: number) => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join(".");

/**
 * The next free address, going round the range so that one just given back rests longest. The network's own address,
 * the first (a gateway's by custom) and the last are never given out.
 * @param last the address given out last, if any
 * @returns undefined when all are taken
 */
export function nextAddress(cidr: string, used: ReadonlySet<string>, last: string | undefined): string | undefined {
  const [network = "", prefix = "24"] = cidr.split("/");
  const size = 2 ** (32 - Number(prefix));
  const base = Math.floor(toNumber(network) / size) * size;
  const usable = size - 3;
  const from = last === undefined ? 0 : toNumber(last) - base - 1;
  for (let i = 0; i < usable; i++) {
    const address = toText(base + 2 + ((((from + i) % usable) + usable) % usable));
    if (!used.has(address)) return address;
  }
  return undefined;
}
