/** One worker per pod that is bound to this node. */
import type { Pod } from "../api/generated/types.ts";
import type { Cancel } from "../base/clock.ts";
import { refusalOf } from "./admission.ts";
import { errorText } from "./event-text.ts";
import { PodWorker } from "./lifecycle/pod-worker.ts";
import type { PodContext } from "./pod-context.ts";
import type { PodState } from "./pod-state.ts";
import type { NodePods } from "./pods-of-node.ts";

export interface PodManager {
  /** Resolves when all pods known at the time have a worker and leftovers of others are gone. */
  start(): Promise<void>;
  /** Resolves when no worker acts any more. Containers keep running. */
  stop(): Promise<void>;
  /** Pods of this node as they were last seen, with what the runtime has of them. */
  list(): readonly { readonly pod: Pod; readonly state: PodState }[];
  find(namespace: string, name: string): { readonly pod: Pod; readonly state: PodState } | undefined;
}

/** Oldest first. */
const byCreation = (a: Pod, b: Pod): number => {
  const [x = "", y = ""] = [a.metadata?.creationTimestamp, b.metadata?.creationTimestamp];
  return x < y ? -1 : x > y ? 1 : 0;
};

/** @param informer of the pods bound to this node */
export function createPodManager(context: PodContext, informer: NodePods): PodManager {
  const workers = new Map<string, PodWorker>();
  /** Ended pods whose deletion has not come by yet: what is still heard of them is old. */
  const finished = new Set<string>();
  let cancels: Cancel[] = [];

  function* admitted(): Generator<Pod> {
    for (const worker of workers.values()) if (!worker.ended) yield worker.pod;
  }

  const workerOf = (pod: Pod): PodWorker | undefined => {
    const uid = pod.metadata?.uid ?? "";
    if (finished.has(uid)) return undefined;
    let worker = workers.get(uid);
    if (!worker) {
      const onFinished = () => {
        workers.delete(uid);
        if (informer.get(`${pod.metadata?.namespace}/${pod.metadata?.name}`)?.metadata?.uid === uid) finished.add(uid);
      };
      worker = new PodWorker(context, pod, onFinished, refusalOf(pod, admitted()));
      workers.set(uid, worker);
    }
    return worker;
  };

  const removeOrphans = async (): Promise<void> => {
    for (const sandbox of await context.runtime.sandboxes()) {
      const { uid, namespace, name } = sandbox.config;
      if (workers.has(uid)) continue;
      context.logger.info("removing what is left of a pod that is gone", { pod: `${namespace}/${name}`, uid });
      try {
        await context.runtime.stopSandbox(sandbox.id);
        await context.runtime.removeSandbox(sandbox.id);
      } catch (error) {
        context.logger.warn("cannot remove it", { uid, error: errorText(error) });
      }
    }
    for (const uid of await context.volumes.known()) if (!workers.has(uid)) await context.volumes.remove(uid);
  };

  return {
    async start() {
      await informer.synced();
      const initial: Pod[] = [];
      cancels = [
        informer.addHandlers({
          onAdd(pod, isInitial) {
            if (isInitial) initial.push(pod);
            else workerOf(pod)?.wake();
          },
          onUpdate: (pod) => workerOf(pod)?.update(pod),
          onDelete({ metadata: { uid = "" } = {} }) {
            finished.delete(uid);
            workers.get(uid)?.objectDeleted();
          },
        }),
        context.runtime.onEvent(({ podUid }) => workers.get(podUid)?.wake()),
      ];
      // Who came first keeps what it has taken of the node.
      for (const pod of initial.sort(byCreation)) workerOf(pod)?.wake();
      await removeOrphans();
    },
    async stop() {
      for (const cancel of cancels) cancel();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      for (const uid of workers.keys()) context.probes.remove(uid);
    },
    list: () => [...workers.values()].map(({ pod, state }) => ({ pod, state })),
    find(namespace, name) {
      let found: PodWorker | undefined;
      for (const worker of workers.values()) {
        const { metadata } = worker.pod;
        if (metadata?.namespace !== namespace || metadata.name !== name) continue;
        // Of two pods of one name, the older is on its way out.
        if (!found || !metadata.deletionTimestamp) found = worker;
      }
      return found && { pod: found.pod, state: found.state };
    },
  };
}
