/** Carries the faults of {@link Faults} out. */
import type { Cancel } from "../base/clock.ts";
import type { SlowableStore } from "../store/memory/memory.ts";
import type { DrivenClock } from "./driven-clock.ts";
import { milliseconds } from "./durations.ts";
import type { FaultRules } from "./fault-rules.ts";
import type { Fault, Faults, FaultTarget } from "./faults-contract.ts";
import type { LinkSelector, Links } from "./links.ts";
import { selects } from "./links.ts";
import type { Machine } from "./machines.ts";
import { resourceNamed } from "./resources.ts";

export interface FaultsContext {
  readonly clock: DrivenClock;
  readonly store: SlowableStore;
  readonly rules: FaultRules;
  readonly links: Links;
  readonly machines: readonly Machine[];
  /** Cuts a controller's running instance off, whatever it is doing, and puts a new one in its place. */
  readonly crash: (controller: string) => Promise<void>;
  readonly controllers: () => readonly string[];
}

export function createFaults(context: FaultsContext): Faults {
  const { clock, store, rules, links, machines, crash, controllers } = context;
  const lasting = new Set<() => void>();

  const machineNamed = (name: string): Machine => {
    const machine = machines.find((candidate) => candidate.name === name);
    if (!machine) throw new Error(`no simulated node "${name}"; there are: ${machines.map((m) => m.name).join(", ")}`);
    return machine;
  };
  const running = (name: string): Machine => {
    const machine = machineNamed(name);
    if (!machine.agent) throw new Error(`node "${name}" is off`);
    return machine;
  };
  const whereOf = ({ component, resource }: FaultTarget): LinkSelector => ({
    ...(component === undefined ? {} : { component }),
    ...(resource === undefined ? {} : { kind: resourceNamed(resource) }),
  });
  const fault = (end: () => void): Fault => {
    const heal = () => {
      if (lasting.delete(heal)) end();
    };
    lasting.add(heal);
    return { heal, [Symbol.dispose]: heal };
  };
  const reconnect = (name: string) => {
    if (!rules.cutOff.delete(name)) throw new Error(`node "${name}" is not cut off`);
  };

  return {
    killNode: (name) => running(name).cut(),
    async startNode(name) {
      const machine = machineNamed(name);
      if (machine.agent) throw new Error(`node "${name}" is on`);
      await clock.drive(machine.start());
    },
    cutOffNode(name) {
      running(name);
      rules.cutOff.add(name);
      links.breakWatches((owner) => rules.cut(owner));
    },
    reconnectNode(name) {
      machineNamed(name);
      reconnect(name);
    },
    crashContainer(pod, { namespace = "default", container, exitCode = 1 } = {}) {
      for (const { agent, runtime } of machines) {
        const found = agent?.pods.find(namespace, pod);
        if (!found) continue;
        const names = found.state.containers.filter((c) => c.state === "running").map((c) => c.config.name);
        const doomed = container === undefined ? names : names.filter((name) => name === container);
        if (doomed.length === 0) break;
        for (const name of doomed) runtime.crash(found.pod.metadata?.uid ?? "", name, exitCode);
        return;
      }
      const what = container === undefined ? "no container" : `container "${container}" does not run, or none`;
      throw new Error(`${what} of pod "${namespace}/${pod}" runs on a node`);
    },
    async restartController(name, { afterWrites } = {}) {
      if (!controllers().includes(name))
        throw new Error(`no controller "${name}"; there are: ${[...controllers()].sort().join(", ")}`);
      if (afterWrites === undefined) return clock.drive(crash(name));
      rules.add({
        type: "writes",
        component: name,
        left: afterWrites,
        reached: () => void crash(name),
      });
    },
    delayWatches({ by, ...target }) {
      const remove = rules.add({ type: "delay", where: whereOf(target), ms: milliseconds(by, "delayWatches.by") });
      return fault(() => {
        remove();
        links.delaysChanged();
      });
    },
    dropWatches({ for: duration = 0, forget = false, ...target } = {}) {
      const where = whereOf(target);
      const ms = milliseconds(duration, "dropWatches.for");
      const remove = rules.add({ type: "down", where });
      let cancel: Cancel = () => {};
      links.breakWatches((owner, kind) => selects(where, owner, kind));
      const dropped = fault(() => {
        cancel();
        remove();
        if (forget) void store.compact(store.progress());
      });
      if (ms === 0) dropped.heal();
      else cancel = clock.after(ms, dropped.heal);
      return dropped;
    },
    conflictWrites({ count = 1, ...target } = {}) {
      return fault(rules.add({ type: "conflict", where: whereOf(target), left: count }));
    },
    slowStore(latency) {
      store.setLatency(milliseconds(latency, "slowStore"));
      return fault(() => store.setLatency(0));
    },
    heal() {
      for (const heal of [...lasting]) heal();
      rules.clear();
      rules.cutOff.clear();
    },
  };
}
