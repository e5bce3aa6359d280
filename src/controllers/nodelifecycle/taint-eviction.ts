/** The shell of the taint eviction controller: deletes pods that do not tolerate a NoExecute taint of their node. */
import { semanticEqual } from "../../api/equal.ts";
import type { Node, Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { nodes as nodeKind, pods as podKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { withDisruptionTarget } from "./disruption-target.ts";
import { evictionDelay } from "./eviction-plan.ts";
import { byNode, nodeIndex } from "./node-index.ts";

const evicts = (node: Node): boolean => node.spec?.taints?.some(({ effect }) => effect === "NoExecute") ?? false;

export function taintEvictionController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "taint-eviction-controller" });
  const nodes = context.informers.informer(nodeKind);
  const pods = context.informers.informer(podKind);
  pods.addIndex(nodeIndex, byNode);

  const evict = async (pod: Pod): Promise<void> => {
    const { namespace = "", name = "", uid } = pod.metadata ?? {};
    events.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${namespace}/${name}`);
    const message = "Taint manager: deleting due to NoExecute taint";
    const status = withDisruptionTarget(pod, "DeletionByTaintManager", message, clock.now());
    if (status) await client.update(podKind, { ...pod, status }, { subresource: "status" });
    await client.delete(podKind, { namespace, name }, { preconditions: { ...(uid ? { uid } : {}) } });
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const pod = pods.get(key);
    const node = pod?.spec?.nodeName ? nodes.get(pod.spec.nodeName) : undefined;
    if (!pod || !node) return undefined;
    const delay = evictionDelay(pod, node, clock.now());
    if (delay === undefined) return undefined;
    if (delay > 0) return { requeueAfter: delay };
    try {
      await evict(pod);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  };

  return createControllerLoop({
    name: "taint-eviction-controller",
    clock,
    logger,
    caches: [nodes, pods],
    maxRetries: Number.POSITIVE_INFINITY,
    connect: (queue) => {
      const tainted = (node: Node) => {
        if (!evicts(node)) return;
        for (const pod of pods.byIndex(nodeIndex, node.metadata?.name ?? "")) queue.add(keyOf(pod));
      };
      // Of a node that is not known yet, or not tainted yet, its own event tells.
      const placed = (pod: Pod) => {
        const node = nodes.get(pod.spec?.nodeName ?? "");
        if (node && evicts(node)) queue.add(keyOf(pod));
      };
      return [
        nodes.addHandlers({
          onAdd: tainted,
          onUpdate(next, previous) {
            if (!semanticEqual(next.spec?.taints, previous.spec?.taints)) tainted(next);
          },
        }),
        pods.addHandlers({
          onAdd: placed,
          onUpdate(next, previous) {
            if (next.spec === previous.spec) return;
            const { nodeName, tolerations } = previous.spec ?? {};
            if (next.spec?.nodeName !== nodeName || !semanticEqual(next.spec?.tolerations, tolerations)) placed(next);
          },
        }),
      ];
    },
    reconcile,
  });
}
