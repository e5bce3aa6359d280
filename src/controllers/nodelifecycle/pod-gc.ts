/**
 * Removes pods that no node will ever remove: those whose node is gone, and those deleted before they had one
 * (upstream's `controller/podgc`).
 */
import type { Node, Pod, PodStatus } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { nodes as nodeKind, pods as podKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { isTerminal } from "../pod-state.ts";
import { withDisruptionTarget } from "./disruption-target.ts";
import { byNode, nodeIndex } from "./node-index.ts";

/** A node may come back under its name within this many milliseconds. */
const quarantine = 40_000;

export type PodVerdict = "keep" | "unscheduled" | "orphaned";

/** Pure. @param node the pod's node, if there is one */
export function judge(pod: Pod, node: Node | undefined): PodVerdict {
  if (!pod.spec?.nodeName) return pod.metadata?.deletionTimestamp ? "unscheduled" : "keep";
  return node ? "keep" : "orphaned";
}

/** Pure. The status that a pod ends with; undefined when it has ended. */
function lastStatus(pod: Pod, verdict: Exclude<PodVerdict, "keep">, now: number): PodStatus | undefined {
  if (isTerminal(pod)) return undefined;
  const status =
    verdict === "orphaned"
      ? withDisruptionTarget(pod, "DeletionByPodGC", "PodGC: node no longer exists", now)
      : undefined;
  return { ...(status ?? pod.status), phase: "Failed" };
}

export function podGarbageCollector(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const nodes = context.informers.informer(nodeKind);
  const pods = context.informers.informer(podKind);
  pods.addIndex(nodeIndex, byNode);
  /** Since when nodes are known to be missing. */
  const missing = new Map<string, number>();

  const exists = async (name: string): Promise<boolean> => {
    try {
      await client.get(nodeKind, { name });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  };

  const remove = async (pod: Pod, status: PodStatus | undefined): Promise<void> => {
    const { namespace = "", name = "", uid } = pod.metadata ?? {};
    try {
      if (status) await client.update(podKind, { ...pod, status }, { subresource: "status" });
      const preconditions = uid ? { uid } : {};
      await client.delete(podKind, { namespace, name }, { gracePeriodSeconds: 0, preconditions });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const pod = pods.get(key);
    if (!pod) return undefined;
    const name = pod.spec?.nodeName ?? "";
    const verdict = judge(pod, nodes.get(name));
    if (verdict === "keep") return undefined;
    if (verdict === "unscheduled") {
      await remove(pod, lastStatus(pod, verdict, clock.now()));
      return undefined;
    }
    const since = missing.get(name) ?? clock.now();
    missing.set(name, since);
    const left = since + quarantine - clock.now();
    if (left > 0) return { requeueAfter: left };
    // The cache may be behind: only the server can say that a node is gone.
    if (!(await exists(name))) await remove(pod, lastStatus(pod, verdict, clock.now()));
    return undefined;
  };

  return createControllerLoop({
    name: "pod-garbage-collector",
    clock,
    logger,
    caches: [nodes, pods],
    maxRetries: Number.POSITIVE_INFINITY,
    connect: (queue) => {
      const look = (pod: Pod) => {
        const node = pod.spec?.nodeName ? nodes.get(pod.spec.nodeName) : undefined;
        if (judge(pod, node) !== "keep") queue.add(keyOf(pod));
      };
      return [
        pods.addHandlers({ onAdd: look, onUpdate: look }),
        nodes.addHandlers({
          onAdd: (node) => missing.delete(node.metadata?.name ?? ""),
          onDelete(node) {
            for (const pod of pods.byIndex(nodeIndex, node.metadata?.name ?? "")) queue.add(keyOf(pod));
          },
        }),
      ];
    },
    reconcile,
  });
}
