/**
 * Numbers 0 … size-1, each given out once. The lower band is kept for those who ask for a number: whoever takes any
 * gets one of the upper part, from a random point on and round, and of the lower band only when that is full.
 */
import type { Random } from "../../base/clock.ts";

export class RangeAllocator {
  private readonly used = new Set<number>();
  private readonly size: number;
  private readonly reserved: number;
  private readonly random: Random;

  constructor(size: number, reserved: number, random: Random) {
    this.size = size;
    this.reserved = reserved;
    this.random = random;
  }

  has(n: number): boolean {
    return this.used.has(n);
  }

  /** False when it is taken. */
  take(n: number): boolean {
    if (this.used.has(n)) return false;
    this.used.add(n);
    return true;
  }

  /** A free number, not yet taken; undefined when there is none. */
  findFree(except: ReadonlySet<number> = new Set()): number | undefined {
    return this.scan(this.reserved, this.size, except) ?? this.scan(0, this.reserved, except);
  }

  release(n: number): void {
    this.used.delete(n);
  }

  private scan(from: number, to: number, except: ReadonlySet<number>): number | undefined {
    const span = to - from;
    if (span <= 0) return undefined;
    const start = Math.floor(this.random.next() * span);
    for (let i = 0; i < span; i++) {
      const n = from + ((start + i) % span);
      if (!this.used.has(n) && !except.has(n)) return n;
    }
    return undefined;
  }
}

/** Size of the lower band (reference: static and dynamic allocation share a range). */
export const reservedBand = (size: number, step: number, max: number): number =>
  size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / step)), max);
