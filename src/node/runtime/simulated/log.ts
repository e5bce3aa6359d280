import type { LogOptions } from "../runtime.ts";

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

/** Reads a simulated container's lines; with `follow`, waits for its end. */
export async function* readLog(
  lines: readonly LogLine[],
  ended: () => boolean,
  changed: () => Promise<void>,
  options: LogOptions,
): AsyncIterable<Uint8Array> {
  const { since = 0, tailLines, limitBytes = Number.POSITIVE_INFINITY, timestamps, follow, signal } = options;
  const shown = lines.filter((line) => line.at >= since);
  const encoder = new TextEncoder();
  let left = limitBytes;
  for (const line of tailLines === undefined ? shown : tailLines === 0 ? [] : shown.slice(-tailLines)) {
    const time = timestamps ? `${new Date(line.at).toISOString().replace("Z", "000000Z")} ` : "";
    const bytes = encoder.encode(`${time}${line.text}\n`).subarray(0, left);
    left -= bytes.length;
    yield bytes;
    if (left <= 0) return;
  }
  if (!follow || ended() || signal?.aborted) return;
  await Promise.race([
    changed(),
    new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true })),
  ]);
}
