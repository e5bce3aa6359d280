/** Requests at a steady rate, each on a connection of its own, and what became of them. */
import { get } from "node:http";
import type { Cancel, Clock } from "../../../base/clock.ts";

export interface TrafficCounts {
  readonly served: number;
  readonly failed: number;
  /** Answers by the version that gave them. */
  readonly versions: Readonly<Record<string, number>>;
  /** Failures by their code. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface Traffic {
  counts(): TrafficCounts;
  /** Sends no more; resolves when every request has been answered or has failed. */
  stop(): Promise<TrafficCounts>;
}

/** How long a request may take before it counts as failed, in milliseconds. */
const patience = 5000;

export interface TrafficOptions {
  readonly host: string;
  readonly port: number;
  readonly perSecond: number;
  readonly clock: Clock;
}

export function startTraffic({ host, port, perSecond, clock }: TrafficOptions): Traffic {
  let served = 0;
  let failed = 0;
  let open = 0;
  const versions: Record<string, number> = {};
  const failures: Record<string, number> = {};
  let idle = () => {};

  const settle = (outcome: { version: string } | { failure: string }) => {
    if ("version" in outcome) {
      served++;
      versions[outcome.version] = (versions[outcome.version] ?? 0) + 1;
    } else {
      failed++;
      failures[outcome.failure] = (failures[outcome.failure] ?? 0) + 1;
    }
    open--;
    if (open === 0) idle();
  };

  const send = () => {
    open++;
    let done = false;
    const once = (outcome: Parameters<typeof settle>[0]) => {
      if (done) return;
      done = true;
      settle(outcome);
    };
    const request = get({ host, port, agent: false, timeout: patience }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const version = /version (\S+)/.exec(text)?.[1];
        once(response.statusCode === 200 && version ? { version } : { failure: `status ${response.statusCode}` });
      });
      response.on("error", (error: NodeJS.ErrnoException) => once({ failure: error.code ?? error.message }));
    });
    request.on("timeout", () => request.destroy(Object.assign(new Error("timeout"), { code: "timeout" })));
    request.on("error", (error: NodeJS.ErrnoException) => once({ failure: error.code ?? error.message }));
  };

  // A timer that is late sends what it owes: the rate is kept, also on a busy machine.
  const began = clock.monotonic();
  let sent = 0;
  const tick = () => {
    const due = Math.floor(((clock.monotonic() - began) / 1000) * perSecond);
    for (; sent < due; sent++) send();
  };
  const cancel: Cancel = clock.every(1000 / perSecond, tick);

  const counts = (): TrafficCounts => ({ served, failed, versions: { ...versions }, failures: { ...failures } });
  return {
    counts,
    async stop() {
      cancel();
      if (open > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      return counts();
    },
  };
}
