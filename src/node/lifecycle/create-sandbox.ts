import type { Pod } from "../../api/generated/types.ts";
import { errorText } from "../event-text.ts";
import type { PodContext } from "../pod-context.ts";
import { sandboxConfigOf } from "./sandbox-config.ts";
import { unsupportedFields } from "./unsupported.ts";

/** @throws Error when there is none now; an event has said why */
export async function createSandbox(context: PodContext, pod: Pod, attempt: number): Promise<void> {
  const { runtime, events, dns } = context;
  try {
    checkSupport(context, pod);
    await runtime.runSandbox(sandboxConfigOf(pod, attempt, dns));
  } catch (error) {
    const message = `Failed to create pod sandbox: ${errorText(error)}`;
    events.event(pod, "Warning", "FailedCreatePodSandBox", message);
    throw error;
  }
}

/** @throws Error that names what the pod cannot be run without */
function checkSupport({ runtime, events }: PodContext, pod: Pod): void {
  // Simulated pods have nothing that could be missing.
  if (runtime.probe) return;
  const { refused, ignored } = unsupportedFields(pod);
  if (refused.length > 0) throw new Error(`not supported on this node: ${refused.join(", ")}`);
  if (ignored.length > 0) events.event(pod, "Warning", "NotSupported", `Ignored on this node: ${ignored.join(", ")}`);
}
