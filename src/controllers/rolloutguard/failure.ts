/** `on-failure: undo`. Pure. */

import { withoutHash } from "../../api/apps/canonical-template.ts";
import { compareRevisions } from "../../api/apps/revision-number.ts";
import { settingPrefix } from "../../api/apps/rollout-settings.ts";
import type { Deployment } from "../../api/generated/types.ts";
import { copiedAnnotations, keptAnnotations } from "../deployment/annotations.ts";
import { replicasOf } from "../deployment/fence-posts.ts";
import { isComplete } from "../deployment/progress.ts";
import { changeCause } from "./cause.ts";
import { withMarks } from "./marks.ts";
import { failed, named, type Revision, type Rollout, undoneFor } from "./rollout.ts";
import type { GuardStep } from "./step.ts";

/** Remembers a revision that is complete: from now on it is a place to go back to. */
export function completion({ deployment, current }: Rollout): GuardStep | undefined {
  // Without pods a template has shown nothing.
  if (replicasOf(deployment) === 0 || !isComplete(deployment, deployment.status)) return undefined;
  const { complete, undone, left } = current.marks;
  if (complete === current.number && undone === undefined && left === undefined) return undefined;
  const marks = { complete: current.number, undone: undefined, left: undefined };
  return {
    write: { kind: "ReplicaSet", object: withMarks(current.replicaSet, marks) },
    act: `revision ${current.number} is complete`,
  };
}

/**
 * Answers a failure, which is the progress deadline passing for the present template. It goes back to the revision that
 * was complete last, as `kubectl rollout undo --to-revision` would, and it never loops:
 * - A revision that was gone back to is not undone, whatever becomes of it.
 * - A template that was undone is not undone again when somebody brings it back, until it has been complete. Whoever
 *   insists on a template gets it, and a machine that applies it for ever does not fight with the guard.
 * - A revision that was complete is not undone: its rollout was done, and what fails since is not the template.
 * So each undo needs a template of its own that somebody wrote, and has one cause: a ReplicaSet under one number.
 *
 * When it does not undo, it says why in an event, once for each revision that failed. A paused Deployment is left alone.
 * It takes two writes to undo: the failed ReplicaSet is marked, then the Deployment gets the old template. Between the
 * two the mark carries the number that the ReplicaSet still has, so whoever comes next does the second.
 */
export function failure(rollout: Rollout): GuardStep | undefined {
  const { deployment, current, earlier } = rollout;
  if (deployment.spec?.paused || !hasFailed(rollout)) return undefined;
  const target = lastComplete(earlier);
  const { complete, undone } = current.marks;
  const answered = undoneFor(rollout);
  if (undone !== undefined && undone !== current.number)
    return leave(rollout, `it was undone as revision ${undone} before and has not been complete since`);
  if (complete === current.number) return leave(rollout, "it was complete, so there is no rollout to undo");
  if (answered) return leave(rollout, `it was gone back to when revision ${answered.number} failed`);
  if (!target) return leave(rollout, "no complete revision is known to go back to");
  if (undone === undefined) {
    const object = withMarks(current.replicaSet, { undone: current.number });
    return { write: { kind: "ReplicaSet", object }, act: `revision ${current.number} failed` };
  }
  const act = `back to ${named(target)}: ${failed(current)}`;
  return {
    write: { kind: "Deployment", object: restored(deployment, target) },
    act,
    event: {
      type: "Warning",
      reason: "DeploymentRollback",
      message: `Rolled back deployment ${JSON.stringify(deployment.metadata?.name)} to ${named(target)}: ${failed(current)}`,
    },
  };
}

/**
 * Did the deadline pass for the present template? The condition outlives a change to a template that there was before,
 * until that makes progress; whom it is about stands in its message only.
 */
function hasFailed({ deployment: { metadata, status }, current }: Rollout): boolean {
  const progressing = status?.conditions?.find(({ type }) => type === "Progressing");
  return (
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    progressing?.status === "False" &&
    progressing.reason === "ProgressDeadlineExceeded" &&
    (progressing.message?.includes(JSON.stringify(current.replicaSet.metadata?.name)) ?? false)
  );
}

const lastComplete = (earlier: readonly Revision[]): Revision | undefined =>
  earlier
    .filter(({ marks }) => marks.complete !== undefined && marks.undone === undefined)
    .sort((a, b) => compareRevisions(b.marks.complete ?? 0n, a.marks.complete ?? 0n))[0];

function leave({ current }: Rollout, why: string): GuardStep | undefined {
  if (current.marks.left === current.number) return undefined;
  const message = `${failed(current)} and is left as it is: ${why}`;
  return {
    write: { kind: "ReplicaSet", object: withMarks(current.replicaSet, { left: current.number }) },
    act: message,
    event: {
      type: "Warning",
      reason: "DeploymentRollbackSkipped",
      message: `${message[0]?.toUpperCase()}${message.slice(1)}`,
    },
  };
}

/**
 * What `kubectl rollout undo` would make of the Deployment, but for two things: the guard's settings stay, so that going
 * back does not switch it off, and the old change-cause does not come back, since it would not say what happened.
 */
function restored(deployment: Deployment, { replicaSet }: Revision): Deployment {
  const own = ([key]: [string, string]) => key.startsWith(settingPrefix);
  const settings = Object.entries(deployment.metadata?.annotations ?? {}).filter(own);
  const others = Object.entries(copiedAnnotations(replicaSet.metadata?.annotations)).filter((entry) => !own(entry));
  const { [changeCause]: _, ...annotations } = {
    ...keptAnnotations(deployment.metadata?.annotations),
    ...Object.fromEntries([...others, ...settings]),
  };
  return {
    ...deployment,
    metadata: { ...deployment.metadata, annotations },
    spec: { ...deployment.spec, template: withoutHash(replicaSet.spec?.template ?? {}) } as Deployment["spec"],
  };
}
