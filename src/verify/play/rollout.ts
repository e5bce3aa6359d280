/** Lets a rollout take its course and says how it ended. */
import type { Deployment } from "../../api/generated/types.ts";
import { deployments, replicaSets } from "../../client/kinds.ts";
import { isComplete, progressDeadline } from "../../controllers/deployment/progress.ts";
import { rollback } from "../../controllers/deployment/rollback.ts";
import type { Cluster } from "../../testing/cluster.ts";
import type { Outcome } from "../report.ts";
import type { Observer } from "./observer.ts";

export interface Ending {
  readonly outcome: Exclude<Outcome, "impossible">;
  /** Until then, in milliseconds of the cluster's time. */
  readonly after: number;
  /** When the deadline passed, if it did. */
  readonly deadlineAfter?: number;
}

/** How long a rollout without a deadline is watched, in milliseconds. */
const patience = 1_800_000;

const limitOf = (deployment: Deployment | undefined): number =>
  2 * (progressDeadline(deployment ?? {}) ?? patience / 2);

const complete = (deployment: Deployment): boolean => isComplete(deployment, deployment.status);

/** Looks at a rollout whenever time has passed. Answers how it ended, once it has. */
export type Referee = () => Ending | undefined;

/** Until it is complete, or its deadline has passed, or nothing comes of it. */
export function referee({ clock }: Cluster, observer: Observer): Referee {
  return refereeUntil(clock, observer, limitOf(observer.deployment), complete, true);
}

/** As {@link referee}, and lets the time pass. */
export const untilEnded = (cluster: Cluster, observer: Observer): Promise<Ending> =>
  cluster.clock.runUntil(referee(cluster, observer), forEver);

/** Until it is complete and all its pods are at work, whether the deadline passes or not; for at most half an hour. */
export const untilRestored = (cluster: Cluster, observer: Observer): Promise<Ending> => {
  const restored = (deployment: Deployment) =>
    complete(deployment) && observer.counts.serving >= (deployment.spec?.replicas ?? 1);
  return cluster.clock.runUntil(refereeUntil(cluster.clock, observer, patience, restored, false), forEver);
};

/** A referee ends the game itself. */
const forEver = { timeout: Number.MAX_SAFE_INTEGER };

function refereeUntil(
  clock: Cluster["clock"],
  observer: Observer,
  limit: number,
  done: (deployment: Deployment) => boolean,
  endsAtDeadline: boolean,
): Referee {
  const began = clock.now();
  let ending: Ending | undefined;
  return () => {
    if (ending) return ending;
    observer.sample();
    const { deployment, deadlinePassedAt } = observer;
    const after = clock.now() - began;
    const deadlineAfter =
      deadlinePassedAt === undefined || deadlinePassedAt < began ? undefined : deadlinePassedAt - began;
    if (deadlineAfter !== undefined && (endsAtDeadline || after >= limit))
      ending = { outcome: "stalls", after: deadlineAfter };
    else if (deployment && done(deployment))
      ending = { outcome: "finishes", after, ...(deadlineAfter === undefined ? {} : { deadlineAfter }) };
    else if (after >= limit) ending = { outcome: "hangs", after };
    return ending;
  };
}

/** `kubectl rollout undo`. @returns false when there is no revision to go back to */
export async function undo({ client }: Cluster, { deployment }: Observer): Promise<boolean> {
  const { namespace, uid } = deployment?.metadata ?? {};
  const { items } = await client.list(replicaSets, { namespace });
  const owned = items.filter((rs) => rs.metadata?.ownerReferences?.some((owner) => owner.uid === uid));
  const { deployment: next, events } = rollback(deployment as Deployment, owned, 0);
  if (events.some(({ type }) => type === "Warning")) return false;
  await client.update(deployments, next);
  return true;
}
