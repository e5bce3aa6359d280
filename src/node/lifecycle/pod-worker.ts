/**
 * Drives one pod: looks at what is, plans, acts, reports. One look at a time; whatever happens meanwhile asks for one
 * more. Everything it needs to go on after a restart of the agent is in the runtime and in the pod's status.
 */
import { isTerminal } from "../../api/core/pod-phase.ts";
import type { Pod } from "../../api/generated/types.ts";
import { type Cancel, parseTime } from "../../base/clock.ts";
import { isNotFound } from "../../base/errors.ts";
import { pods } from "../../client/kinds.ts";
import type { Refusal } from "../admission.ts";
import { errorText } from "../event-text.ts";
import type { PodContext } from "../pod-context.ts";
import { attemptsOf, emptyState, type PodState, podStateOf, podText } from "../pod-state.ts";
import { finalStatusOf, podStatusOf, refusedStatusOf } from "../status/pod-status.ts";
import { within } from "../within.ts";
import { awaitProxies } from "./await-proxies.ts";
import { ContainerStarts, isInit, type Progress } from "./container-starts.ts";
import { createSandbox } from "./create-sandbox.ts";
import { killContainer, leastGrace } from "./kill-container.ts";
import { type Action, type Plan, planPod } from "./plan.ts";
import { StatusWriter } from "./status-writer.ts";
import { stopContainers } from "./stop-pod.ts";
import { withFallbackMessages } from "./termination-message.ts";
import { VolumeGate } from "./volume-gate.ts";

/** A pod that takes longer than this to start shows that it is being created, in milliseconds. */
const showCreatingAfter = 100;
/** How long a pod that was not admitted waits to be told so, in milliseconds: whoever makes it anew at once must not spin. */
const refusalDelay = 1000;
const firstErrorDelay = 500;
/** How long a pod that has left the proxies goes on before it is told to end, in milliseconds. */
const drainTime = 250;
/** How long stopping waits for work in progress, which may be a container's grace period. */
const stopLimit = 1000;
const longestErrorDelay = 30_000;

export class PodWorker {
  readonly uid: string;
  readonly #context: PodContext;
  readonly #writer: StatusWriter;
  readonly #onFinished: () => void;
  readonly #starts: ContainerStarts;
  readonly #volumes: VolumeGate;
  readonly #lastWords = new Map<string, string>();
  /** Why the pod was not admitted to the node. */
  readonly #refusal: Refusal | undefined;
  #refuseAt: number | undefined;
  #verdict: { reason: string; message: string } | undefined;
  #state: PodState = emptyState;
  /** The object is gone from the API. */
  #gone = false;
  #terminating = false;
  /** Whatever it had on the node is gone; its object may still be there. */
  #removed = false;
  #stopped = false;
  #dirty = false;
  #running: Promise<void> | undefined;
  #timer: { at: number; cancel: Cancel } | undefined;
  #errorDelay = firstErrorDelay;
  #askedProxy = false;

  /** @param refusal why the pod may not run here, if it may not */
  constructor(context: PodContext, pod: Pod, onFinished: () => void, refusal?: Refusal) {
    this.#refusal = refusal;
    this.uid = pod.metadata?.uid ?? "";
    this.#context = context;
    this.#writer = new StatusWriter(context.client, pod, (before) => this.#changed(before));
    this.#onFinished = onFinished;
    const wakeAt = (at: number) => this.#wakeAt(at);
    this.#starts = new ContainerStarts(context, () => this.wake(), wakeAt);
    this.#volumes = new VolumeGate(context, wakeAt);
    if (refusal) context.events.event(pod, "Warning", refusal.reason, refusal.message);
  }

  /** Nothing of the pod is on the node any more, nor ever will be. */
  get ended(): boolean {
    return this.#refusal !== undefined || this.#removed || isTerminal(this.#writer.last.phase);
  }

  get pod(): Pod {
    return this.#writer.pod;
  }

  get state(): PodState {
    return this.#state;
  }

  update(pod: Pod): void {
    // What this worker wrote itself is no news.
    if (pod.metadata?.resourceVersion === this.pod.metadata?.resourceVersion) return;
    const before = this.pod;
    this.#writer.observe(pod);
    this.#changed(before);
  }

  #changed(before: Pod): void {
    if (this.pod.metadata?.generation !== before.metadata?.generation) this.#starts.retryAtOnce();
    if (this.#terminating) this.#hurry(this.#grace(before));
    this.wake();
  }

  /** The pod's object is gone: whatever runs must end, and nobody is to be told. */
  objectDeleted(): void {
    const graceBefore = this.#grace();
    this.#gone = true;
    if (this.#terminating) this.#hurry(graceBefore);
    this.wake();
  }

  wake = (): void => {
    if (this.#stopped) return;
    this.#dirty = true;
    this.#running ??= this.#run();
  };

  /** Looks no more; what runs keeps running. Resolves when the look in progress has ended, or takes too long. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    if (this.#running) await within(this.#context.clock, stopLimit, this.#running);
  }

  async #run(): Promise<void> {
    // A burst of news is one look.
    await Promise.resolve();
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      try {
        if (this.#gone || this.pod.metadata?.deletionTimestamp) await this.#terminate();
        else await this.#sync();
        this.#errorDelay = firstErrorDelay;
      } catch (error) {
        const { logger, clock } = this.#context;
        logger.warn("pod sync failed", { pod: podText(this.pod), error: errorText(error) });
        this.#wakeAt(clock.now() + this.#errorDelay);
        this.#errorDelay = Math.min(longestErrorDelay, this.#errorDelay * 2);
      }
    }
    this.#running = undefined;
  }

  #wakeAt(at: number): void {
    if (this.#stopped || at === Number.POSITIVE_INFINITY || (this.#timer && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#context.clock.after(Math.max(0, at - this.#context.clock.now()), () => {
      this.#timer = undefined;
      this.wake();
    });
    this.#timer = { at, cancel };
  }

  async #readState(): Promise<PodState> {
    const { runtime } = this.#context;
    const [sandboxes, containers] = await Promise.all([runtime.sandboxes(this.uid), runtime.containers(this.uid)]);
    const state = podStateOf(this.uid, sandboxes, containers);
    this.#state = await withFallbackMessages(runtime, this.pod, state, this.#lastWords);
    return this.#state;
  }

  // --- A pod that is to run -------------------------------------------------------------------------------------

  async #sync(): Promise<void> {
    const { clock, probes } = this.#context;
    if (this.#refusal) return this.#refuse(this.#refusal);
    await this.#readState();
    if (isTerminal(this.#writer.last.phase) || isTerminal(this.pod.status?.phase)) return this.#finish();
    if (this.#isPastDeadline()) return this.#finish();
    if (this.#hasNewExit()) await this.#report();

    const starting = this.#state.containers.length === 0;
    const cancel = starting ? clock.after(showCreatingAfter, () => void this.#report().catch(() => {})) : undefined;
    try {
      if (await this.#volumes.pass(this.pod, this.#anythingRuns())) {
        const plan = await this.#act();
        if (plan.done && !this.#anythingRuns()) await this.#context.volumes.remove(this.uid);
      }
    } finally {
      cancel?.();
    }
    probes.follow(this.pod, this.#state, this.wake);
    await this.#awaitProxy();
    await this.#report();
    await this.#removeOld();
  }

  async #refuse(refusal: Refusal): Promise<void> {
    const { clock } = this.#context;
    this.#refuseAt ??= clock.now() + refusalDelay;
    if (clock.now() < this.#refuseAt) return this.#wakeAt(this.#refuseAt);
    await this.#writer.write((pod, previous) => refusedStatusOf(pod, previous, refusal, clock.now()));
  }

  #anythingRuns(): boolean {
    return this.#state.containers.some((c) => c.state === "running");
  }

  /** A container ended since the last report: that is worth telling before it is started again. */
  #hasNewExit(): boolean {
    const reported = new Map((this.#writer.last.containerStatuses ?? []).map((s) => [s.name, s]));
    return this.#state.containers.some(
      (c) => c.state === "exited" && reported.get(c.config.name)?.state?.running && isReported(c.id, reported),
    );
  }

  #isPastDeadline(): boolean {
    const seconds = this.pod.spec?.activeDeadlineSeconds;
    const start = this.#writer.last.startTime;
    if (this.#verdict) return true;
    if (seconds === undefined) return false;
    const deadline = (start ? parseTime(start) : this.#context.clock.now()) + seconds * 1000;
    if (this.#context.clock.now() < deadline) {
      this.#wakeAt(deadline);
      return false;
    }
    const message = "Pod was active on the node longer than the specified deadline";
    this.#verdict = { reason: "DeadlineExceeded", message };
    this.#context.events.event(this.pod, "Normal", "DeadlineExceeded", message);
    return true;
  }

  /** Plans and acts until the plan has nothing new to say. */
  async #act(): Promise<Plan> {
    const { clock, probes } = this.#context;
    const attempted = new Set<string>();
    for (;;) {
      const plan = planPod({
        pod: this.pod,
        state: this.#state,
        probes: probes.results,
        backOffs: this.#starts.backOffs,
        now: clock.now(),
      });
      let progress = false;
      for (const action of plan.actions) {
        if (this.#gone || this.pod.metadata?.deletionTimestamp || this.#stopped) return plan;
        const outcome = await this.#apply(action, attempted);
        if (outcome === "progress") progress = true;
        if (outcome === "blocked") break;
      }
      if (!progress) return plan;
      await this.#readState();
    }
  }

  async #apply(action: Action, attempted: Set<string>): Promise<Progress> {
    const { runtime, events } = this.#context;
    const { pod } = this;
    switch (action.kind) {
      case "stopSandbox":
        if (action.replaced)
          events.event(pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
        else await stopContainers(this.#context, pod, this.#state, () => this.#grace());
        await runtime.stopSandbox(action.id);
        return "progress";
      case "createSandbox":
        await createSandbox(this.#context, pod, action.attempt);
        return "progress";
      case "killContainer": {
        const { container, id, message, reason } = action;
        const { sandbox } = this.#state;
        if (!sandbox) return "none";
        await killContainer(this.#context, {
          pod,
          container,
          init: isInit(pod, container.name),
          id,
          sandbox,
          message,
          reason,
        });
        return "progress";
      }
      case "wait":
        this.#starts.wait(pod, action);
        return "none";
      case "startContainer": {
        const { name } = action.container;
        if (!this.#state.sandbox || attempted.has(name)) return "none";
        attempted.add(name);
        return this.#starts.start(pod, action, this.#state.sandbox);
      }
    }
  }

  /** Before a pod first counts as Ready, the proxies get the chance to learn how to reach it. */
  async #awaitProxy(): Promise<void> {
    const { hooks } = this.#context;
    if (!hooks.awaitProxyReady || this.#askedProxy) return;
    const status = this.#status(this.pod, this.#writer.last);
    if (status.conditions?.find((c) => c.type === "Ready")?.status !== "True") return;
    this.#askedProxy = true;
    // Its address may not have been reported yet.
    await awaitProxies(this.#context, { ...this.pod, status }, hooks.awaitProxyReady);
    await this.#readState();
  }

  #status = (pod: Pod, previous: NonNullable<Pod["status"]>, terminal = false) =>
    podStatusOf({
      pod,
      state: this.#state,
      probes: this.#context.probes.results,
      failures: this.#starts.failures,
      previous,
      terminal,
      ...(this.#verdict ? { verdict: this.#verdict } : {}),
      hostIPs: this.#context.hostIPs,
      now: this.#context.clock.now(),
    });

  #report(): Promise<void> {
    return this.#writer.write((pod, previous) => this.#status(pod, previous));
  }

  /** Keeps the last ended attempt of each container, for its logs and its state; sandboxes only the newest. */
  async #removeOld(): Promise<void> {
    const { runtime } = this.#context;
    const names = new Set(this.#state.containers.map((c) => c.config.name));
    for (const name of names)
      for (const old of attemptsOf(this.#state, name).slice(2)) await runtime.removeContainer(old.id);
    const used = new Set(this.#state.containers.map((c) => c.sandboxId));
    for (const { id } of this.#state.formerSandboxes) if (!used.has(id)) await runtime.removeSandbox(id);
  }

  /** The pod has reached its end: nothing may run any more, but its containers stay for their logs. */
  async #finish(): Promise<void> {
    const { runtime, probes, volumes } = this.#context;
    if (this.#anythingRuns()) await stopContainers(this.#context, this.pod, this.#state, () => this.#grace());
    probes.remove(this.uid);
    if (this.#state.sandbox?.state === "ready") await runtime.stopSandbox(this.#state.sandbox.id);
    await this.#readState();
    await volumes.remove(this.uid);
    await this.#writer.write((pod, previous) => this.#status(pod, previous, true));
  }

  // --- A pod that is to end -------------------------------------------------------------------------------------

  /** Seconds. */
  #grace({ metadata, spec } = this.pod): number {
    if (this.#gone) return leastGrace;
    return metadata?.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? leastGrace;
  }

  /** The pod was told to end sooner than before. */
  #hurry(graceBefore: number): void {
    const grace = this.#grace();
    if (grace >= graceBefore) return;
    for (const container of this.#state.containers)
      if (container.state === "running")
        void this.#context.runtime
          .stopContainer(container.id, Math.max(leastGrace, grace))
          .catch((error: unknown) => this.#context.logger.warn("stop failed", { error: errorText(error) }));
  }

  async #terminate(): Promise<void> {
    const { runtime, probes, volumes, images, hooks } = this.#context;
    this.#terminating = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    probes.onlyReadiness(this.uid);
    const state = await this.#readState();
    if (this.#anythingRuns()) {
      if (hooks.awaitProxyWithdrawal) {
        await awaitProxies(this.#context, this.pod, hooks.awaitProxyWithdrawal);
        // Nothing new comes any more; what came just before may still be on its way through the pod.
        if (!this.#gone) await this.#context.clock.sleep(drainTime);
      }
      await stopContainers(this.#context, this.pod, state, () => this.#grace());
    }
    probes.remove(this.uid);
    if (state.sandbox) await runtime.stopSandbox(state.sandbox.id);
    await this.#readState();
    if (!this.#gone) await this.#writer.write((pod, previous) => finalStatusOf(this.#status(pod, previous, true)));
    for (const sandbox of [state.sandbox, ...state.formerSandboxes])
      if (sandbox) await runtime.removeSandbox(sandbox.id);
    await volumes.remove(this.uid);
    images.forget(this.uid);
    this.#removed = true;
    if (!this.#gone) await this.#deleteObject();
    this.#stopped = true;
    this.#onFinished();
  }

  async #deleteObject(): Promise<void> {
    const { namespace = "", name = "" } = this.pod.metadata ?? {};
    try {
      await this.#context.client.delete(
        pods,
        { namespace, name },
        { gracePeriodSeconds: 0, preconditions: { uid: this.uid } },
      );
    } catch (error) {
      // Gone already, or another pod of that name by now.
      if (!isNotFound(error) && !(error instanceof Error && "reason" in error && error.reason === "Conflict"))
        throw error;
    }
  }
}

const isReported = (id: string, reported: ReadonlyMap<string, { containerID?: string }>): boolean =>
  [...reported.values()].some((s) => s.containerID?.endsWith(id));
