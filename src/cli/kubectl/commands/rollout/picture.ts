/** A rollout as a picture of a few lines. Pure. */
import { compareRevisions } from "../../../../api/apps/revision-number.ts";
import { ageSince } from "../../../../api/duration-age.ts";
import type { DaemonSet, Deployment, Pod, StatefulSet } from "../../../../api/generated/types.ts";
import { troubleOf } from "./trouble.ts";

export type Workload = (Deployment | StatefulSet | DaemonSet) & { readonly kind?: string };

export interface Scene {
  /** As in `deployment.apps/web`. */
  readonly title: string;
  readonly workload: Workload;
  /** What marks the pods of a revision: the hash in their labels. */
  readonly revisions: ReadonlyMap<string, bigint>;
  readonly pods: readonly Pod[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: number;
}

export interface Frame {
  /** Characters in a line. */
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

type Paint = "green" | "yellow" | "red" | "dim" | "bold";
const codes: Readonly<Record<Paint, number>> = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 };
type Piece = readonly [text: string, paint?: Paint];

/** Lines that fit the frame; one row stays free for the cursor. */
export function picture(scene: Scene, { columns, rows, color }: Frame): string[] {
  const all = [heading(scene), progress(scene, columns), ...revisionLines(scene), ...troubleLines(scene, columns)];
  return all.slice(0, Math.max(1, rows - 1)).map((pieces) => fitted(pieces, columns, color));
}

function fitted(pieces: readonly Piece[], columns: number, color: boolean): string {
  let left = columns - 1;
  let out = "";
  for (const [text, paint] of pieces) {
    const letters = [...text];
    const whole = letters.length <= left;
    const shown = whole ? text : letters.slice(0, Math.max(0, left - 1)).join("") + (left > 0 ? "…" : "");
    out += color && paint && shown ? `\u001b[${codes[paint]}m${shown}\u001b[0m` : shown;
    left -= letters.length;
    if (left <= 0) break;
  }
  return out.trimEnd();
}

/** How many pods shall be there, and how many of the newest revision are and can serve. */
function counts({ kind, spec, status }: Workload): { readonly wanted: number; readonly available: number } {
  if (kind === "DaemonSet") {
    const {
      desiredNumberScheduled = 0,
      updatedNumberScheduled = 0,
      numberAvailable = 0,
    } = (status ?? {}) as NonNullable<DaemonSet["status"]>;
    return { wanted: desiredNumberScheduled, available: Math.min(updatedNumberScheduled, numberAvailable) };
  }
  const {
    updatedReplicas = 0,
    availableReplicas = 0,
    replicas = 0,
  } = (status ?? {}) as NonNullable<Deployment["status"]>;
  const wanted = (spec as Deployment["spec"])?.replicas ?? 1;
  // Of those available the old ones come first: what is known to be new is what is beyond them.
  const old = Math.max(0, replicas - updatedReplicas);
  return { wanted, available: Math.min(updatedReplicas, Math.max(0, availableReplicas - old)) };
}

/** How many pods the workload says are of its newest revision. */
export const updatedOf = ({ kind, status }: Workload): number =>
  (kind === "DaemonSet"
    ? (status as DaemonSet["status"])?.updatedNumberScheduled
    : (status as Deployment["status"])?.updatedReplicas) ?? 0;

const heading = ({ title, startedAt, now }: Scene): Piece[] => [
  [title, "bold"],
  [`  ${ageSince(new Date(startedAt).toISOString(), now)}`, "dim"],
];

function progress(scene: Scene, columns: number): Piece[] {
  const { wanted } = counts(scene.workload);
  const newest = newestRevision(scene.revisions);
  const known = scene.pods.filter(
    (pod) => newest !== undefined && hashOf(pod) === newest && stateOf(pod) === "available",
  );
  const available = Math.min(wanted, scene.pods.length > 0 ? known.length : counts(scene.workload).available);
  const text = ` ${available} of ${wanted} new pods available`;
  const width = Math.max(4, Math.min(40, columns - 1 - text.length));
  const filled = wanted === 0 ? width : Math.round((width * available) / wanted);
  return [["█".repeat(filled), available === wanted ? "green" : "yellow"], ["░".repeat(width - filled), "dim"], [text]];
}

export const hashOf = ({ metadata }: Pod): string =>
  metadata?.labels?.["pod-template-hash"] ?? metadata?.labels?.["controller-revision-hash"] ?? "";

const numberOf = ({ revisions }: Scene, hash: string): bigint => revisions.get(hash) ?? 0n;

/** The hash of the revision with the highest number. */
export const newestRevision = (revisions: Scene["revisions"]): string | undefined =>
  [...revisions].sort(([, a], [, b]) => compareRevisions(b, a))[0]?.[0];

type State = "available" | "starting" | "failing" | "ending";
const marks: Readonly<Record<State, readonly [string, Paint]>> = {
  available: ["●", "green"],
  starting: ["◐", "yellow"],
  failing: ["✗", "red"],
  ending: ["○", "dim"],
};

function stateOf(pod: Pod): State {
  if (pod.metadata?.deletionTimestamp) return "ending";
  if (troubleOf(pod) !== undefined) return "failing";
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")
    ? "available"
    : "starting";
}

const states: readonly State[] = ["available", "starting", "failing", "ending"];
/** More marks than this say nothing that their number does not. */
const mostMarks = 20;

/** A line for each revision that has pods, the newest first. */
function revisionLines(scene: Scene): Piece[][] {
  const newest = newestRevision(scene.revisions);
  const hashes = [...new Set([...(newest === undefined ? [] : [newest]), ...scene.pods.map(hashOf)])];
  hashes.sort((a, b) => compareRevisions(numberOf(scene, b), numberOf(scene, a)));
  return hashes.map((hash) => {
    const found = scene.pods.filter((pod) => hashOf(pod) === hash).map(stateOf);
    const number = numberOf(scene, hash);
    const counted = states.flatMap((state) => {
      const count = found.filter((s) => s === state).length;
      return count > 0 ? [`${count} ${state}`] : [];
    });
    const ordered = states.flatMap((state) => found.filter((s) => s === state)).slice(0, mostMarks);
    return [
      [`  revision ${number > 0 ? number : hash || "?"}  `],
      ...ordered.map((state): Piece => marks[state]),
      [found.length > 0 ? ` ${counted.join(", ")}` : "no pods yet", "dim"],
    ];
  });
}

/** Why pods do not come up: each reason once, with the first pod that has it. */
function troubleLines({ pods, workload }: Scene, columns: number): Piece[][] {
  const seen = new Map<string, { readonly name: string; count: number }>();
  for (const pod of pods) {
    const trouble = pod.metadata?.deletionTimestamp ? undefined : troubleOf(pod);
    if (trouble === undefined) continue;
    const known = seen.get(trouble);
    if (known) known.count++;
    else seen.set(trouble, { name: pod.metadata?.name ?? "", count: 1 });
  }
  const lines = [...seen].flatMap(([trouble, { name, count }]): Piece[][] => [
    [["✗ ", "red"], [`${name}${count > 1 ? ` and ${count - 1} more` : ""}:`]],
    ...wrapped(trouble, columns - 5).map((line): Piece[] => [["    "], [line]]),
  ]);
  const refused = (workload as Deployment).status?.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (refused) lines.push([["✗ ", "red"], [`no pod can be made: ${refused.message}`]]);
  return lines;
}

function wrapped(text: string, width: number): string[] {
  const out: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line && line.length + 1 + word.length > width) {
      out.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...out, line].slice(0, 3);
}
