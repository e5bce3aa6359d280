/** The pods of one node out of a cache of all: of agents that share a cache, each is told of its own pods only. */
import type { Pod } from "../api/generated/types.ts";
import type { Informer, InformerHandlers } from "../client/informer-contract.ts";

/** What an agent needs of the cache of its pods: it looks like that of a watch of them alone. */
export type NodePods = Pick<Informer<Pod>, "get" | "addHandlers" | "synced">;

type Handlers = InformerHandlers<Pod>;

const byNode = "node";
const nodeOf = (pod: Pod): string => pod.spec?.nodeName ?? "";

/** For each cache who is to be told, by node: a pod's event looks at no other node. */
const directories = new WeakMap<object, Map<string, Set<Handlers>>>();

export function podsOfNode(all: Informer<Pod>, node: string): NodePods {
  all.addIndex(byNode, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
  return {
    synced: () => all.synced(),
    get(key) {
      const pod = all.get(key);
      return pod && nodeOf(pod) === node ? pod : undefined;
    },
    addHandlers(handlers) {
      const directory = directoryOf(all);
      const own = directory.get(node) ?? new Set();
      directory.set(node, own.add(handlers));
      for (const pod of all.byIndex(byNode, node)) handlers.onAdd?.(pod, true);
      return () => {
        own.delete(handlers);
        if (own.size === 0 && directory.get(node) === own) directory.delete(node);
      };
    },
  };
}

function directoryOf(all: Informer<Pod>): Map<string, Set<Handlers>> {
  const known = directories.get(all);
  if (known) return known;
  const directory = new Map<string, Set<Handlers>>();
  directories.set(all, directory);
  const tell = (node: string, say: (handlers: Handlers) => void) => directory.get(node)?.forEach(say);
  all.addHandlers({
    onAdd: (pod, initial) => tell(nodeOf(pod), (h) => h.onAdd?.(pod, initial)),
    onUpdate(next, previous) {
      const [node, before] = [nodeOf(next), nodeOf(previous)];
      if (node === before) return tell(node, (h) => h.onUpdate?.(next, previous));
      tell(before, (h) => h.onDelete?.(previous));
      tell(node, (h) => h.onAdd?.(next, false));
    },
    onDelete: (pod) => tell(nodeOf(pod), (h) => h.onDelete?.(pod)),
  });
  return directory;
}
