/** What a test says about the cluster it wants. */
import type { Taint } from "../api/generated/types.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { parseSimulatedImage } from "../node/runtime/simulated/parse.ts";
import type { Duration } from "./durations.ts";

export interface ClusterOptions {
  /** How many, or each one; of real ones only how many. Default 1. */
  readonly nodes?: number | readonly NodeOptions[];
  /**
   * `simulated` nodes run nothing. `linux` nodes run real containers, in real time, where the machine allows that:
   * `wherry doctor` says whether it does. Default `simulated`.
   */
  readonly runtime?: "simulated" | "linux";
  /** For `linux` nodes: archives of images (`docker save`, OCI) to have from the start. `wherry/node` is there anyway. */
  readonly imageArchives?: readonly (string | URL)[];
  /** How images behave. An image that nothing is said about is pulled at once and runs until it is stopped. */
  readonly images?: Images;
  /** The same seed and the same calls give the same cluster, to the last name and uid. Default 1. */
  readonly seed?: number;
  /** `virtual` time passes only when the test says so; `real` time passes by itself. Default `virtual`. */
  readonly clock?: "virtual" | "real";
  /** What a virtual clock shows at first. Default 2025-01-01T00:00:00Z. */
  readonly start?: Date | string | number;
}

export interface NodeOptions {
  /** Default `node-1`, `node-2`, … */
  readonly name?: string;
  /** Beside the usual ones. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Resource names to quantities. What is not named there is plenty of: 1000 CPUs, 10Ti of memory, 4000 pods. */
  readonly capacity?: Readonly<Record<string, string>>;
}

/**
 * Behaviours by image name. `*` in a name stands for anything, and the first name that fits counts. Or a list of the
 * form that `wherry up --simulated-images` reads.
 */
export type Images =
  | Readonly<Record<string, ImageBehaviour>>
  | readonly (ImageBehaviour & { readonly pattern: string })[];

/** How an image behaves, as data. Times are the cluster's. */
export interface ImageBehaviour {
  /** It is on every node already. Default false: it is pulled. */
  readonly present?: boolean;
  /** How long a pull takes. Default 0. */
  readonly pullDelay?: Duration;
  /** Pulls fail with this text: the pod shows `ErrImagePull`, then `ImagePullBackOff`. */
  readonly pullError?: string;
  /** So many pulls on a node fail with {@link pullError}, then one succeeds. Default: all fail. */
  readonly failedPulls?: number;
  /** How long starting a container takes. Default 0. */
  readonly startDelay?: Duration;
  /** From its start until a container's probes succeed, of whatever type; `never`: they always fail. Default 0. */
  readonly readyAfter?: Duration | "never";
  /** Spans, counted from its start, in which they fail again. */
  readonly notReady?: readonly { readonly after: Duration; readonly for: Duration }[];
  /** From its start until a container ends by itself. Default: it runs until it is stopped. */
  readonly crashAfter?: Duration;
  /** With which code it then ends. Default 1. */
  readonly exitCode?: number;
  /** So many runs of a container end by themselves, then one lasts. Default: all do. */
  readonly crashes?: number;
  /** How long it takes to end after SIGTERM; beyond the grace period it is killed. Default 0. */
  readonly stopDelay?: Duration;
  /** What it logs when it starts, a line each. */
  readonly output?: readonly string[];
  readonly sizeBytes?: number;
  /** The user that the image names. Default root. */
  readonly user?: string;
}

/** @throws Error that names the field */
export function imagesOf(images: Images = []): readonly SimulatedImage[] {
  const list = Array.isArray(images);
  const entries = list ? images : Object.entries(images).map(([pattern, image]) => ({ ...image, pattern }));
  return entries.map((entry, i) => {
    const where = list ? `images[${i}]` : `images[${JSON.stringify(entry.pattern)}]`;
    return parseSimulatedImage(entry, where, { milliseconds: true });
  });
}

/** @throws Error that names the field */
export function nodesOf(nodes: ClusterOptions["nodes"] = 1): Required<NodeOptions>[] {
  if (typeof nodes === "number" && !(Number.isInteger(nodes) && nodes >= 0))
    throw new RangeError(`nodes: ${nodes} is not a number of nodes`);
  const list = typeof nodes === "number" ? Array.from({ length: nodes }, (): NodeOptions => ({})) : nodes;
  const all = list.map(({ name, labels = {}, taints = [], capacity = {} }, index) => ({
    name: name ?? `node-${index + 1}`,
    labels,
    taints,
    capacity,
  }));
  const names = new Set<string>();
  for (const [i, { name }] of all.entries()) {
    if (names.has(name)) throw new Error(`nodes[${i}].name: ${JSON.stringify(name)} is the name of another node`);
    names.add(name);
  }
  return all;
}

const known = ["nodes", "runtime", "imageArchives", "images", "seed", "clock", "start"];

/** @throws Error that names what is not known or does not fit */
export function checkOptions(options: ClusterOptions): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown) throw new Error(`createCluster: option "${unknown}" is unknown; there are: ${known.join(", ")}`);
  if (options.clock !== undefined && options.clock !== "virtual" && options.clock !== "real")
    throw new Error(`clock: ${JSON.stringify(options.clock)} is neither "virtual" nor "real"`);
  if (options.runtime !== undefined && options.runtime !== "simulated" && options.runtime !== "linux")
    throw new Error(`runtime: ${JSON.stringify(options.runtime)} is neither "simulated" nor "linux"`);
  if (options.runtime === "linux") {
    if (options.clock === "virtual") throw new Error('clock: real containers need a "real" clock');
    if (options.images !== undefined) throw new Error("images: real containers behave as they do");
    if (options.nodes !== undefined && !(Number.isInteger(options.nodes) && Number(options.nodes) > 0))
      throw new Error('nodes: with runtime "linux" it is how many');
  } else if (options.imageArchives !== undefined)
    throw new Error("imageArchives: simulated nodes have only names of images");
  if (options.clock === "real" && options.start !== undefined)
    throw new Error("start: a real clock shows the time it is");
  if (options.seed !== undefined && !Number.isInteger(options.seed))
    throw new Error(`seed: ${options.seed} is not an integer`);
}

/** @throws RangeError */
export function startOf(start: ClusterOptions["start"]): number | undefined {
  if (start === undefined) return undefined;
  const ms = new Date(start).getTime();
  if (Number.isNaN(ms)) throw new RangeError(`start: ${JSON.stringify(start)} is not a time`);
  return ms;
}
