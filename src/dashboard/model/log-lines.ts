/** Lines of logs as the API gives them with `timestamps=true`: `2026-01-02T03:04:05.123456789Z text`. Pure. */

export interface LogLine {
  /** RFC 3339 with nine digits of a second, so that stamps sort as texts. */
  readonly stamp: string;
  readonly text: string;
}

/** Nanoseconds come without their trailing zeros. A line without a stamp gets the one of the line before. */
export function parseLog(text: string, before = ""): LogLine[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  let stamp = before;
  return lines.map((line) => {
    const [, second, fraction = "", rest = ""] = /^(\S{19})(?:\.(\d{1,9}))?Z ?(.*)$/s.exec(line) ?? [];
    if (second === undefined) return { stamp, text: line };
    stamp = `${second}.${fraction.padEnd(9, "0")}Z`;
    return { stamp, text: rest };
  });
}

/** Where reading goes on: after so many lines of one stamp. */
export interface LogPosition {
  readonly stamp: string;
  readonly count: number;
}

/**
 * What is new in an answer that begins at the position's second.
 * @returns the new lines, and the position after them
 */
export function newLines(
  lines: readonly LogLine[],
  position: LogPosition | undefined,
): { fresh: LogLine[]; next: LogPosition | undefined } {
  let same = 0;
  const fresh = lines.filter(({ stamp }) => {
    if (!position || stamp > position.stamp) return true;
    return stamp === position.stamp && ++same > position.count;
  });
  const last = fresh.at(-1)?.stamp;
  if (last === undefined) return { fresh, next: position };
  const count = fresh.filter(({ stamp }) => stamp === last).length;
  return { fresh, next: { stamp: last, count: position?.stamp === last ? position.count + count : count } };
}

/** Both in the order of their stamps; of one stamp, in the order in which they came. */
export function merged<T extends LogLine>(old: readonly T[], fresh: readonly T[]): T[] {
  const last = old.at(-1)?.stamp ?? "";
  const sorted = [...fresh].sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0));
  if (sorted.every(({ stamp }) => stamp >= last)) return [...old, ...sorted];
  return [...old, ...sorted].sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0));
}
