/** What is played, as data. */
import type { ImageBehaviour } from "../testing/options.ts";

/** A large machine; what fits none of this size fits hardly any. */
export const nodeCapacity = { cpu: "64", memory: "256Gi" } as const;

/** So many at least. */
export const ordinaryNodes = 3;

/** How a version of the application behaves. */
export type VersionId = "working" | "missing" | "crashing" | "unready" | "slow";

/** Times of an application about which nothing is known, in seconds of the cluster's time. */
export const assumed = {
  pull: 2,
  start: 3,
  stop: 1,
  crash: 1,
  slowStart: 60,
  init: 1,
} as const;

/** When somebody steps in, in milliseconds after the loss of a node, and after an undo. */
export const hand = { nodeAfter: 600_000, podAfter: 60_000 } as const;

const seconds = (n: number) => `${n}s`;
const ordinary = { pullDelay: seconds(assumed.pull), stopDelay: seconds(assumed.stop) };

export const versions: Readonly<Record<VersionId, ImageBehaviour>> = {
  working: { ...ordinary, readyAfter: seconds(assumed.start) },
  missing: { pullDelay: "1s", pullError: "manifest unknown" },
  crashing: { ...ordinary, crashAfter: seconds(assumed.crash), readyAfter: "never" },
  unready: { ...ordinary, readyAfter: "never" },
  slow: { ...ordinary, readyAfter: seconds(assumed.slowStart) },
};

/** Seconds from the start of a container until it does its work; undefined: it never does. */
export const worksAfter: Readonly<Record<VersionId, number | undefined>> = {
  working: assumed.start,
  missing: undefined,
  crashing: undefined,
  unready: undefined,
  slow: assumed.slowStart,
};

export type ScenarioId =
  | "first-rollout"
  | "healthy"
  | "image-missing"
  | "crash-at-start"
  | "never-ready"
  | "slow-start"
  | "node-lost"
  | "undo";

export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  /** `first`: the manifest is applied to an empty cluster. `update`: to a new version. `undo`: and back again. */
  readonly play: "first" | "update" | "undo";
  readonly version: VersionId;
  /** A node loses its power as soon as a pod of the new version has a place. */
  readonly loseNode: boolean;
}

const scenario = (id: ScenarioId, title: string, version: VersionId, more: Partial<Scenario> = {}): Scenario => ({
  id,
  title,
  version,
  play: "update",
  loseNode: false,
  ...more,
});

export const scenarios: readonly Scenario[] = [
  scenario("first-rollout", "first rollout", "working", { play: "first" }),
  scenario("healthy", "healthy update", "working"),
  scenario("image-missing", "image missing", "missing"),
  scenario("crash-at-start", "crash at start", "crashing"),
  scenario("never-ready", "never ready", "unready"),
  scenario("slow-start", "slow start", "slow"),
  scenario("node-lost", "node lost mid-way", "working", { loseNode: true }),
  scenario("undo", "undo", "working", { play: "undo" }),
];
