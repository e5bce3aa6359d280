/** All rules of the DaemonSet controller: where to create pods, which to delete, and what the status says. Pure. */
import type { DaemonSet, DaemonSetStatus, Node, Pod } from "../../api/generated/types.ts";
import { isDeleting } from "../ownership.ts";
import { availableAt, isReady } from "../pod-state.ts";
import { fits, isUpdated, type NodeFit, podsByNode } from "./node-pods.ts";
import { rollingUpdate, surges } from "./rolling.ts";

export interface DaemonSetSnapshot {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  /** All pods that belong to it, ended and terminating ones included. */
  readonly pods: readonly Pod[];
  /** The hash of the present template's revision. */
  readonly hash: string;
  /** Milliseconds for which failed pods on the node may not yet be replaced. */
  readonly backoff: (node: string) => number | undefined;
}

export interface DaemonSetEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface DaemonSetPlan {
  /** Names of nodes that are to get a pod. */
  readonly create: readonly string[];
  readonly delete: readonly Pod[];
  /** Nodes whose pod failed and is deleted: their back-off grows. */
  readonly failed: readonly string[];
  readonly events: readonly DaemonSetEvent[];
  /** Milliseconds until time alone makes a difference. */
  readonly requeueAfter?: number;
}

/** Scheduled ones first, then the oldest. */
function byAge(a: Pod, b: Pod): number {
  const scheduled = Number(Boolean(b.spec?.nodeName)) - Number(Boolean(a.spec?.nodeName));
  const [ca = "", cb = ""] = [a.metadata?.creationTimestamp, b.metadata?.creationTimestamp];
  return scheduled || ca.localeCompare(cb) || ((a.metadata?.name ?? "") < (b.metadata?.name ?? "") ? -1 : 1);
}

class Manage {
  readonly create: string[] = [];
  readonly delete: Pod[] = [];
  readonly failed: string[] = [];
  readonly events: DaemonSetEvent[] = [];
  readonly waits: number[] = [];
  readonly #snapshot: DaemonSetSnapshot;
  readonly #now: number;

  constructor(snapshot: DaemonSetSnapshot, now: number) {
    this.#snapshot = snapshot;
    this.#now = now;
  }

  node(name: string, { run, stay }: NodeFit, pods: readonly Pod[] | undefined): void {
    if (run && !pods) this.create.push(name);
    else if (stay) this.#keep(name, run, pods ?? []);
    else this.delete.push(...(pods ?? []).filter((pod) => !isDeleting(pod)));
  }

  /** Of what runs on the node keeps one pod; while it surges, an old one until the new one is available. */
  #keep(name: string, run: boolean, pods: readonly Pod[]): void {
    const running = pods.filter((pod) => !isDeleting(pod) && !this.#ended(name, pod)).sort(byAge);
    if (!surges(this.#snapshot.set)) {
      this.delete.push(...running.slice(1));
      return;
    }
    if (running.length === 0 && run) this.create.push(name);
    if (running.length <= 1) return;
    const { set, hash } = this.#snapshot;
    const isNew = (pod: Pod) => pod.metadata?.labels?.["controller-revision-hash"] === hash;
    const newest = running.find(isNew);
    const old = running.find((pod) => !isNew(pod));
    this.delete.push(...running.filter((pod) => pod !== newest && pod !== old));
    if (!newest || !old) return;
    if (!isReady(old) || availableAt(newest, set.spec?.minReadySeconds ?? 0) <= this.#now) this.delete.push(old);
  }

  /** Deletes a pod that has ended, a failed one not too often. */
  #ended(node: string, pod: Pod): boolean {
    const { name, namespace } = pod.metadata ?? {};
    const found = (what: string, verb: string) =>
      `Found ${what} daemon pod ${namespace}/${name} on node ${node}, will try to ${verb} it`;
    if (pod.status?.phase === "Succeeded") {
      this.events.push({
        type: "Normal",
        reason: "SucceededDaemonPod",
        message: found("succeeded", "delete"),
      });
      this.delete.push(pod);
      return true;
    }
    if (pod.status?.phase !== "Failed") return false;
    const wait = this.#snapshot.backoff(node);
    if (wait !== undefined) {
      this.waits.push(wait);
      return true;
    }
    this.failed.push(node);
    this.events.push({ type: "Warning", reason: "FailedDaemonPod", message: found("failed", "kill") });
    this.delete.push(pod);
    return true;
  }
}

/** @param now milliseconds since the epoch */
export function plan(snapshot: DaemonSetSnapshot, now: number): DaemonSetPlan {
  const { set, nodes, pods, hash } = snapshot;
  const byNode = podsByNode(pods);
  const manage = new Manage(snapshot, now);
  const fit = new Map(nodes.map((node) => [node.metadata?.name ?? "", fits(set, node)]));
  for (const [name, verdict] of fit) manage.node(name, verdict, byNode.get(name));
  // A pod that waits for a node that is gone would wait for ever.
  for (const [name, there] of byNode)
    if (!fit.has(name)) manage.delete.push(...there.filter((pod) => !pod.spec?.nodeName && !isDeleting(pod)));
  const waits = [...manage.waits, ...pods.map((pod) => availableAt(pod, set.spec?.minReadySeconds ?? 0) - now)];
  const soonest = Math.min(...waits.filter((ms) => ms > 0));
  const requeue = Number.isFinite(soonest) ? { requeueAfter: soonest } : {};
  const { create, failed, events } = manage;
  if (create.length + manage.delete.length > 0 || set.spec?.updateStrategy?.type !== "RollingUpdate")
    return { create, delete: manage.delete, failed, events, ...requeue };
  return { ...rollingUpdate({ set, hash, fit, byNode, now }), failed, events, ...requeue };
}

/**
 * The new status; undefined when the stored one is right.
 * @param observed whether the plan of the present generation was carried out
 */
export function planStatus(snapshot: DaemonSetSnapshot, observed: boolean, now: number): DaemonSetStatus | undefined {
  const { set, nodes, pods, hash } = snapshot;
  const byNode = podsByNode(pods);
  const counts = {
    desiredNumberScheduled: 0,
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
    numberUnavailable: 0,
  };
  for (const node of nodes) {
    const [pod] = [...(byNode.get(node.metadata?.name ?? "") ?? [])].sort(byAge);
    if (!fits(set, node).run) {
      if (pod) counts.numberMisscheduled++;
      continue;
    }
    counts.desiredNumberScheduled++;
    if (!pod) continue;
    counts.currentNumberScheduled++;
    if (isReady(pod)) counts.numberReady++;
    if (availableAt(pod, set.spec?.minReadySeconds ?? 0) <= now) counts.numberAvailable++;
    if (isUpdated(set, pod, hash)) counts.updatedNumberScheduled++;
  }
  counts.numberUnavailable = counts.desiredNumberScheduled - counts.numberAvailable;
  const { generation = 0 } = set.metadata ?? {};
  const stored = set.status;
  const names = Object.keys(counts) as (keyof typeof counts)[];
  const isSame = names.every((name) => (stored?.[name] ?? 0) === counts[name]);
  if (isSame && (!observed || (stored?.observedGeneration ?? 0) >= generation)) return undefined;
  return { ...stored, ...counts, ...(observed ? { observedGeneration: generation } : {}) };
}
