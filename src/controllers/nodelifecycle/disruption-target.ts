/** The condition that says why a pod is being removed. Pure. */
import type { Pod, PodCondition, PodStatus } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";

const type = "DisruptionTarget";

/** Undefined when the pod says so already. */
export function withDisruptionTarget(
  pod: Pod,
  reason: "DeletionByTaintManager" | "DeletionByPodGC",
  message: string,
  now: number,
): PodStatus | undefined {
  const before = pod.status?.conditions ?? [];
  const old = before.find((condition) => condition.type === type);
  if (old?.status === "True" && old.reason === reason && old.message === message) return undefined;
  const lastTransitionTime = old?.status === "True" ? old.lastTransitionTime : formatTime(now);
  const condition: PodCondition = { type, status: "True", lastTransitionTime, reason, message };
  return { ...pod.status, conditions: [...before.filter((c) => c.type !== type), condition] };
}
