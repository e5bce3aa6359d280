/** The Client's in-process transport: calls the registry and hands over its frozen objects, with no JSON in between. */
import type { Kind, KindRef, KubeObject } from "../api/kind.ts";
import { methodNotSupported, notFound } from "../base/errors.ts";
import { eachOf } from "../client/batches.ts";
import type { Client, ObjectEvent, ObjectName, ObjectWatch } from "../client/client.ts";
import type {
  ObjectKey,
  Registry,
  RequestContext,
  Subresource,
  UserInfo,
  Watch,
  WatchEvent,
} from "../registry/registry.ts";

/** @param user in whose name everything is done; authorization is the server's, so nothing is refused here */
export function createInProcessClient(registry: Registry, user: UserInfo): Client {
  const context: RequestContext = { user, warn: () => {} };

  const known = new WeakMap<object, Kind>();
  const kindOf = <T extends KubeObject>(ref: KindRef<T>): Kind<T> => {
    let kind = known.get(ref);
    if (!kind) {
      kind = registry.kinds.find((k) => k.group === ref.group && k.plural === ref.plural);
      if (!kind) throw notFound({ group: ref.group, resource: ref.plural }, "");
      known.set(ref, kind);
    }
    return kind as unknown as Kind<T>;
  };
  const keyOf = ({ namespace = "", name }: ObjectName): ObjectKey => ({ namespace, name });
  const subresourceOf = (name: string | undefined): { subresource?: Subresource } =>
    name === undefined ? {} : { subresource: name as Subresource };

  return {
    get: async (ref, name) => (await registry.get(kindOf(ref), keyOf(name), context)).object,
    async list(ref, { namespace = "", ...options } = {}) {
      const list = await registry.list(kindOf(ref), namespace, options, context);
      return {
        items: list.items.map((stored) => stored.object),
        resourceVersion: String(list.revision),
        ...(list.continue ? { continue: list.continue } : {}),
      };
    },
    async watch(ref, { namespace = "", ...options } = {}) {
      const match = options.sendInitialEvents ? { resourceVersionMatch: "NotOlderThan" } : {};
      return objectWatch(await registry.watch(kindOf(ref), namespace, { ...options, ...match }, context));
    },
    async create(ref, object, { subresource, ...options } = {}) {
      if (subresource)
        throw methodNotSupported({ group: ref.group, resource: `${ref.plural}/${subresource}` }, "create");
      return (await registry.create(kindOf(ref), object.metadata?.namespace ?? "", object, options, context)).object;
    },
    async update(ref, object, { subresource, ...options } = {}) {
      const key = { namespace: object.metadata?.namespace ?? "", name: object.metadata?.name ?? "" };
      const all = { ...options, ...subresourceOf(subresource) };
      return (await registry.update(kindOf(ref), key, object, all, context)).stored.object;
    },
    async patch(ref, name, body, { subresource, ...options }) {
      const all = { ...options, ...subresourceOf(subresource), body };
      return (await registry.patch(kindOf(ref), keyOf(name), all, context)).stored.object;
    },
    async delete(ref, name, options = {}) {
      await registry.delete(kindOf(ref), keyOf(name), options, context);
    },
    async deleteCollection(ref, { namespace = "", ...select }, options = {}) {
      await registry.deleteCollection(kindOf(ref), namespace, select, options, context);
    },
    async bind(pod, nodeName) {
      const binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { namespace: pod.namespace, name: pod.name, ...(pod.uid ? { uid: pod.uid } : {}) },
        target: { apiVersion: "v1", kind: "Node", name: nodeName },
      };
      await registry.bind(keyOf(pod), binding, {}, context);
    },
  };
}

function objectWatch<T extends KubeObject>(watch: Watch<T>): ObjectWatch<T> {
  async function* batches(): AsyncGenerator<readonly ObjectEvent<T>[]> {
    for await (const batch of watch) yield batch.map(objectEvent);
  }
  return { close: () => watch.close(), batches, [Symbol.asyncIterator]: () => eachOf(batches()) };
}

const objectEvent = <T extends KubeObject>(event: WatchEvent<T>): ObjectEvent<T> =>
  event.type === "BOOKMARK"
    ? { type: "BOOKMARK", resourceVersion: String(event.revision), initialEventsEnd: event.initialEventsEnd }
    : { type: event.type, object: event.stored.object };
