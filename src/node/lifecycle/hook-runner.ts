/** Runs postStart and preStop handlers (kubelet `lifecycle/handlers.go`). */
import type { Container, LifecycleHandler, Pod } from "../../api/generated/types.ts";
import { errorText } from "../event-text.ts";
import type { PodContext } from "../pod-context.ts";
import { podText } from "../pod-state.ts";
import { httpGet, urlOf } from "../probes/http-get.ts";

/** How long an HTTP handler may take to answer, in milliseconds. */
const httpTimeout = 30_000;

export interface HookTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly sandboxId: string;
  readonly podIP: string;
}

/** @throws Error with upstream's text when the handler fails */
export async function runHook(
  { runtime, clock }: Pick<PodContext, "runtime" | "clock">,
  handler: LifecycleHandler,
  target: HookTarget,
  signal?: AbortSignal,
): Promise<void> {
  const { pod, container, containerId } = target;
  const where = `for Container "${container.name}" in Pod "${podText(pod)}" failed`;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const what = `Exec lifecycle hook (${goList(command)}) ${where}`;
    const result = await runtime.exec(containerId, command, 0).catch((error: unknown) => {
      throw new Error(`${what} - error: ${errorText(error)}, message: ""`);
    });
    if (result.exitCode === 0) return;
    const output = Buffer.concat([result.stdout, result.stderr]).toString();
    throw new Error(
      `${what} - error: command '${command.join(" ")}' exited with ${result.exitCode}: ${output}, message: ${JSON.stringify(output)}`,
    );
  }
  if (handler.httpGet) {
    const action = handler.httpGet;
    const podTarget = { ...target, runtime, clock };
    await httpGet(podTarget, urlOf(action, podTarget), action.httpHeaders, httpTimeout, "lifecycle").catch(
      (error: unknown) => {
        throw new Error(`HTTP lifecycle hook (${action.path ?? "/"}) ${where} - error: ${errorText(error)}`);
      },
    );
    return;
  }
  if (handler.sleep) return clock.sleep(handler.sleep.seconds * 1000, signal);
  throw new Error("Cannot run handler: invalid handler");
}

const goList = (list: readonly string[]) => `[${list.join(" ")}]`;
