/** What one sync of a Deployment does. All rules are pure and in this folder; this file puts them in order. */
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../api/generated/types.ts";
import { isDeleting } from "../ownership.ts";
import { revisionAnnotation } from "./annotations.ts";
import { newCondition, withCondition } from "./conditions.ts";
import { Draft, type DraftEvent, type ReplicaSetChange } from "./draft.ts";
import { isRecreate } from "./fence-posts.ts";
import { expiredHistory } from "./history.ts";
import { createNewReplicaSet, refreshNewReplicaSet } from "./new-replica-set.ts";
import { findNewReplicaSet } from "./pod-template.ts";
import {
  deadlineCheck,
  isComplete,
  newReplicaSetConditions,
  pausedConditions,
  progressDeadline,
  rolloutConditions,
} from "./progress.ts";
import { type PodsByReplicaSet, recreateStep } from "./recreate.ts";
import { rollback, rollbackRevision } from "./rollback.ts";
import { rollingStep } from "./rolling.ts";
import { isScalingEvent, scaleAll } from "./scaling.ts";
import { countsOf, sameStatus, withAvailability } from "./status.ts";

export interface DeploymentSnapshot {
  readonly deployment: Deployment;
  /** The ReplicaSets that belong to it. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Their pods; read for the Recreate strategy only. */
  readonly pods: PodsByReplicaSet;
}

/** Writes, in the order in which they are to be made; a failure stops there, and the next sync goes on from it. */
export interface DeploymentPlan {
  /** A changed ReplicaSet without a UID is to be created. */
  readonly changes: readonly ReplicaSetChange[];
  readonly deletions: readonly ReplicaSet[];
  /** To be written to the Deployment itself. */
  readonly update?: Deployment;
  /** To be written to its status: annotations and status. */
  readonly status?: Deployment;
  readonly events: readonly DraftEvent[];
  /** Milliseconds. */
  readonly requeueAfter?: number;
}

const nothing: DeploymentPlan = { changes: [], deletions: [], events: [] };

/** @param now milliseconds since the epoch */
export function plan(snapshot: DeploymentSnapshot, now: number): DeploymentPlan {
  const { deployment, replicaSets } = snapshot;
  if (selectsEverything(deployment)) return selectingAll(deployment);
  const newReplicaSet = findNewReplicaSet(deployment, replicaSets);
  const old = replicaSets.filter((rs) => rs !== newReplicaSet);
  const draft = new Draft(deployment, newReplicaSet, old);
  refreshNewReplicaSet(draft);
  if (isDeleting(deployment)) return finish(draft, now, { rollout: false, cleanUp: false });
  const rollbackTo = rollbackRevision(deployment);
  if (deployment.spec?.paused) {
    scaleAll(draft);
    return finish(draft, now, { rollout: false, cleanUp: rollbackTo === undefined });
  }
  if (rollbackTo !== undefined) {
    if (!draft.newReplicaSet) createNewReplicaSet(draft);
    const { deployment: update, events } = rollback(deployment, draft.all, rollbackTo);
    return { ...nothing, changes: draft.changes, update, events };
  }
  if (isScalingEvent(draft)) {
    scaleAll(draft);
    return finish(draft, now, { rollout: false, cleanUp: false });
  }
  const settled = isRecreate(deployment) ? recreateStep(draft, snapshot.pods) : !rollingStep(draft);
  return finish(draft, now, { rollout: true, cleanUp: settled && isComplete(deployment, deployment.status) });
}

/**
 * @param rollout evaluate progress and failures too
 * @param cleanUp delete old ReplicaSets beyond the history limit
 */
function finish(
  draft: Draft,
  now: number,
  { rollout, cleanUp }: { rollout: boolean; cleanUp: boolean },
): DeploymentPlan {
  const { deployment } = draft;
  const stored = deployment.status?.conditions ?? [];
  const paused = isDeleting(deployment) ? stored : pausedConditions(deployment, stored, now);
  const noted = newReplicaSetConditions(draft, paused, now);
  const counts = countsOf(draft);
  const conditions = withAvailability(draft, noted, now);
  const final = rollout ? rolloutConditions(draft, conditions, counts, now) : conditions;
  const status: DeploymentStatus = { ...counts, ...(final.length > 0 ? { conditions: [...final] } : {}) };
  const annotated = withRevisionOf(deployment, draft.newReplicaSet);
  const changed = annotated !== deployment || !sameStatus(deployment.status, status);
  const requeueAfter = rollout ? deadlineCheck(deployment, status, now) : undefined;
  return {
    changes: draft.changes,
    deletions: cleanUp ? expiredHistory(deployment, draft.old) : [],
    events: [],
    ...(changed ? { status: { ...annotated, status } } : {}),
    ...(requeueAfter === undefined ? {} : { requeueAfter }),
  };
}

/** The Deployment's revision is its new ReplicaSet's. */
function withRevisionOf(deployment: Deployment, newReplicaSet: ReplicaSet | undefined): Deployment {
  const revision = newReplicaSet?.metadata?.annotations?.[revisionAnnotation];
  const { metadata } = deployment;
  if (revision === undefined || metadata?.annotations?.[revisionAnnotation] === revision) return deployment;
  const annotations = { ...metadata?.annotations, [revisionAnnotation]: revision };
  return { ...deployment, metadata: { ...metadata, annotations } };
}

function selectsEverything({ spec }: Deployment): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function selectingAll(deployment: Deployment): DeploymentPlan {
  const message = "This deployment is selecting all pods. A non-empty selector is required.";
  const events: DraftEvent[] = [{ type: "Warning", reason: "SelectingAll", message }];
  const generation = deployment.metadata?.generation ?? 0;
  if ((deployment.status?.observedGeneration ?? 0) >= generation) return { ...nothing, events };
  return {
    ...nothing,
    events,
    status: { ...deployment, status: { ...deployment.status, observedGeneration: generation } },
  };
}

/** What to do after the new ReplicaSet could not be created for a reason other than its name being taken. */
export function createFailed(
  deployment: Deployment,
  replicaSet: ReplicaSet,
  error: string,
  now: number,
): { readonly event: DraftEvent; readonly status?: Deployment } {
  const reason = "ReplicaSetCreateError";
  const message = `Failed to create new replica set ${JSON.stringify(replicaSet.metadata?.name)}: ${error}`;
  const event: DraftEvent = { type: "Warning", reason, message };
  if (progressDeadline(deployment) === undefined) return { event };
  const stored = deployment.status?.conditions ?? [];
  const conditions = withCondition(stored, newCondition("Progressing", "False", reason, message, now));
  if (conditions === stored) return { event };
  return { event, status: { ...deployment, status: { ...deployment.status, conditions: [...conditions] } } };
}

/** Another template has the hash: the next try salts it with a higher count. */
export const collided = (deployment: Deployment): Deployment => ({
  ...deployment,
  status: { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 },
});
