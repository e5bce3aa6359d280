/**
 * The only place in wherry that touches time and randomness. Everything else is handed a {@link Clock} and a
 * {@link Random}, which is what makes a ten-minute progress deadline a one-millisecond test.
 */
/** Undoes a timer. Calling it again, or after the timer has fired, does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds, with fractions, from an arbitrary origin; never goes back. For measuring durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds. When `signal` aborts it resolves early; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms` milliseconds. A pending timer does not keep the process alive. */
  after(ms: number, fn: () => void): Cancel;
  /** Calls `fn` every `ms` milliseconds, first after `ms`. It does not keep the process alive. */
  every(ms: number, fn: () => void): Cancel;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An RFC 9562 version 4 UUID in lower case. */
  uuid(): string;
  /** `n` random bytes. */
  bytes(n: number): Uint8Array;
}

/** In a browser a timer is a number, and keeps nothing alive. */
const inBackground = (timer: unknown) => (timer as { unref?(): void }).unref?.();

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    }),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    inBackground(timer);
    return () => clearTimeout(timer);
  },
  every(ms, fn) {
    const timer = setInterval(fn, ms);
    inBackground(timer);
    return () => clearInterval(timer);
  },
};

export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => crypto.randomUUID(),
  bytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
};

/** `ms` since the epoch as Kubernetes writes a `Time`: RFC 3339, UTC, whole seconds. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** Nearly all times that are written at one moment are the same one. */
let lastSecond = Number.NaN;
let lastText = "";

/** `ms` since the epoch as Kubernetes writes a `MicroTime`: RFC 3339, UTC, six fractional digits. */
export const formatMicroTime = (ms: number): string => {
  const micros = Math.round(ms * 1000);
  const iso = new Date(Math.floor(micros / 1000)).toISOString();
  return `${iso.slice(0, 23)}${String(micros % 1000).padStart(3, "0")}Z`;
};

/** Milliseconds since the epoch of an RFC 3339 time; NaN when it is not one. */
export const parseTime = (text: string): number => Date.parse(text);
