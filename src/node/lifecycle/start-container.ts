/** Image, container, start, postStart: one container from nothing to running (kubelet `startContainer`). */
import type { Container, Pod } from "../../api/generated/types.ts";
import { environmentOf } from "../environment/environment.ts";
import { containerPath, errorText } from "../event-text.ts";
import type { PodContext } from "../pod-context.ts";
import type { ContainerStatus, SandboxStatus } from "../runtime/runtime.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import type { StartFailure } from "../status/container-status.ts";
import { containerConfigOf } from "./container-config.ts";
import { runHook } from "./hook-runner.ts";
import { killContainer } from "./kill-container.ts";

export type StartOutcome =
  | { readonly kind: "started" }
  | { readonly kind: "pulling" }
  | ({ readonly kind: "failed"; readonly retryAt?: number } & StartFailure);

export interface StartInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly init: boolean;
  /** The attempt before. */
  readonly previous?: ContainerStatus;
  readonly sandbox: SandboxStatus;
  readonly wake: () => void;
  /** Called when the image is there, before the container is made. */
  readonly onImage: () => void;
}

export async function startContainer(context: PodContext, input: StartInput): Promise<StartOutcome> {
  const { runtime, events, hostIPs } = context;
  const { pod, container, init, previous, sandbox } = input;
  const say = (type: "Normal" | "Warning", reason: string, message: string) =>
    events.event(pod, type, reason, message, containerPath(container.name, init));
  const fail = (reason: string, message: string, retryAt?: number): StartOutcome => ({
    kind: "failed",
    reason,
    message,
    ...(retryAt === undefined ? {} : { retryAt }),
  });

  const ensured = await context.images.ensure(pod, container, init, input.wake);
  if (ensured.kind === "pulling") return ensured;
  if (ensured.kind === "failed") {
    say("Warning", "Failed", `Error: ${ensured.reason}`);
    return ensured;
  }
  input.onImage();

  const podIPs = sandbox.ips.length > 0 ? sandbox.ips : hostIPs;
  let config: ReturnType<typeof containerConfigOf>;
  try {
    const env = await environmentOf({
      pod,
      container,
      services: context.services(),
      sources: context.sources,
      addresses: { podIPs, hostIPs },
      allocatable: context.allocatable(),
    });
    const mounts = await context.volumes.mountsOf(pod, container, env);
    const attempt = previous ? previous.config.attempt + 1 : restartsReported(pod, container.name);
    config = containerConfigOf({ pod, container, attempt, image: ensured.image, env, mounts });
  } catch (error) {
    say("Warning", "Failed", `Error: ${errorText(error)}`);
    return fail("CreateContainerConfigError", errorText(error));
  }

  let id: string;
  try {
    id = await runtime.createContainer(sandbox.id, config);
  } catch (error) {
    say("Warning", "Failed", `Error: ${errorText(error)}`);
    return fail(reasonOf(error, "CreateContainerError"), errorText(error));
  }
  say("Normal", "Created", `Created container: ${container.name}`);
  try {
    await runtime.startContainer(id);
  } catch (error) {
    say("Warning", "Failed", `Error: ${errorText(error)}`);
    return fail(reasonOf(error, "RunContainerError"), errorText(error));
  }
  say("Normal", "Started", `Started container ${container.name}`);

  const hook = container.lifecycle?.postStart;
  if (!hook) return { kind: "started" };
  try {
    const podIP = podIPs[0] ?? "";
    await runHook(context, hook, { pod, container, containerId: id, sandboxId: sandbox.id, podIP });
    return { kind: "started" };
  } catch (error) {
    say("Warning", "FailedPostStartHook", "PostStartHook failed");
    await killContainer(context, {
      pod,
      container,
      init,
      id,
      sandbox,
      message: "FailedPostStartHook",
      reason: "other",
    });
    return fail("PostStartHookError", errorText(error));
  }
}

const knownReasons = ["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PreCreateHookError"];

const reasonOf = (error: unknown, otherwise: string): string =>
  error instanceof RuntimeError && knownReasons.includes(error.reason) ? error.reason : otherwise;

/** The container left no trace in the runtime, but the pod's status remembers that it ran: count on from there. */
function restartsReported(pod: Pod, name: string): number {
  const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (s) => s.name === name,
  );
  const ran = status?.state?.running ?? status?.state?.terminated ?? status?.lastState?.terminated;
  return status && ran ? status.restartCount + 1 : 0;
}
