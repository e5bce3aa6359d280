/** Repeats one probe of one running container and keeps its verdict (kubelet `prober/worker.go`). */
import type { Probe } from "../../api/generated/types.ts";
import type { Cancel, Clock } from "../../base/clock.ts";
import type { ProbeResult } from "../pod-state.ts";
import type { ProbeOutcome } from "./probe-runner.ts";

export type ProbeType = "Startup" | "Liveness" | "Readiness";

export interface ProberOptions {
  readonly type: ProbeType;
  readonly probe: Probe;
  readonly clock: Clock;
  /** When the container started, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly initial: ProbeResult;
  readonly run: () => Promise<ProbeOutcome>;
  /** Told of every answer that counts, for events. */
  readonly onAnswer: (outcome: ProbeOutcome) => void;
  /** Told when the verdict changes. */
  readonly onChange: () => void;
}

/** The first wait between early looks, in milliseconds; each following one is half as long again. */
const firstEarlyDelay = 20;

export class Prober {
  readonly #options: ProberOptions;
  #result: ProbeResult;
  #run = 0;
  #last: "success" | "failure" | undefined;
  #cancel: Cancel = () => {};
  #stopped = false;
  #earlyDelay = firstEarlyDelay;
  /** Until when a "no" is not yet held against the container. */
  readonly #earlyUntil: number;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#result = options.initial;
    const { probe, clock, startedAt, type } = options;
    const due = startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
    const start = Math.max(due, clock.now());
    // A container that has just started is asked more often at first, so that a fast one need not wait out a period.
    const early = type !== "Liveness" && !probe.exec && options.initial !== "success";
    this.#earlyUntil = early ? start + this.#period : start;
    if (type === "Startup" && options.initial === "success") this.#stopped = true;
    this.#schedule(start - clock.now());
  }

  get result(): ProbeResult {
    return this.#result;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  get #period(): number {
    return (this.#options.probe.periodSeconds ?? 10) * 1000;
  }

  #schedule(delay: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(Math.max(0, delay), () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock } = this.#options;
    const began = clock.now();
    const outcome = await this.#options.run();
    if (this.#stopped) return;
    const early = began + this.#earlyDelay < this.#earlyUntil;
    if (early && (outcome.result === "failure" || outcome.result === "error")) {
      this.#schedule(began + this.#earlyDelay - clock.now());
      this.#earlyDelay *= 1.5;
      return;
    }
    this.#options.onAnswer(outcome);
    if (outcome.result !== "error") this.#count(outcome.result === "failure" ? "failure" : "success");
    this.#schedule(began + this.#period - clock.now());
  }

  #count(answer: "success" | "failure"): void {
    const { type, probe } = this.#options;
    this.#run = this.#last === answer ? this.#run + 1 : 1;
    this.#last = answer;
    const threshold = answer === "failure" ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
    if (this.#run < threshold) return;
    const changed = this.#result !== answer;
    this.#result = answer;
    // The container has started, or is about to be killed: nothing more to find out about it.
    if (type === "Startup" || (type === "Liveness" && answer === "failure")) this.stop();
    if (changed) this.#options.onChange();
  }
}
