/** Behaviours of images as people write them, with durations as text, to {@link SimulatedImage}s. Pure. */
import { parseDuration } from "../../../base/duration.ts";
import type { SimulatedImage } from "./behaviour.ts";

const durations = ["pullDelay", "startDelay", "readyAfter", "crashAfter", "stopDelay"];
const texts = ["pattern", "pullError", "user"];
const numbers = ["exitCode", "sizeBytes", "failedPulls", "crashes"];
const others = ["notReady", "present", "output"];

export interface ParseOptions {
  /** May a duration be a number of milliseconds? 0 always may. */
  readonly milliseconds: boolean;
}

/** @throws Error with one line that starts with `where` and names the field */
export function parseSimulatedImage(entry: unknown, where: string, options: ParseOptions): SimulatedImage {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw new Error(`${where}: expected fields like pattern and readyAfter`);
  const fields = Object.entries(entry).map(([key, value]) => [key, field(key, value, `${where}.${key}`, options)]);
  if (!("pattern" in entry)) throw new Error(`${where}.pattern: is required, for example "*"`);
  return Object.fromEntries(fields) as SimulatedImage;
}

function field(key: string, value: unknown, where: string, options: ParseOptions): unknown {
  if (durations.includes(key))
    return key === "readyAfter" && value === "never" ? value : duration(value, where, options);
  if (texts.includes(key) && typeof value === "string") return value;
  if (numbers.includes(key) && Number.isInteger(value) && (value as number) >= 0) return value;
  if (key === "present" && typeof value === "boolean") return value;
  if (key === "output" && Array.isArray(value) && value.every((line) => typeof line === "string")) return value;
  if (key === "notReady" && Array.isArray(value))
    return value.map((span, i) => spanOf(span, `${where}[${i}]`, options));
  const known = [...texts, ...durations, ...numbers, ...others];
  throw new Error(
    known.includes(key)
      ? `${where}: ${JSON.stringify(value)} is not of the right type`
      : `${where}: unknown; there are: ${known.join(", ")}`,
  );
}

function duration(value: unknown, where: string, { milliseconds }: ParseOptions): number {
  const ms = typeof value === "string" ? parseDuration(value) : milliseconds || value === 0 ? Number(value) : undefined;
  if (ms === undefined || !(ms >= 0))
    throw new Error(`${where}: ${JSON.stringify(value)} is not a duration like 500ms or 2s`);
  return ms;
}

function spanOf(value: unknown, where: string, options: ParseOptions): { after: number; for: number } {
  const span = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const unknown = Object.keys(span).find((key) => key !== "after" && key !== "for");
  if (unknown) throw new Error(`${where}.${unknown}: unknown; there are: after, for`);
  return {
    after: duration(span.after, `${where}.after`, options),
    for: duration(span.for, `${where}.for`, options),
  };
}
