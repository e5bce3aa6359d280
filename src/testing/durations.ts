import { parseDuration } from "../base/duration.ts";

/** Milliseconds, or a duration as Kubernetes writes it: `500ms`, `10m`, `1h30m`. */
export type Duration = number | string;

/** @throws RangeError that names what is wrong with it */
export function milliseconds(duration: Duration, name: string): number {
  const ms = typeof duration === "number" ? duration : parseDuration(duration);
  if (ms === undefined || !(ms >= 0) || ms === Number.POSITIVE_INFINITY)
    throw new RangeError(
      `${name}: ${JSON.stringify(duration)} is neither milliseconds nor a duration like "500ms" or "10m"`,
    );
  return ms;
}

/** `1h2m3.5s`: virtual time as a person reads it. */
export function durationText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  if (ms < 1000) return `${ms}ms`;
  return `${hours ? `${hours}h` : ""}${minutes ? `${minutes}m` : ""}${seconds || ms === 0 ? `${seconds}s` : ""}`;
}
