/**
 * A workload as one shape, whichever kind it is: how many pods it wants and has, by revision, and what its strategy
 * allows meanwhile. Pure.
 */

import { compareRevisions, highestOf, parseRevision } from "../../api/apps/revision-number.ts";
import { templateOf } from "../../api/apps/template-patch.ts";
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  Pod,
  PodTemplateSpec,
  ReplicaSet,
  StatefulSet,
} from "../../api/generated/types.ts";
import { type IntOrString, scaledValue } from "../../api/int-or-string.ts";
import { conditionOf } from "./pod-state.ts";

export type Workload =
  | { readonly plural: "deployments"; readonly object: Deployment }
  | { readonly plural: "statefulsets"; readonly object: StatefulSet }
  | { readonly plural: "daemonsets"; readonly object: DaemonSet };

/** Counts of pods. */
export interface Counts {
  readonly desired: number;
  /** All that are there and not stopping. */
  readonly current: number;
  /** Of the newest revision. */
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}

/** Between which numbers of pods a rollout stays: available ones from below, all of them from above. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

export interface Revision {
  /** UID of the ReplicaSet or ControllerRevision. */
  readonly id: string;
  /** Name of the ReplicaSet or ControllerRevision. */
  readonly name: string;
  /** 0 when it has none yet. */
  readonly number: bigint;
  readonly template: PodTemplateSpec;
  readonly images: readonly string[];
  readonly changeCause: string | undefined;
  /** RFC 3339. */
  readonly created: string | undefined;
  /** Is it what the workload asks for now? */
  readonly current: boolean;
  /** How many pods it is asked to have; absent where that is not said by revision. */
  readonly wanted?: number;
  readonly pods: readonly Pod[];
  readonly object: ReplicaSet | ControllerRevision;
}

/**
 * - `complete`: all as wanted
 * - `rolling`: on the way
 * - `stalled`: past its deadline, or pods cannot be created
 * - `paused`
 * - `idle`: none wanted, none there
 */
export type RolloutState = "complete" | "rolling" | "stalled" | "paused" | "idle";

export interface Rollout {
  readonly workload: Workload;
  readonly counts: Counts;
  readonly band: Band;
  readonly state: RolloutState;
  readonly minReadySeconds: number;
  /** Newest first. */
  readonly revisions: readonly Revision[];
}

export const revisionAnnotation = "deployment.kubernetes.io/revision";
const changeCauseAnnotation = "kubernetes.io/change-cause";

const imagesOf = (template: PodTemplateSpec | undefined): string[] => [
  ...new Set((template?.spec?.containers ?? []).map(({ image }) => image ?? "")),
];

function countsOf({ plural, object }: Workload): Counts {
  if (plural === "daemonsets") {
    const s = (object as DaemonSet).status;
    return {
      desired: s?.desiredNumberScheduled ?? 0,
      current: s?.currentNumberScheduled ?? 0,
      updated: s?.updatedNumberScheduled ?? 0,
      ready: s?.numberReady ?? 0,
      available: s?.numberAvailable ?? 0,
    };
  }
  const { spec, status: s } = object as Deployment | StatefulSet;
  return {
    desired: spec?.replicas ?? 1,
    current: s?.replicas ?? 0,
    updated: s?.updatedReplicas ?? 0,
    ready: s?.readyReplicas ?? 0,
    available: s?.availableReplicas ?? 0,
  };
}

/** A value that the server would not have taken counts as none. */
function resolved(value: IntOrString | undefined, fallback: IntOrString, total: number, round: "up" | "down"): number {
  try {
    return scaledValue(value ?? fallback, total, round);
  } catch {
    return 0;
  }
}

export function bandOf(workload: Workload, desired: number): Band {
  const within = (unavailable: number, surge: number): Band => ({
    low: Math.max(0, desired - unavailable),
    high: desired + surge,
  });
  switch (workload.plural) {
    case "deployments": {
      const strategy = workload.object.spec?.strategy;
      if (strategy?.type === "Recreate") return { low: 0, high: desired };
      const surge = resolved(strategy?.rollingUpdate?.maxSurge, "25%", desired, "up");
      const unavailable = resolved(strategy?.rollingUpdate?.maxUnavailable, "25%", desired, "down");
      return within(surge === 0 && unavailable === 0 ? 1 : unavailable, desired === 0 ? 0 : surge);
    }
    case "statefulsets":
      return within(resolved(workload.object.spec?.updateStrategy?.rollingUpdate?.maxUnavailable, 1, desired, "up"), 0);
    case "daemonsets": {
      const update = workload.object.spec?.updateStrategy?.rollingUpdate;
      const surge = resolved(update?.maxSurge, 0, desired, "up");
      return within(resolved(update?.maxUnavailable, surge > 0 ? 0 : 1, desired, "up"), surge);
    }
  }
}

const isObserved = ({ object }: Workload) =>
  (object.status?.observedGeneration ?? 0) >= (object.metadata?.generation ?? 0);

/** How many pods are to be of the newest revision: a StatefulSet's partition keeps some back. */
function wantedUpdated({ plural, object }: Workload, desired: number): number {
  if (plural !== "statefulsets") return desired;
  return Math.max(0, desired - ((object as StatefulSet).spec?.updateStrategy?.rollingUpdate?.partition ?? 0));
}

/** Does a change of the template reach the pods by itself? With OnDelete somebody has to delete them. */
const isRolling = ({ plural, object }: Workload) =>
  plural === "deployments" || (object as StatefulSet).spec?.updateStrategy?.type !== "OnDelete";

/** @param newest the highest number of its revisions: a Deployment that has a lower one is older than they are */
function stateOf(workload: Workload, newest: bigint): RolloutState {
  const counts = countsOf(workload);
  const { desired, current, updated, available } = counts;
  const enough = !isRolling(workload) || updated >= wantedUpdated(workload, desired);
  const behind =
    workload.plural === "deployments" &&
    newest > (parseRevision(workload.object.metadata?.annotations?.[revisionAnnotation]) ?? newest);
  const complete = !behind && isObserved(workload) && enough && current === desired && available >= desired;
  if (workload.plural === "deployments") {
    const { spec, status } = workload.object;
    if (spec?.paused) return "paused";
    const progressing = conditionOf(status?.conditions, "Progressing");
    const failure = conditionOf(status?.conditions, "ReplicaFailure");
    if (!complete && isObserved(workload) && (progressing?.status === "False" || failure?.status === "True"))
      return "stalled";
  }
  if (!complete) return "rolling";
  return desired === 0 ? "idle" : "complete";
}

/**
 * @param sets ReplicaSets of a Deployment or ControllerRevisions of the others, those that it controls
 * @param podsOf the pods that an object with this UID controls
 */
export function rolloutOf(
  workload: Workload,
  sets: readonly (ReplicaSet | ControllerRevision)[],
  podsOf: (uid: string) => readonly Pod[],
): Rollout {
  const counts = countsOf(workload);
  const revisions =
    workload.plural === "deployments"
      ? deploymentRevisions(workload.object, sets as readonly ReplicaSet[], podsOf)
      : setRevisions(workload, sets as readonly ControllerRevision[], podsOf);
  return {
    workload,
    counts,
    band: bandOf(workload, counts.desired),
    state: stateOf(workload, highestOf(revisions.map(({ number }) => number))),
    minReadySeconds: workload.object.spec?.minReadySeconds ?? 0,
    revisions: revisions.sort(
      (a, b) => compareRevisions(b.number, a.number) || (b.created ?? "").localeCompare(a.created ?? ""),
    ),
  };
}

function deploymentRevisions(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  podsOf: (uid: string) => readonly Pod[],
): Revision[] {
  const numberOf = ({ metadata }: Deployment | ReplicaSet) =>
    parseRevision(metadata?.annotations?.[revisionAnnotation]) ?? 0n;
  // A new ReplicaSet has the highest number; it may be seen before its Deployment says the same.
  const newest = highestOf([numberOf(deployment), ...sets.map(numberOf)]);
  return sets.map((set) => {
    const { annotations, uid = "", name = "", creationTimestamp } = set.metadata ?? {};
    const number = numberOf(set);
    const template = set.spec?.template ?? {};
    return {
      id: uid,
      name,
      number,
      template,
      images: imagesOf(template),
      changeCause: annotations?.[changeCauseAnnotation],
      created: creationTimestamp,
      current: number > 0n && number === newest,
      wanted: set.spec?.replicas ?? 0,
      pods: podsOf(uid),
      object: set,
    };
  });
}

function setRevisions(
  { object }: Workload,
  sets: readonly ControllerRevision[],
  podsOf: (uid: string) => readonly Pod[],
): Revision[] {
  const pods = podsOf(object.metadata?.uid ?? "");
  const newest = Math.max(0, ...sets.map(({ revision }) => revision));
  return sets.map((set) => {
    const { uid = "", name = "", creationTimestamp, annotations } = set.metadata ?? {};
    const template = templateOf(set);
    // A StatefulSet marks its pods with the revision's name, a DaemonSet with the hash that ends it.
    const hash = set.metadata?.labels?.["controller-revision-hash"] ?? name;
    const isOurs = (pod: Pod) => {
      const marked = pod.metadata?.labels?.["controller-revision-hash"];
      return marked === name || marked === hash;
    };
    return {
      id: uid,
      name,
      number: BigInt(set.revision),
      template,
      images: imagesOf(template),
      changeCause: annotations?.[changeCauseAnnotation],
      created: creationTimestamp,
      current: set.revision === newest,
      pods: pods.filter(isOurs),
      object: set,
    };
  });
}
