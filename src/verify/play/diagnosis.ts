/** Why a rollout does not get on, in one line. Pure. */
import type { Pod } from "../../api/generated/types.ts";
import { isActive, isReady } from "../../controllers/pod-state.ts";
import type { RolloutKind, Workload } from "../kinds/kind.ts";

/** Whose messages only name the container and the pod. */
const backOff = /BackOff$/;

export function diagnosis(kind: RolloutKind, object: Workload | undefined, pods: readonly Pod[]): string | undefined {
  const failure = object && kind.failureOf(object);
  if (failure) return failure;
  const waiting = pods.filter((pod) => isActive(pod) && !isReady(pod));
  for (const { status } of waiting) {
    const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (scheduled?.status === "False" && scheduled.message) return firstSentence(scheduled.message);
  }
  for (const { status } of waiting)
    for (const { name, state, restartCount } of [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ]) {
      const { reason, message } = state?.waiting ?? state?.terminated ?? {};
      if (!reason || reason === "PodInitializing" || reason === "Completed") continue;
      const more =
        restartCount > 0 ? ` after ${restartCount} restarts` : backOff.test(reason) || !message ? "" : `: ${message}`;
      return `container ${name}: ${reason}${more}`;
    }
  for (const { status } of waiting) {
    const unready = status?.containerStatuses?.find(({ ready }) => !ready);
    if (unready)
      return `container ${unready.name} does not become ready${unready.restartCount > 0 ? `; restarted ${unready.restartCount} times` : ""}`;
  }
  return undefined;
}

/** The scheduler goes on about what preemption would not change. */
const firstSentence = (text: string): string => text.split(". ")[0] as string;
