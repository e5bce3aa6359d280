/** A component's own client: in process, but with no more rights than the authorizer gives it. */
import type { Pod } from "../api/generated/types.ts";
import type { KindRef } from "../api/kind.ts";
import { isNotFound } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { Informer } from "../client/informer.ts";
import { pods } from "../client/kinds.ts";
import type { UserInfo } from "../registry/registry.ts";
import { type Authorizer, assertAllowed } from "../server/authz/authorizer.ts";
import { builtInAuthorizer } from "../server/authz/built-in.ts";

/** Index of the pod cache: pods by the node they are bound to. */
const byNode = "node";

/**
 * The built-in policy. What decisions about nodes need is read from the pod cache, and through `client` where the cache
 * may not know yet.
 */
export function createAuthorizer(client: Client, cache: () => Informer<Pod>): Authorizer {
  return builtInAuthorizer({
    async pod(namespace, name) {
      const cached = cache().get(`${namespace}/${name}`);
      if (cached?.spec?.nodeName) return cached;
      try {
        return await client.get(pods, { namespace, name });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async hasPod(nodeName, namespace, fits) {
      cache().addIndex(byNode, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
      const cached = cache().byIndex(byNode, nodeName);
      if (cached.some((pod) => pod.metadata?.namespace === namespace && fits(pod))) return true;
      const { items } = await client.list(pods, { namespace, fieldSelector: `spec.nodeName=${nodeName}` });
      return items.some(fits);
    },
  });
}

/** Every call is authorized as the server would authorize it over HTTP. @throws 403 */
export function authorizedClient(client: Client, user: UserInfo, authorizer: Authorizer): Client {
  const check = (
    verb: string,
    kind: Pick<KindRef, "group" | "version" | "plural">,
    where: {
      namespace?: string | undefined;
      name?: string | undefined;
      subresource?: string | undefined;
      fieldSelector?: string | undefined;
    },
  ) =>
    assertAllowed(authorizer, {
      isResource: true,
      user,
      verb,
      group: kind.group,
      version: kind.version,
      resource: kind.plural,
      subresource: where.subresource ?? "",
      namespace: where.namespace ?? "",
      name: where.name ?? "",
      path: "",
      ...(where.fieldSelector ? { fieldSelector: where.fieldSelector } : {}),
    });
  return {
    async get(kind, key) {
      const waits = check("get", kind, key);
      if (waits) await waits;
      return client.get(kind, key);
    },
    async list(kind, query = {}) {
      const waits = check("list", kind, query);
      if (waits) await waits;
      return client.list(kind, query);
    },
    async watch(kind, query = {}) {
      const waits = check("watch", kind, query);
      if (waits) await waits;
      return client.watch(kind, query);
    },
    async create(kind, object, query) {
      const { namespace } = object.metadata ?? {};
      const waits = check("create", kind, { namespace, subresource: query?.subresource });
      if (waits) await waits;
      return client.create(kind, object, query);
    },
    async update(kind, object, query) {
      const { namespace, name } = object.metadata ?? {};
      const waits = check("update", kind, { namespace, name, subresource: query?.subresource });
      if (waits) await waits;
      return client.update(kind, object, query);
    },
    async patch(kind, key, body, query) {
      const waits = check("patch", kind, { ...key, subresource: query.subresource });
      if (waits) await waits;
      return client.patch(kind, key, body, query);
    },
    async delete(kind, key, query) {
      const waits = check("delete", kind, key);
      if (waits) await waits;
      return client.delete(kind, key, query);
    },
    async deleteCollection(kind, select, query) {
      const waits = check("deletecollection", kind, select);
      if (waits) await waits;
      return client.deleteCollection(kind, select, query);
    },
    async bind(pod, nodeName) {
      const waits = check("create", pods, { ...pod, subresource: "binding" });
      if (waits) await waits;
      return client.bind(pod, nodeName);
    },
  };
}
