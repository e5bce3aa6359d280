/** A client that shows a test every call before it is made, and lets it refuse or hold it. */
import type { KindRef, KubeObject } from "../api/kind.ts";
import type { Client, ObjectName } from "../client/client.ts";

export interface Call {
  readonly verb: "get" | "create" | "update" | "patch" | "delete";
  /** `Pod`, `ReplicaSet`, … */
  readonly kind: string;
  readonly name: string;
  readonly subresource: string | undefined;
}

/** @param before a rejection becomes the call's; until it resolves, the call waits */
export function intercepted(client: Client, before: (call: Call) => void | Promise<void>): Client {
  const seen = async (verb: Call["verb"], kind: KindRef<KubeObject>, name = "", subresource?: string) =>
    before({ verb, kind: kind.kind, name, subresource });
  const named = <T extends KubeObject>(kind: KindRef<T>) => kind as unknown as KindRef<KubeObject>;
  return {
    async get<T extends KubeObject>(kind: KindRef<T>, key: ObjectName) {
      await seen("get", named(kind), key.name);
      return client.get(kind, key);
    },
    list: (kind, query) => client.list(kind, query),
    watch: (kind, query) => client.watch(kind, query),
    async create(kind, object, query) {
      await seen("create", named(kind), object.metadata?.name, query?.subresource);
      return client.create(kind, object, query);
    },
    async update(kind, object, query) {
      await seen("update", named(kind), object.metadata?.name, query?.subresource);
      return client.update(kind, object, query);
    },
    async patch(kind, key, patch, query) {
      await seen("patch", named(kind), key.name, query.subresource);
      return client.patch(kind, key, patch, query);
    },
    async delete(kind, key, query) {
      await seen("delete", named(kind), key.name);
      return client.delete(kind, key, query);
    },
    deleteCollection: (kind, select, query) => client.deleteCollection(kind, select, query),
    bind: (pod, node) => client.bind(pod, node),
  };
}
