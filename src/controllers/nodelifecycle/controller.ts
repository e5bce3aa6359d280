/** The shell of the node lifecycle controller. */
import type { Node, Pod } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { leases as leaseKind, nodes as nodeKind, pods as podKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { isReady } from "../pod-state.ts";
import { NodeHealth } from "./health.ts";
import { byNode, nodeIndex } from "./node-index.ts";
import { conditionOf, defaultGracePeriods, isNodeReady, plan } from "./plan.ts";
import { ReadyNodes } from "./ready-nodes.ts";

const leaseNamespace = "kube-node-lease";
const readyStatus = (node: Node) => conditionOf(node, "Ready")?.status;

export function nodeLifecycleController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "node-controller" });
  const nodes = context.informers.informer(nodeKind);
  const leases = context.informers.informer(leaseKind, { namespace: leaseNamespace });
  const pods = context.informers.informer(podKind);
  pods.addIndex(nodeIndex, byNode);
  const health = new NodeHealth();
  const registered = new Set<string>();
  const ready = new ReadyNodes();
  /** Nodes that stopped being ready since their pods were last marked. */
  const unmarked = new Set<string>();

  const markNotReady = async (pod: Pod): Promise<void> => {
    const conditions = (pod.status?.conditions ?? []).map((condition) =>
      condition.type === "Ready"
        ? { ...condition, status: "False", lastTransitionTime: formatTime(clock.now()) }
        : condition,
    );
    const next: Pod = { ...pod, status: { ...pod.status, conditions } };
    events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
    try {
      await client.update(podKind, next, { subresource: "status" });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };

  const reconcile = async (name: string): Promise<ReconcileResult | undefined> => {
    const node = nodes.get(name);
    if (!node) {
      health.forget(name);
      unmarked.delete(name);
      return undefined;
    }
    const uid = node.metadata?.uid ?? "";
    if (!registered.has(uid)) {
      registered.add(uid);
      events.event(node, "Normal", "RegisteredNode", `Registered Node ${name} in Controller`);
    }
    health.node(node, clock.now());
    const lease = leases.get(`${leaseNamespace}/${name}`);
    if (lease) health.lease(lease, clock.now());
    const snapshot = { node, seenAt: health.node(node, clock.now()), othersAllDown: ready.othersAllDown(node) };
    const todo = plan(snapshot, defaultGracePeriods, clock.now());
    let current = node;
    if (todo.status) {
      current = await client.update(nodeKind, { ...node, status: todo.status }, { subresource: "status" });
      if (isNodeReady(node)) wentDown(node);
    }
    if (todo.taints) {
      const { resourceVersion } = current.metadata ?? {};
      const patch = { metadata: { resourceVersion }, spec: { taints: todo.taints } };
      await client.patch(nodeKind, { name }, patch, { type: "merge" });
    }
    if (todo.ready === "Unknown" || (todo.ready === "False" && unmarked.has(name)))
      await Promise.all(pods.byIndex(nodeIndex, name).filter(isReady).map(markNotReady));
    unmarked.delete(name);
    return todo.checkAfter === undefined ? undefined : { requeueAfter: todo.checkAfter };
  };

  const wentDown = (node: Node): void => {
    const name = node.metadata?.name ?? "";
    unmarked.add(name);
    events.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  };

  return createControllerLoop({
    name: "node-lifecycle",
    clock,
    logger,
    caches: [nodes, leases, pods],
    maxRetries: Number.POSITIVE_INFINITY,
    connect: (queue) => {
      const wakeAll = () => {
        for (const node of nodes.list()) queue.add(node.metadata?.name ?? "");
      };
      return [
        nodes.addHandlers({
          onAdd(node) {
            queue.add(node.metadata?.name ?? "");
            if (ready.update(node)) wakeAll();
          },
          onUpdate(next, previous) {
            queue.add(next.metadata?.name ?? "");
            if (ready.update(next)) wakeAll();
            if (readyStatus(next) === readyStatus(previous)) return;
            // Our own verdict has been announced when it was written.
            if (isNodeReady(previous) && readyStatus(next) === "False") wentDown(next);
          },
          onDelete(node) {
            const name = node.metadata?.name ?? "";
            registered.delete(node.metadata?.uid ?? "");
            events.event(node, "Normal", "RemovingNode", `Removing Node ${name} from Controller`);
            queue.add(name);
            if (ready.delete(node)) wakeAll();
          },
        }),
        leases.addHandlers({
          onAdd: (lease) => health.lease(lease, clock.now()),
          onUpdate: (lease) => health.lease(lease, clock.now()),
        }),
        pods.addHandlers({
          onUpdate(next, previous) {
            const { nodeName } = next.spec ?? {};
            const node = nodeName && nodeName !== previous.spec?.nodeName ? nodes.get(nodeName) : undefined;
            if (node && !isNodeReady(node)) queue.add(node.metadata?.name ?? "");
          },
        }),
      ];
    },
    reconcile,
  });
}
