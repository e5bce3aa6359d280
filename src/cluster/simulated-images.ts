/**
 * How simulated images behave, as a file says it: a YAML or JSON list, an entry per pattern of image names. Times are
 * durations as Kubernetes writes them (`500ms`, `2s`).
 *
 * ```yaml
 * - pattern: "*:broken"
 *   pullError: manifest unknown
 * - pattern: "*"
 *   pullDelay: 200ms
 *   startDelay: 500ms   # until the container runs, and a pod without a readiness probe is Ready
 *   readyAfter: 2s      # until readiness probes succeed
 * ```
 */
import { readFileSync } from "node:fs";
import { parseDuration } from "../base/duration.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";

const durations = ["pullDelay", "startDelay", "readyAfter", "crashAfter", "stopDelay"];
const texts = ["pattern", "pullError", "user"];
const numbers = ["exitCode", "sizeBytes"];

/** @throws Error with one line that names the file, the entry and the field */
export async function readSimulatedImages(file: string): Promise<SimulatedImage[]> {
  const { parse } = await import("yaml");
  let list: unknown;
  try {
    list = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message.split("\n")[0]}`);
  }
  if (!Array.isArray(list)) throw new Error(`${file}: expected a list of images`);
  return list.map((entry: unknown, i) => image(entry, `${file}: [${i}]`));
}

function image(entry: unknown, where: string): SimulatedImage {
  if (typeof entry !== "object" || entry === null)
    throw new Error(`${where}: expected fields like pattern and readyAfter`);
  const fields = Object.entries(entry).map(([key, value]) => [key, field(key, value, `${where}.${key}`)]);
  if (!("pattern" in entry)) throw new Error(`${where}.pattern: is required, for example "*"`);
  return Object.fromEntries(fields) as SimulatedImage;
}

function field(key: string, value: unknown, where: string): unknown {
  if (durations.includes(key)) {
    if (key === "readyAfter" && value === "never") return value;
    const ms = typeof value === "string" || value === 0 ? parseDuration(String(value)) : undefined;
    if (ms === undefined || ms < 0)
      throw new Error(`${where}: ${JSON.stringify(value)} is not a duration like 500ms or 2s`);
    return ms;
  }
  if (texts.includes(key) && typeof value === "string") return value;
  if (numbers.includes(key) && Number.isInteger(value)) return value;
  if (key === "present" && typeof value === "boolean") return value;
  if (key === "output" && Array.isArray(value) && value.every((line) => typeof line === "string")) return value;
  const known = [...texts, ...durations, ...numbers, "present", "output"];
  throw new Error(
    known.includes(key)
      ? `${where}: ${JSON.stringify(value)} is not of the right type`
      : `${where}: unknown; there are: ${known.join(", ")}`,
  );
}
