/** Finding, keeping up to date, and making the ReplicaSet of the present template. Pure. */

import { hashLabel } from "../../api/apps/canonical-template.ts";
import type { ReplicaSet } from "../../api/generated/types.ts";
import { deployments } from "../../client/kinds.ts";
import { controllerReference } from "../ownership.ts";
import { newReplicaSetAnnotations, nextRevision, sizeAnnotations, withAnnotations } from "./annotations.ts";
import type { Draft } from "./draft.ts";
import { fencePosts, isRolling, replicasOf } from "./fence-posts.ts";
import { templateHash } from "./pod-template.ts";
import { sizeOf, totalSize } from "./replica-sets.ts";

const longestName = 253;

/** Brings annotations, revision and minReadySeconds of an existing new ReplicaSet up to date. */
export function refreshNewReplicaSet(draft: Draft): void {
  const { deployment, newReplicaSet } = draft;
  if (!newReplicaSet) return;
  const revision = nextRevision(draft.old);
  const annotations = newReplicaSetAnnotations(deployment, newReplicaSet.metadata?.annotations, revision);
  const annotated = withAnnotations(newReplicaSet, annotations);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const stale = (newReplicaSet.spec?.minReadySeconds ?? 0) !== minReadySeconds;
  if (annotated === newReplicaSet && !stale) return;
  draft.change({ ...annotated, spec: { ...annotated.spec, minReadySeconds } as ReplicaSet["spec"] });
}

/** Adds the ReplicaSet of the present template to the draft, at the size that the strategy allows. */
export function createNewReplicaSet(draft: Draft): ReplicaSet {
  const { deployment } = draft;
  const { name = "", namespace } = deployment.metadata ?? {};
  const template = deployment.spec?.template ?? {};
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const { selector } = deployment.spec ?? {};
  const minReadySeconds = deployment.spec?.minReadySeconds;
  const revision = nextRevision(draft.old);
  const empty: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name.slice(0, longestName - hash.length - 1)}-${hash}`,
      namespace,
      labels,
      annotations: {
        ...newReplicaSetAnnotations(deployment, undefined, revision),
        ...sizeAnnotations(deployment),
      },
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const replicas = newReplicaSetSize(draft, empty);
  const replicaSet = { ...empty, spec: { ...empty.spec, replicas } as ReplicaSet["spec"] };
  draft.create(replicaSet);
  return replicaSet;
}

/** The size that the new ReplicaSet may have now: as large as wanted, and within the surge when rolling. */
export function newReplicaSetSize(draft: Draft, newReplicaSet: ReplicaSet): number {
  const replicas = replicasOf(draft.deployment);
  if (!isRolling(draft.deployment)) return replicas;
  const size = sizeOf(newReplicaSet);
  const total = totalSize(draft.old) + size;
  const room = replicas + fencePosts(draft.deployment).surge - total;
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}
