/** How simulated images behave, as data. All times are milliseconds. */
export interface SimulatedImage {
  /** Which references this is about: `*` stands for anything. The first entry that matches counts. */
  readonly pattern: string;
  /** Already on the node: no pull needed. Default false. */
  readonly present?: boolean;
  /** How long a pull takes. Default 0. */
  readonly pullDelay?: number;
  /** Pulls fail with this text. */
  readonly pullError?: string;
  /** So many pulls fail on a node, then one succeeds. Default: all fail. */
  readonly failedPulls?: number;
  readonly sizeBytes?: number;
  /** How long starting a container takes. Default 0. */
  readonly startDelay?: number;
  /** From start until probes succeed; `never`: they always fail. Default 0. */
  readonly readyAfter?: number | "never";
  /** Spans after that in which probes fail again. */
  readonly notReady?: readonly NotReadySpan[];
  /** From start until the container ends by itself. Absent: it runs until it is stopped. */
  readonly crashAfter?: number;
  /** With which code it then ends. Default 1. */
  readonly exitCode?: number;
  /** So many runs of a container end by themselves, then one lasts. Default: all end. */
  readonly crashes?: number;
  /** How long it takes to end after SIGTERM; beyond the grace period it is killed. Default 0. */
  readonly stopDelay?: number;
  /** What it writes when it starts, a line each. */
  readonly output?: readonly string[];
  /** The user of the image. Default root. */
  readonly user?: string;
}

export interface NotReadySpan {
  /** From the container's start. */
  readonly after: number;
  readonly for: number;
}

const matches = (pattern: string, reference: string): boolean => {
  const source = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(reference);
};

/** An image that nothing is said about runs without fuss. */
const plain: SimulatedImage = { pattern: "*" };

/** As on other nodes: the example that every cluster has comes in three versions, so that one that is not there can be tried. */
const noSuchVersion: SimulatedImage = { pattern: "wherry/first-app:*", pullError: "manifest unknown" };
const unsaid = (reference: string) =>
  /^(docker\.io\/)?wherry\/first-app(?!:[123]$)(?![^:@])/.test(reference) ? noSuchVersion : plain;

/** Does a container that has run for `age` milliseconds answer its probes? */
export function answersProbes({ readyAfter = 0, notReady = [] }: SimulatedImage, age: number): boolean {
  if (readyAfter === "never" || age < readyAfter) return false;
  return !notReady.some((span) => age >= span.after && age < span.after + span.for);
}

/** Looks the behaviour of a reference up; a reference without a tag also matches as `:latest`. */
export const behaviourOf = (images: readonly SimulatedImage[], reference: string): SimulatedImage =>
  images.find((i) => matches(i.pattern, reference) || matches(i.pattern, reference.replace(/:latest$/, ""))) ??
  unsaid(reference);
