/** The shell of the scheduler: keeps its picture of the cluster, decides pod after pod, binds, and reports failures. */
import { isTerminal } from "../api/core/pod-phase.ts";
import { semanticEqual } from "../api/equal.ts";
import type { Node, Pod, PodCondition } from "../api/generated/types.ts";
import { keyOf } from "../api/kind.ts";
import { type Cancel, type Clock, formatTime, type Random } from "../base/clock.ts";
import { isConflict, isNotFound } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { nextTurn } from "../base/turn.ts";
import type { Client, ObjectName } from "../client/client.ts";
import type { EventRecorder } from "../client/events.ts";
import type { InformerFactory } from "../client/informer.ts";
import { namespaces as namespaceKind, nodes as nodeKind, pods as podKind } from "../client/kinds.ts";
import { ClusterState } from "./cluster-state.ts";
import { SchedulingQueue } from "./queue.ts";
import { schedule } from "./schedule.ts";

/** The same as a controller's. */
export interface SchedulerContext {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Starts and stops like a controller. */
export interface Scheduler {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Pods that name another scheduler are left to it. */
const schedulerName = "default-scheduler";
/** How many pods are decided before other work gets the event loop. */
const turn = 64;

export function createScheduler(context: SchedulerContext): Scheduler {
  const { client, clock, random, logger } = context;
  const events = context.events.as({ component: schedulerName, instance: `${schedulerName}-wherry` });
  const pods = context.informers.informer(podKind);
  const nodes = context.informers.informer(nodeKind);
  const namespaces = context.informers.informer(namespaceKind);
  const state = new ClusterState((namespace) => namespaces.get(namespace)?.metadata?.labels);
  const queue = new SchedulingQueue(clock, () => wake());
  /** Pods whose binding is under way or not yet seen, by UID. */
  const binding = new Set<string>();
  const writes = new Set<Promise<void>>();
  let started = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  const wake = (): void => {
    if (!started || stopped || running) return;
    running = work().finally(() => {
      running = undefined;
      if (queue.take().length > 0) wake();
    });
  };

  const work = async (): Promise<void> => {
    await nextTurn();
    let decided = 0;
    for (const pod of queue.take()) {
      if (stopped) return;
      if (!queue.has(keyOf(pod))) continue;
      decide(pod);
      if (++decided % turn === 0) await nextTurn();
    }
  };

  const decide = (pod: Pod): void => {
    const decision = schedule(pod, state, random.next);
    if (decision.node === undefined) {
      queue.park(pod);
      background(reportFailure(pod, "Unschedulable", decision.message));
      if (decision.preemption) background(evict(pod, decision.preemption.node, decision.preemption.victims));
      return;
    }
    queue.remove(keyOf(pod));
    state.place(pod, decision.node);
    binding.add(uidOf(pod));
    background(bind(pod, decision.node));
  };

  const bind = async (pod: Pod, node: string): Promise<void> => {
    const { namespace = "", name = "" } = pod.metadata ?? {};
    try {
      await client.bind({ namespace, name, uid: uidOf(pod) }, node);
      events.event(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${node}`, {
        action: "Binding",
      });
    } catch (error) {
      binding.delete(uidOf(pod));
      state.remove(uidOf(pod));
      queue.retry();
      if (isNotFound(error) || stopped) return;
      // Bound by someone else or being deleted: the next event of the pod tells.
      const current = pods.get(keyOf(pod));
      if (current && isPending(current)) queue.retryLater(current);
      const text = `binding rejected: running Bind plugin "DefaultBinder": ${textOf(error)}`;
      if (!isConflict(error)) await reportFailure(pod, "SchedulerError", text);
    }
  };

  const reportFailure = async (pod: Pod, reason: string, message: string): Promise<void> => {
    events.event(pod, "Warning", "FailedScheduling", message, { action: "Scheduling" });
    const current = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
    if (current?.status === "False" && current.reason === reason && current.message === message) return;
    const { generation } = pod.metadata ?? {};
    const condition: PodCondition = {
      type: "PodScheduled",
      status: "False",
      reason,
      message,
      lastTransitionTime: (current?.status === "False" && current.lastTransitionTime) || formatTime(clock.now()),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    await patchStatus(pod, { conditions: [condition] });
  };

  /** Makes room for a pod of higher priority. */
  const evict = async (pod: Pod, node: string, victims: readonly Pod[]): Promise<void> => {
    await patchStatus(pod, { nominatedNodeName: node });
    for (const victim of victims) {
      const condition = {
        type: "DisruptionTarget",
        status: "True",
        reason: "PreemptionByScheduler",
        message: `${schedulerName}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: formatTime(clock.now()),
      };
      await patchStatus(victim, { conditions: [condition] });
      await client.delete(podKind, nameOf(victim), { preconditions: { uid: uidOf(victim) } });
      events.event(victim, "Normal", "Preempted", `Preempted by pod ${uidOf(pod)} on node ${node}`, {
        action: "Preempting",
        related: pod,
      });
    }
  };

  const patchStatus = async (pod: Pod, status: object): Promise<void> => {
    const patch = { metadata: { uid: uidOf(pod) }, status };
    await client.patch(podKind, nameOf(pod), patch, { type: "strategic", subresource: "status" });
  };

  const background = (write: Promise<void>): void => {
    const settled = write
      .catch((error) => {
        if (!isNotFound(error) && !isConflict(error)) logger.warn("scheduler write failed", { error: textOf(error) });
      })
      .finally(() => writes.delete(settled));
    writes.add(settled);
  };

  const podChanged = (pod: Pod, previous?: Pod): void => {
    const uid = uidOf(pod);
    const node = pod.spec?.nodeName;
    if (node && !isTerminal(pod.status?.phase)) {
      const isNews = !previous?.spec?.nodeName;
      binding.delete(uid);
      queue.remove(keyOf(pod));
      state.place(pod, node);
      if (isNews || !sameLabels(pod, previous)) queue.retry(hasPodRules);
    } else if (node) podGone(pod);
    else if (binding.has(uid)) return;
    else if (!isPending(pod)) queue.remove(keyOf(pod));
    else if (previous && queue.has(keyOf(pod)) && sameDemands(pod, previous)) queue.refresh(pod);
    else queue.add(pod);
  };

  const podGone = (pod: Pod): void => {
    binding.delete(uidOf(pod));
    queue.remove(keyOf(pod));
    if (state.remove(uidOf(pod))) queue.retry();
  };

  const connect = (): Cancel[] => [
    nodes.addHandlers({
      onAdd(node) {
        state.setNode(node);
        queue.retry();
      },
      onUpdate(node, previous) {
        // Heartbeats are most of what changes on a node, and help no pod.
        if (sameOffer(node, previous)) return;
        state.setNode(node);
        queue.retry();
      },
      onDelete(node) {
        state.removeNode(node.metadata?.name ?? "");
        queue.retry();
      },
    }),
    pods.addHandlers({ onAdd: (pod) => podChanged(pod), onUpdate: podChanged, onDelete: podGone }),
  ];

  let cancels: readonly Cancel[] = [];
  return {
    name: "scheduler",
    async start() {
      await Promise.all([nodes.synced(), pods.synced(), namespaces.synced()]);
      if (stopped) return;
      cancels = connect();
      started = true;
      wake();
    },
    async stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
      queue.stop();
      await running;
      await Promise.all(writes);
    },
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const uidOf = (pod: Pod): string => pod.metadata?.uid ?? "";
const nameOf = ({ metadata }: Pod): ObjectName => ({
  namespace: metadata?.namespace ?? "",
  name: metadata?.name ?? "",
});

/** Waits for a node, and for us to find it. */
const isPending = ({ spec, metadata, status }: Pod): boolean =>
  !spec?.nodeName &&
  (spec?.schedulerName ?? schedulerName) === schedulerName &&
  !spec?.schedulingGates?.length &&
  !metadata?.deletionTimestamp &&
  status?.phase !== "Failed" &&
  status?.phase !== "Succeeded";

// What did not change is, as a rule, the very same value: then nothing is compared.
const sameLabels = (a: Pod, b: Pod | undefined): boolean => semanticEqual(a.metadata?.labels, b?.metadata?.labels);
const sameDemands = (a: Pod, b: Pod): boolean => sameLabels(a, b) && semanticEqual(a.spec, b.spec);

/** Does where it fits depend on other pods? */
const hasPodRules = ({ spec }: Pod): boolean =>
  Boolean(spec?.affinity?.podAffinity ?? spec?.affinity?.podAntiAffinity ?? spec?.topologySpreadConstraints?.length);

const sameOffer = (a: Node, b: Node): boolean =>
  semanticEqual(a.metadata?.labels, b.metadata?.labels) &&
  semanticEqual(a.spec, b.spec) &&
  semanticEqual(a.status?.allocatable, b.status?.allocatable);
