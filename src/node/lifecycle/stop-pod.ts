/** Ends all containers of a pod: containers together, then sidecars one by one, last first. */
import type { Container, Pod } from "../../api/generated/types.ts";
import { errorText } from "../event-text.ts";
import type { PodContext } from "../pod-context.ts";
import { isRestartableInit, latestOf, type PodState } from "../pod-state.ts";
import { within } from "../within.ts";
import { killContainer } from "./kill-container.ts";

/** @param grace seconds; read again as time passes, since a pod may be told to hurry up */
export async function stopContainers(
  context: PodContext,
  pod: Pod,
  state: PodState,
  grace: () => number,
): Promise<void> {
  const { sandbox } = state;
  if (!sandbox) return;
  const inits = pod.spec?.initContainers ?? [];
  const running = (c: Container) => {
    const latest = latestOf(state, c.name);
    return latest?.state === "running" || latest?.state === "created" ? latest : undefined;
  };
  const kill = async (container: Container, init: boolean, turn?: Promise<unknown>): Promise<void> => {
    const latest = running(container);
    if (!latest) return void (await turn);
    try {
      await killContainer(context, {
        pod,
        container,
        init,
        id: latest.id,
        sandbox,
        reason: "other",
        grace,
        ...(turn ? { turn: (ms: number) => within(context.clock, ms, turn) } : {}),
      });
    } catch (error) {
      context.events.event(pod, "Warning", "FailedKillPod", `error killing pod: ${errorText(error)}`);
      throw error;
    }
  };
  const others = inits.filter((c) => !isRestartableInit(c));
  let before: Promise<unknown> = Promise.all([
    ...(pod.spec?.containers ?? []).map((c) => kill(c, false)),
    ...others.map((c) => kill(c, true)),
  ]);
  for (const sidecar of inits.filter(isRestartableInit).reverse()) before = kill(sidecar, true, before);
  await before;
}
