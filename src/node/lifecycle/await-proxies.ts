import type { Pod } from "../../api/generated/types.ts";
import { errorText } from "../event-text.ts";
import { hookLimit, type PodContext } from "../pod-context.ts";
import { podText } from "../pod-state.ts";
import { within } from "../within.ts";

/** Asks the proxies and waits for their answer, but not for ever: no proxy may hold a pod up. */
export async function awaitProxies(
  { clock, logger }: PodContext,
  pod: Pod,
  ask: ((pod: Pod) => Promise<void>) | undefined,
): Promise<void> {
  if (!ask) return;
  const answer = ask(pod).catch((error: unknown) => {
    logger.warn("a proxy did not answer", { pod: podText(pod), error: errorText(error) });
  });
  await within(clock, hookLimit, answer);
}
