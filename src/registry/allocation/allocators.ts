/** Who has which cluster IP and which node port. */
import type { Random } from "../../base/clock.ts";
import { type Cidr, type Family, formatAddress, parseAddress, parseCidr } from "./addresses.ts";
import { RangeAllocator, reservedBand } from "./range.ts";

/** A number cannot be had. The text is the API's. */
export class AllocationError extends Error {}

const full = "range is full";

/** Takes numbers for a write; gives them back unless the write succeeds, and only then lets go of old ones. */
export class Reservation {
  private readonly range: RangeAllocator;
  private readonly dryRun: boolean;
  private readonly taken = new Set<number>();
  private readonly leaving: number[] = [];

  constructor(range: RangeAllocator, dryRun: boolean) {
    this.range = range;
    this.dryRun = dryRun;
  }

  /** False when somebody else has it. */
  take(n: number): boolean {
    if (this.taken.has(n) || this.range.has(n)) return false;
    if (!this.dryRun) this.range.take(n);
    this.taken.add(n);
    return true;
  }

  /** @param avoid numbers that are given out only when no others are left */
  takeAny(avoid: ReadonlySet<number> = new Set()): number {
    const n = this.range.findFree(new Set([...this.taken, ...avoid])) ?? this.range.findFree(this.taken);
    if (n === undefined) throw new AllocationError(full);
    this.take(n);
    return n;
  }

  releaseLater(n: number): void {
    this.leaving.push(n);
  }

  commit(): void {
    if (!this.dryRun) for (const n of this.leaving) this.range.release(n);
    this.taken.clear();
  }

  revert(): void {
    if (!this.dryRun) for (const n of this.taken) this.range.release(n);
    this.taken.clear();
  }
}

export class IpRange {
  readonly family: Family;
  private readonly cidr: Cidr;
  private readonly range: RangeAllocator;

  constructor(cidr: string, random: Random) {
    this.cidr = parseCidr(cidr);
    this.family = this.cidr.family;
    this.range = new RangeAllocator(this.cidr.usable, reservedBand(this.cidr.size, 16, 256), random);
  }

  reserve(dryRun: boolean): Reservation {
    return new Reservation(this.range, dryRun);
  }

  /** Undefined when the range does not hold the address. */
  offsetOf(ip: string): number | undefined {
    const offset = parseAddress(ip) - this.cidr.first;
    return offset >= 0n && offset < BigInt(this.cidr.usable) ? Number(offset) : undefined;
  }

  take(reservation: Reservation, ip: string): void {
    const offset = this.offsetOf(ip);
    if (offset === undefined) {
      throw new AllocationError(
        `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${this.cidr.text}`,
      );
    }
    if (!reservation.take(offset)) throw new AllocationError("provided IP is already allocated");
  }

  takeAny(reservation: Reservation): string {
    return formatAddress(this.cidr.first + BigInt(reservation.takeAny()), this.family);
  }

  /** Marks an address as taken by an object that exists already. */
  restore(ip: string): void {
    const offset = this.offsetOf(ip);
    if (offset !== undefined) this.range.take(offset);
  }

  release(ip: string): void {
    const offset = this.offsetOf(ip);
    if (offset !== undefined) this.range.release(offset);
  }
}

export class PortRange {
  private readonly first: number;
  private readonly last: number;
  private readonly range: RangeAllocator;
  private readonly inUse: () => readonly number[];

  /**
   * @param text for example `30000-32767`
   * @param inUse ports that something else has: nobody gets one of them without asking for it, while there are others
   */
  constructor(text: string, random: Random, inUse: () => readonly number[] = () => []) {
    this.inUse = inUse;
    const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
    this.first = Number(first);
    this.last = Number(last);
    if (!first || !(this.first >= 1 && this.first <= this.last && this.last <= 65535)) {
      throw new RangeError(`${text} is not a range of ports`);
    }
    const size = this.last - this.first + 1;
    this.range = new RangeAllocator(size, reservedBand(size, 32, 128), random);
  }

  reserve(dryRun: boolean): Reservation {
    return new Reservation(this.range, dryRun);
  }

  take(reservation: Reservation, port: number): void {
    if (port < this.first || port > this.last) {
      throw new AllocationError(
        `provided port is not in the valid range. The range of valid ports is ${this.first}-${this.last}`,
      );
    }
    if (!reservation.take(port - this.first)) throw new AllocationError("provided port is already allocated");
  }

  takeAny(reservation: Reservation): number {
    return this.first + reservation.takeAny(new Set(this.inUse().map((port) => port - this.first)));
  }

  releaseLater(reservation: Reservation, port: number): void {
    if (port >= this.first && port <= this.last) reservation.releaseLater(port - this.first);
  }

  restore(port: number): void {
    if (port >= this.first && port <= this.last) this.range.take(port - this.first);
  }

  release(port: number): void {
    if (port >= this.first && port <= this.last) this.range.release(port - this.first);
  }
}
