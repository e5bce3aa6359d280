import type { Deployment } from "../../api/generated/types.ts";
import { deployments } from "../../client/kinds.ts";
import { findCondition } from "../../controllers/deployment/conditions.ts";
import { fencePosts, isRolling, replicasOf } from "../../controllers/deployment/fence-posts.ts";
import { isComplete, progressDeadline } from "../../controllers/deployment/progress.ts";
import type { Strategy } from "../report.ts";
import { isOwnedBy, type RolloutKind } from "./kind.ts";

function strategyOf(deployment: Deployment): Strategy {
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

export const deploymentRollout: RolloutKind<Deployment> = {
  ref: deployments,
  reportsFailure: true,
  strategyOf,
  /** A ReplicaSet is called after its Deployment and the hash that its pods carry as a label. */
  owns: (name, pod) => isOwnedBy(pod, "ReplicaSet", `${name}-${pod.metadata?.labels?.["pod-template-hash"]}`),
  wanted: replicasOf,
  isComplete: (deployment) => isComplete(deployment, deployment.status),
  isPastDeadline: ({ metadata, status }) =>
    status?.observedGeneration === metadata?.generation &&
    findCondition(status?.conditions ?? [], "Progressing")?.reason === "ProgressDeadlineExceeded",
  deadlineOf: progressDeadline,
  progress: ({ status }) => (status?.updatedReplicas ?? 0) + (status?.availableReplicas ?? 0),
  failureOf({ status }) {
    const failure = findCondition(status?.conditions ?? [], "ReplicaFailure");
    return failure?.status === "True" ? failure.message : undefined;
  },
};
