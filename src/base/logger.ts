/** Structured logging: a message and fields, one line each. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

const levels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof levels)[number];

/**
 * A logger that writes one JSON object per line: `{"time":"…","level":"info","message":"…",…fields}`.
 * @param write receives each line, newline included
 * @param now milliseconds since the epoch
 */
export function lineLogger(
  write: (line: string) => void,
  now: () => number,
  level: LogLevel = "info",
  base: LogFields = {},
): Logger {
  const least = levels.indexOf(level);
  const log = (l: LogLevel) => (message: string, fields?: LogFields) => {
    if (levels.indexOf(l) < least) return;
    const record = { time: new Date(now()).toISOString(), level: l, message, ...base, ...fields };
    write(`${JSON.stringify(record, (_, v) => (v instanceof Error ? (v.stack ?? String(v)) : v))}\n`);
  };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    with: (fields) => lineLogger(write, now, level, { ...base, ...fields }),
  };
}

/** Discards everything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};
