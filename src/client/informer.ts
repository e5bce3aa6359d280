/** Makes the shared caches of {@link InformerFactory}. */
import type { KindRef, KubeObject } from "../api/kind.ts";
import { apiVersionOf } from "../api/kind.ts";
import type { Informer, InformerContext, InformerFactory, InformerOptions } from "./informer-contract.ts";
import { ObjectCache } from "./object-cache.ts";
import { reflect } from "./reflector.ts";

export type { Informer, InformerContext, InformerFactory } from "./informer-contract.ts";

/** The index over the UIDs of the controlling owner references; see {@link byController}. */
export const controllerIndex = "controller";

/** Index function: the UID of the owner reference that is the controller, if any. */
export const byController = (object: KubeObject): readonly string[] => {
  for (const owner of object.metadata?.ownerReferences ?? []) if (owner.controller) return [owner.uid];
  return [];
};

export function createInformerFactory(context: InformerContext): InformerFactory {
  const informers = new Map<string, { informer: Informer<never>; ended: Promise<void> }>();
  return {
    informer<T extends KubeObject>(kind: KindRef<T>, options: InformerOptions = {}): Informer<T> {
      const id = JSON.stringify([
        apiVersionOf(kind),
        kind.plural,
        options.namespace,
        options.fieldSelector,
        options.labelSelector,
      ]);
      const known = informers.get(id);
      if (known) return known.informer as unknown as Informer<T>;
      const { informer, ended } = startInformer(context, kind, options, () => informers.delete(id));
      informers.set(id, { informer: informer as unknown as Informer<never>, ended });
      return informer;
    },
    async stop() {
      const all = [...informers.values()];
      for (const { informer } of all) informer.stop();
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

function startInformer<T extends KubeObject>(
  context: InformerContext,
  kind: KindRef<T>,
  options: InformerOptions,
  onStop: () => void,
): { informer: Informer<T>; ended: Promise<void> } {
  const cache = new ObjectCache<T>();
  const abort = new AbortController();
  let markSynced = () => {};
  let hasSynced = false;
  const synced = new Promise<void>((resolve) => {
    markSynced = resolve;
  });
  const ended = reflect(context, kind, options, abort.signal, {
    replace(objects) {
      cache.replace(objects);
      hasSynced = true;
      markSynced();
    },
    apply: (event) => (event.type === "DELETED" ? cache.delete(event.object) : cache.put(event.object)),
  });
  const informer: Informer<T> = {
    kind,
    get: (key) => cache.get(key),
    list: (namespace) => cache.list(namespace),
    byIndex: (name, value) => cache.byIndex(name, value),
    addIndex: (name, values) => cache.addIndex(name, values),
    addHandlers: (handlers) => cache.addHandlers(handlers),
    synced: () => synced,
    get hasSynced() {
      return hasSynced;
    },
    stop() {
      abort.abort();
      markSynced();
      onStop();
    },
  };
  return { informer, ended };
}
