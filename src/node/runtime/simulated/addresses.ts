import { RuntimeError } from "../runtime.ts";

/**
 * The range of a simulated node's pods, about 4,000 addresses out of 10.128.0.0/9. Nothing answers there, so ranges need
 * only be different.
 */
export function simulatedPodCIDR(index: number): string {
  if (!Number.isInteger(index) || index < 0 || index >= 2048)
    throw new RangeError(`no range for simulated node ${index}`);
  return `10.${128 + (index >> 4)}.${(index & 15) << 4}.0/20`;
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
