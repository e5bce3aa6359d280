/** Remembers, for one pod, which containers could not be started, why, and when to try again. */
import type { Pod } from "../../api/generated/types.ts";
import { containerPath } from "../event-text.ts";
import type { PodContext } from "../pod-context.ts";
import { podText } from "../pod-state.ts";
import type { SandboxStatus } from "../runtime/runtime.ts";
import type { StartFailure } from "../status/container-status.ts";
import { type BackOff, raise } from "./back-off.ts";
import type { Action } from "./plan.ts";
import { startContainer } from "./start-container.ts";

/** `blocked`: what follows in the plan has to wait for this. */
export type Progress = "progress" | "none" | "blocked";

/** When to try again what failed for a reason that may go away by itself, in milliseconds. */
const retryDelay = 10_000;
/** These have the crash back-off to wait for; until then their error is shown for a moment. */
const startReasons = ["RunContainerError", "PostStartHookError"];
const showErrorFor = 1000;

export class ContainerStarts {
  /** Per container name. */
  readonly backOffs = new Map<string, BackOff>();
  /** Per container name. */
  readonly failures = new Map<string, StartFailure>();
  readonly #context: PodContext;
  readonly #wake: () => void;
  readonly #wakeAt: (at: number) => void;
  readonly #notBefore = new Map<string, number>();
  /** The back-off that was told about. */
  readonly #toldWaits = new Map<string, number>();

  constructor(context: PodContext, wake: () => void, wakeAt: (at: number) => void) {
    this.#context = context;
    this.#wake = wake;
    this.#wakeAt = wakeAt;
  }

  /** The pod has changed: what failed may work now. */
  retryAtOnce(): void {
    this.#notBefore.clear();
  }

  wait(pod: Pod, { container: { name }, delay, until }: Extract<Action, { kind: "wait" }>): void {
    this.failures.set(name, {
      reason: "CrashLoopBackOff",
      message: `back-off ${delay} restarting failed container=${name} pod=${podText(pod)}`,
    });
    if (this.#toldWaits.get(name) !== until) {
      this.#toldWaits.set(name, until);
      const message = `Back-off restarting failed container ${name} in pod ${podText(pod)}`;
      this.#context.events.event(pod, "Warning", "BackOff", message, containerPath(name, isInit(pod, name)));
    }
    this.#wakeAt(until);
  }

  async start(
    pod: Pod,
    { container, init, previous }: Extract<Action, { kind: "startContainer" }>,
    sandbox: SandboxStatus,
  ): Promise<Progress> {
    const { runtime, clock } = this.#context;
    const { name } = container;
    const notBefore = this.#notBefore.get(name) ?? 0;
    if (clock.now() < notBefore) {
      this.#wakeAt(notBefore);
      return init ? "blocked" : "none";
    }
    if (previous?.state === "created") await runtime.removeContainer(previous.id);
    const outcome = await startContainer(this.#context, {
      pod,
      container,
      init,
      ...(previous ? { previous } : {}),
      sandbox,
      wake: this.#wake,
      onImage: () => {
        if (previous?.state !== "exited") return;
        const now = clock.now();
        this.backOffs.set(name, raise(this.backOffs.get(name), previous.finishedAt ?? now, now));
      },
    });
    if (outcome.kind === "pulling") {
      if (this.failures.get(name)?.reason !== "CrashLoopBackOff") this.failures.delete(name);
      return "blocked";
    }
    if (outcome.kind === "started") {
      this.failures.delete(name);
      this.#notBefore.delete(name);
      return "progress";
    }
    this.failures.set(name, { reason: outcome.reason, message: outcome.message });
    const delay = startReasons.includes(outcome.reason) ? showErrorFor : retryDelay;
    const retryAt = outcome.retryAt ?? clock.now() + delay;
    this.#notBefore.set(name, retryAt);
    this.#wakeAt(retryAt);
    return init ? "blocked" : "none";
  }
}

export const isInit = (pod: Pod, name: string): boolean =>
  (pod.spec?.initContainers ?? []).some((c) => c.name === name);
