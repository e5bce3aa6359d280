/** preStop, SIGTERM, grace, SIGKILL (kubelet `killContainer`). */
import type { Container, Pod } from "../../api/generated/types.ts";
import { containerPath, errorText } from "../event-text.ts";
import type { PodContext } from "../pod-context.ts";
import type { SandboxStatus } from "../runtime/runtime.ts";
import { within } from "../within.ts";
import { runHook } from "./hook-runner.ts";
import type { KillReason } from "./plan.ts";

/** Even in a hurry a container gets so many seconds between SIGTERM and SIGKILL. */
export const leastGrace = 2;

export interface KillInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly init: boolean;
  readonly id: string;
  readonly sandbox: SandboxStatus;
  /** For the event; absent: `Stopping container x`. */
  readonly message?: string;
  readonly reason: KillReason;
  /** Seconds, read again after preStop: a pod may be told to hurry up. */
  readonly grace?: () => number;
  /** Resolves when it is this container's turn to be stopped. */
  readonly turn?: (graceMs: number) => Promise<void>;
}

export async function killContainer(context: PodContext, input: KillInput): Promise<void> {
  const { runtime, clock, events, logger } = context;
  const { pod, container, init, id, sandbox, reason } = input;
  const path = containerPath(container.name, init);
  events.event(pod, "Normal", "Killing", input.message ?? `Stopping container ${container.name}`, path);
  const grace = input.grace ?? (() => graceOf(pod, container, reason));
  const began = clock.now();
  const left = () => grace() - Math.floor((clock.now() - began) / 1000);

  const hook = container.lifecycle?.preStop;
  if (hook && grace() > 0) {
    const target = { pod, container, containerId: id, sandboxId: sandbox.id, podIP: sandbox.ips[0] ?? "" };
    const abort = new AbortController();
    let done = false;
    const run = runHook(context, hook, target, abort.signal).catch((error: unknown) => {
      logger.warn("preStop hook failed", { container: container.name, error: errorText(error) });
      events.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed", path);
    });
    void run.then(() => {
      done = true;
    });
    // The grace period may become shorter meanwhile: look at it every second.
    while (!done && left() > 0) await within(clock, Math.min(left(), 1) * 1000, run);
    abort.abort();
  }
  if (input.turn && left() > 0) await input.turn(left() * 1000);
  await runtime.stopContainer(id, Math.max(leastGrace, left()));
}

/** Seconds that a container gets to end (kubelet `setTerminationGracePeriod`). */
function graceOf(pod: Pod, container: Container, reason: KillReason): number {
  if (pod.metadata?.deletionGracePeriodSeconds !== undefined) return pod.metadata.deletionGracePeriodSeconds;
  const probe =
    reason === "startup" ? container.startupProbe : reason === "liveness" ? container.livenessProbe : undefined;
  return probe?.terminationGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? leastGrace;
}
