/** Small questions about ReplicaSets, and their orders. Pure. */
import type { ReplicaSet } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";

export const sizeOf = (rs: ReplicaSet): number => rs.spec?.replicas ?? 1;
export const availableOf = (rs: ReplicaSet): number => rs.status?.availableReplicas ?? 0;
export const uidOf = (rs: ReplicaSet): string => rs.metadata?.uid ?? "";
export const isInUse = (rs: ReplicaSet): boolean => sizeOf(rs) > 0;
export const totalSize = (all: readonly ReplicaSet[]): number => all.reduce((sum, rs) => sum + sizeOf(rs), 0);
export const totalAvailable = (all: readonly ReplicaSet[]): number => all.reduce((sum, rs) => sum + availableOf(rs), 0);
/** The pods that there are, by the ReplicaSets' own status. */
export const totalActual = (all: readonly ReplicaSet[]): number =>
  all.reduce((sum, rs) => sum + (rs.status?.replicas ?? 0), 0);

type Order = (a: ReplicaSet, b: ReplicaSet) => number;

const created = (rs: ReplicaSet): number => parseTime(rs.metadata?.creationTimestamp ?? "") || 0;
const byName: Order = (a, b) => {
  const [nameA, nameB] = [a.metadata?.name ?? "", b.metadata?.name ?? ""];
  return nameA < nameB ? -1 : nameA > nameB ? 1 : 0;
};
export const oldestFirst: Order = (a, b) => created(a) - created(b) || byName(a, b);
export const newestFirst: Order = (a, b) => oldestFirst(b, a);
export const largestThenNewest: Order = (a, b) => sizeOf(b) - sizeOf(a) || newestFirst(a, b);
export const largestThenOldest: Order = (a, b) => sizeOf(b) - sizeOf(a) || oldestFirst(a, b);
