import type { ContainerStateTerminated, ContainerStatus, Pod } from "../../../../api/generated/types.ts";

/** What a container that is on its way waits for: nothing is wrong. */
const onItsWay = new Set(["ContainerCreating", "PodInitializing"]);

/** Why a pod does not come up, as it is known; undefined while nothing is wrong. Pure. */
export function troubleOf({ status = {} }: Pod): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [], conditions = [], phase, reason, message } = status;
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const text = containerTrouble(container);
    if (text) return text;
  }
  if (phase === "Failed") return [reason ?? "Failed", message].filter(Boolean).join(": ");
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return `${scheduled.reason}: ${scheduled.message}`;
  const waiting = containerStatuses.find(({ state, ready }) => state?.running && !ready);
  if (waiting && waiting.restartCount > 0) return `container ${waiting.name} has been restarted and is not ready`;
  return undefined;
}

function containerTrouble({ name, state, lastState }: ContainerStatus): string | undefined {
  const { waiting, terminated } = state ?? {};
  if (waiting?.reason === "CrashLoopBackOff" && lastState?.terminated)
    return `CrashLoopBackOff: container ${name} keeps ending with ${exitOf(lastState.terminated)}`;
  if (waiting && !onItsWay.has(waiting.reason ?? ""))
    return [waiting.reason, waiting.message].filter(Boolean).join(": ");
  if (terminated && terminated.exitCode !== 0) return `container ${name} ended with ${exitOf(terminated)}`;
  return undefined;
}

const exitOf = ({ exitCode, reason = "Error", message }: ContainerStateTerminated): string =>
  `exit code ${exitCode} (${[reason, message].filter(Boolean).join(": ")})`;
