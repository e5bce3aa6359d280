import type { Client } from "../client/client.ts";

/** The client, whose calls are handed to `run` before they are waited for: they may need time to pass. */
export function drivenClient(client: Client, run: <R>(call: Promise<R>) => Promise<R>): Client {
  return {
    get: (kind, key) => run(client.get(kind, key)),
    list: (kind, query) => run(client.list(kind, query)),
    watch: (kind, query) => client.watch(kind, query),
    create: (kind, object, query) => run(client.create(kind, object, query)),
    update: (kind, object, query) => run(client.update(kind, object, query)),
    patch: (kind, key, patch, query) => run(client.patch(kind, key, patch, query)),
    delete: (kind, key, query) => run(client.delete(kind, key, query)),
    deleteCollection: (kind, select, query) => run(client.deleteCollection(kind, select, query)),
    bind: (pod, node) => run(client.bind(pod, node)),
  };
}
