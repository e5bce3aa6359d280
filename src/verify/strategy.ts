/** What a Deployment promises about its rollouts. Pure. */
import type { Deployment } from "../api/generated/types.ts";
import { fencePosts, isRolling, replicasOf } from "../controllers/deployment/fence-posts.ts";
import { progressDeadline } from "../controllers/deployment/progress.ts";
import type { Strategy } from "./report.ts";

/** @param deployment with defaults */
export function strategyOf(deployment: Deployment): Strategy {
  const replicas = replicasOf(deployment);
  const { surge, unavailable } = fencePosts(deployment);
  const deadline = progressDeadline(deployment);
  return {
    type: deployment.spec?.strategy?.type ?? "RollingUpdate",
    replicas,
    leastAvailable: isRolling(deployment) ? replicas - unavailable : 0,
    mostPods: replicas + surge,
    ...(deadline === undefined ? {} : { progressDeadlineSeconds: deadline / 1000 }),
    minReadySeconds: deployment.spec?.minReadySeconds ?? 0,
  };
}
