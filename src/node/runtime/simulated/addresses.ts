import { RuntimeError } from "../runtime.ts";

/** Ranges of 4,096 addresses that there are in 10.128.0.0/9 and, for the nodes beyond those, in 240.0.0.0/4. */
const privateRanges = 2048;
const reservedRanges = 65536;

/** The range of a simulated node's pods. Nothing answers there, so ranges need only be different. */
export function simulatedPodCIDR(index: number): string {
  if (!Number.isInteger(index) || index < 0 || index >= privateRanges + reservedRanges)
    throw new RangeError(`no range for simulated node ${index}`);
  const [first, n] = index < privateRanges ? [0x0a80, index] : [0xf000, index - privateRanges];
  const start = first + (n >> 4);
  return `${start >> 8}.${start & 255}.${(n & 15) << 4}.0/20`;
}

/** Hands out the IPv4 addresses of a range, never one that is in use, returned ones last. */
export interface AddressPool {
  take(): string;
  give(address: string): void;
  state(): AddressPoolState;
}

export interface AddressPoolState {
  readonly next: number;
  readonly returned: readonly number[];
}

/** @param cidr for example `10.244.0.0/16`; its first two addresses and its last are left out */
export function createAddressPool(cidr: string, from?: AddressPoolState): AddressPool {
  const [base = "", bits = "16"] = cidr.split("/");
  const start = base.split(".").reduce((n, part) => n * 256 + Number(part), 0);
  const end = start + 2 ** (32 - Number(bits)) - 1;
  let next = from?.next ?? start + 2;
  const returned: number[] = [...(from?.returned ?? [])];
  const text = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join(".");
  const number = (address: string) => address.split(".").reduce((n, part) => n * 256 + Number(part), 0);
  return {
    take() {
      if (next < end) return text(next++);
      const reused = returned.shift();
      if (reused === undefined) throw new RuntimeError("RunContainerError", `no free address in ${cidr}`);
      return text(reused);
    },
    give: (address) => void returned.push(number(address)),
    state: () => ({ next, returned: [...returned] }),
  };
}
