/** A duration for people to read, two or three digits of it: `45s`, `3m12s`, `5h20m`, `2d3h`, `400d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  // Clocks of two machines may differ a little: just in the future counts as now.
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const two = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 8) return two(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  if (hours < 24 * 365 * 8) return two(years, "y", days % 365, "d");
  return `${years}y`;
}

/**
 * The time since `timestamp`, as an AGE column shows it.
 * @param timestamp RFC 3339; absent gives `<unknown>`
 * @param now milliseconds since the epoch
 */
export const ageSince = (timestamp: string | undefined, now: number): string =>
  timestamp ? humanDuration(now - Date.parse(timestamp)) : "<unknown>";
