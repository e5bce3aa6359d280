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
 *   readyAfter: 2s      # until probes succeed
 *   notReady:           # when they fail again
 *     - { after: 1m, for: 20s }
 * ```
 */
import { readFileSync } from "node:fs";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { parseSimulatedImage } from "../node/runtime/simulated/parse.ts";

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
  return list.map((entry: unknown, i) => parseSimulatedImage(entry, `${file}: [${i}]`, { milliseconds: false }));
}
