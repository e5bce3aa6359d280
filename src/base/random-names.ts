import type { Random } from "./clock.ts";

/** The alphabet of generated names: no vowels, so no words; no look-alikes 0, 1 and 3 (apimachinery `util/rand`). */
export const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `length` characters of {@link nameAlphabet}. */
export function randomName(random: Random, length: number): string {
  let out = "";
  for (let i = 0; i < length; i++) out += nameAlphabet[Math.floor(random.next() * nameAlphabet.length)];
  return out;
}
