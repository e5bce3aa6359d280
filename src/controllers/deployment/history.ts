import { compareRevisions } from "../../api/apps/revision-number.ts";
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { isDeleting } from "../ownership.ts";
import { revisionOf } from "./annotations.ts";
import { oldestFirst, sizeOf } from "./replica-sets.ts";

const keepAll = 2_147_483_647;

/** Old ReplicaSets beyond the history limit that may go: lowest revisions first, and of those the idle ones. Pure. */
export function expiredHistory(deployment: Deployment, old: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? keepAll;
  if (limit === keepAll) return [];
  const alive = old.filter((rs) => !isDeleting(rs));
  const excess = alive.length - limit;
  if (excess <= 0) return [];
  return alive
    .sort((a, b) => compareRevisions(revisionOf(a) ?? 0n, revisionOf(b) ?? 0n) || oldestFirst(a, b))
    .slice(0, excess)
    .filter(isIdle);
}

const isIdle = (rs: ReplicaSet): boolean =>
  (rs.status?.replicas ?? 0) === 0 &&
  sizeOf(rs) === 0 &&
  (rs.status?.observedGeneration ?? 0) >= (rs.metadata?.generation ?? 0);
