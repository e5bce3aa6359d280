/** Conditions of a Deployment and how one is set. Pure. */
import type { DeploymentCondition, ReplicaSet } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";

export type Conditions = readonly DeploymentCondition[];
export type ConditionType = "Available" | "Progressing" | "ReplicaFailure";

export const findCondition = (conditions: Conditions, type: ConditionType): DeploymentCondition | undefined =>
  conditions.find((condition) => condition.type === type);

export const withoutCondition = (conditions: Conditions, type: ConditionType): Conditions =>
  conditions.filter((condition) => condition.type !== type);

/** @param now milliseconds since the epoch */
export const newCondition = (
  type: ConditionType,
  status: "True" | "False" | "Unknown",
  reason: string,
  message: string,
  now: number,
): DeploymentCondition => {
  const time = formatTime(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
};

/**
 * With the same status and reason the one that is there stays, message and times included; with the same status alone
 * its transition time stays. A changed condition moves to the end.
 */
export function withCondition(conditions: Conditions, next: DeploymentCondition): Conditions {
  const type = next.type as ConditionType;
  const current = findCondition(conditions, type);
  if (current?.status === next.status && current.reason === next.reason) return conditions;
  const lastTransitionTime = current?.status === next.status ? current.lastTransitionTime : next.lastTransitionTime;
  return [...withoutCondition(conditions, type), { ...next, lastTransitionTime }];
}

/** ReplicaFailure, as the new ReplicaSet has it, or else the first old one that does. */
export function replicaFailure(
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): DeploymentCondition | undefined {
  for (const rs of newReplicaSet ? [newReplicaSet, ...old] : old) {
    const failure = rs.status?.conditions?.find((condition) => condition.type === "ReplicaFailure");
    if (failure) {
      const { status, reason, message, lastTransitionTime } = failure;
      const times = { lastUpdateTime: lastTransitionTime, lastTransitionTime };
      return { type: "ReplicaFailure", status, ...times, reason, message };
    }
  }
  return undefined;
}
