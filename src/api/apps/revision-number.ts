/**
 * Numbers of revisions. Upstream keeps them as int64: beyond 2^53 a JavaScript number would lose the last digits, and
 * "one higher" would be the same number.
 */

const highest = 2n ** 63n - 1n;

/** The number in an annotation, as Go's `strconv.ParseInt(text, 10, 64)` reads it; undefined when it is none. */
export function parseRevision(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?[0-9]+$/.test(text)) return undefined;
  const number = BigInt(text.replace(/^\+/, ""));
  return number <= highest && number >= -highest - 1n ? number : undefined;
}

/** One higher; beyond the highest it starts over at the lowest, as in Go. */
export const revisionAfter = (number: bigint): bigint => BigInt.asIntN(64, number + 1n);

/** For sorting: the lower first. */
export const compareRevisions = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));

/** 0 when there are none. */
export const highestOf = (numbers: Iterable<bigint>): bigint => {
  let found = 0n;
  for (const number of numbers) if (number > found) found = number;
  return found;
};
