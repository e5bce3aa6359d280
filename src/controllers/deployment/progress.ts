/** Is the rollout complete, getting on, or stuck? Pure. */
import type { Deployment, DeploymentStatus } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import {
  type Conditions,
  findCondition,
  newCondition,
  replicaFailure,
  withCondition,
  withoutCondition,
} from "./conditions.ts";
import type { Draft } from "./draft.ts";
import { replicasOf } from "./fence-posts.ts";

const noDeadline = 2_147_483_647;
const available = "NewReplicaSetAvailable";
const timedOut = "ProgressDeadlineExceeded";

/** Milliseconds that a rollout may go without progress; undefined for as long as it likes. */
export function progressDeadline(deployment: Deployment): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds === noDeadline ? undefined : seconds * 1000;
}

export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status?.updatedReplicas ?? 0) === replicas &&
    (status?.replicas ?? 0) === replicas &&
    (status?.availableReplicas ?? 0) === replicas &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const count = (status: DeploymentStatus | undefined) => {
    const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
    return { old: replicas - updatedReplicas, updated: updatedReplicas, readyReplicas, availableReplicas };
  };
  const [was, is] = [count(before), count(after)];
  return (
    is.updated > was.updated ||
    is.old < was.old ||
    is.readyReplicas > was.readyReplicas ||
    is.availableReplicas > was.availableReplicas
  );
}

function hasTimedOut(deployment: Deployment, conditions: Conditions, now: number): boolean {
  const deadline = progressDeadline(deployment);
  const condition = findCondition(conditions, "Progressing");
  if (deadline === undefined || !condition || condition.reason === available) return false;
  if (condition.reason === timedOut) return true;
  return parseTime(condition.lastUpdateTime ?? "") + deadline < now;
}

/** Pausing stops the deadline's clock, resuming starts it anew. */
export function pausedConditions(deployment: Deployment, conditions: Conditions, now: number): Conditions {
  const current = findCondition(conditions, "Progressing");
  if (progressDeadline(deployment) === undefined || current?.reason === timedOut) return conditions;
  const paused = deployment.spec?.paused === true;
  const isPaused = current?.reason === "DeploymentPaused";
  if (paused === isPaused) return conditions;
  const [reason, message] = paused
    ? ["DeploymentPaused", "Deployment is paused"]
    : ["DeploymentResumed", "Deployment is resumed"];
  return withCondition(conditions, newCondition("Progressing", "Unknown", reason as string, message as string, now));
}

/** Notes which ReplicaSet a rollout goes to: a created one always, a found one when nothing is noted yet. */
export function newReplicaSetConditions(draft: Draft, conditions: Conditions, now: number): Conditions {
  const name = draft.newReplicaSet?.metadata?.name;
  if (name === undefined || progressDeadline(draft.deployment) === undefined) return conditions;
  const note = (reason: string, message: string) =>
    withCondition(conditions, newCondition("Progressing", "True", reason, message, now));
  if (draft.created) return note("NewReplicaSetCreated", `Created new replica set ${JSON.stringify(name)}`);
  if (findCondition(conditions, "Progressing")) return conditions;
  return note("FoundNewReplicaSet", `Found new replica set ${JSON.stringify(name)}`);
}

/**
 * Conditions after a rollout sync.
 * @param conditions as they stand, Available already set
 * @param status the new counts
 */
export function rolloutConditions(
  draft: Draft,
  conditions: Conditions,
  status: DeploymentStatus,
  now: number,
): Conditions {
  const { deployment } = draft;
  const progressed = progressConditions(draft, conditions, status, now);
  const failure = replicaFailure(draft.newReplicaSet, draft.old);
  if (progressDeadline(deployment) === undefined) {
    const rest = withoutCondition(progressed, "Progressing");
    return failure ? withCondition(rest, failure) : withoutCondition(rest, "ReplicaFailure");
  }
  return failure ? withCondition(progressed, failure) : withoutCondition(progressed, "ReplicaFailure");
}

function progressConditions(draft: Draft, conditions: Conditions, status: DeploymentStatus, now: number): Conditions {
  const { deployment } = draft;
  const current = findCondition(conditions, "Progressing");
  const settled = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === available;
  if (progressDeadline(deployment) === undefined || settled) return conditions;
  const name = draft.newReplicaSet?.metadata?.name;
  const subject =
    name === undefined
      ? `Deployment ${JSON.stringify(deployment.metadata?.name)}`
      : `ReplicaSet ${JSON.stringify(name)}`;
  if (isComplete(deployment, status))
    return withCondition(
      conditions,
      newCondition("Progressing", "True", available, `${subject} has successfully progressed.`, now),
    );
  if (hasProgressed(deployment.status, status)) {
    const next = newCondition("Progressing", "True", "ReplicaSetUpdated", `${subject} is progressing.`, now);
    const lastTransitionTime = current?.status === "True" ? current.lastTransitionTime : next.lastTransitionTime;
    return [...withoutCondition(conditions, "Progressing"), { ...next, lastTransitionTime }];
  }
  if (hasTimedOut(deployment, conditions, now))
    return withCondition(
      conditions,
      newCondition("Progressing", "False", timedOut, `${subject} has timed out progressing.`, now),
    );
  return conditions;
}

/** Milliseconds until the deadline must be looked at again; undefined when there is nothing to wait for. */
export function deadlineCheck(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const deadline = progressDeadline(deployment);
  const condition = findCondition(status.conditions ?? [], "Progressing");
  if (deadline === undefined || !condition) return undefined;
  if (condition.reason === timedOut || condition.reason === available) return undefined;
  if (isComplete(deployment, status) || deployment.spec?.paused) return undefined;
  const left = parseTime(condition.lastUpdateTime ?? "") + deadline - now;
  return Math.max(0, left) + 1000;
}
