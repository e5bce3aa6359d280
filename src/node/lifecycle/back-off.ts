/**
 * The kubelet's back-off, as data: the first failure is free, then 10 s doubling up to 5 min; forgotten after 10 min of
 * quiet (client-go `flowcontrol.Backoff`). Times are milliseconds.
 */
export interface BackOff {
  readonly delay: number;
  /** When it was last raised: the start of the attempt that it allowed. */
  readonly since: number;
}

const initialDelay = 10_000;
const maxDelay = 300_000;

const isOver = (backOff: BackOff, eventTime: number) => eventTime - backOff.since > 2 * maxDelay;

/**
 * When the next attempt may be made; undefined: now.
 * @param eventTime when the last attempt ended
 */
export function waitUntil(backOff: BackOff | undefined, eventTime: number, now: number): number | undefined {
  if (!backOff || isOver(backOff, eventTime)) return undefined;
  const until = eventTime + backOff.delay;
  return now < until ? until : undefined;
}

/** The back-off after an attempt that starts now. */
export function raise(backOff: BackOff | undefined, eventTime: number, now: number): BackOff {
  if (!backOff || isOver(backOff, eventTime)) return { delay: initialDelay, since: now };
  return { delay: Math.min(maxDelay, backOff.delay * 2), since: now };
}

/** A delay as Go prints it: `10s`, `1m20s`, `5m0s`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
