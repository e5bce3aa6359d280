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
      await check("get", kind, key);
      return client.get(kind, key);
    },
    async list(kind, query = {}) {
      await check("list", kind, query);
      return client.list(kind, query);
    },
    async watch(kind, query = {}) {
      await check("watch", kind, query);
      return client.watch(kind, query);
    },
    async create(kind, object, query) {
      const { namespace } = object.metadata ?? {};
      await check("create", kind, { namespace, subresource: query?.subresource });
      return client.create(kind, object, query);
    },
    async update(kind, object, query) {
      const { namespace, name } = object.metadata ?? {};
      await check("update", kind, { namespace, name, subresource: query?.subresource });
      return client.update(kind, object, query);
    },
    async patch(kind, key, body, query) {
      await check("patch", kind, { ...key, subresource: query.subresource });
      return client.patch(kind, key, body, query);
    },
    async delete(kind, key, query) {
      await check("delete", kind, key);
      return client.delete(kind, key, query);
    },
    async deleteCollection(kind, select, query) {
      await check("deletecollection", kind, select);
      return client.deleteCollection(kind, select, query);
    },
    async bind(pod, nodeName) {
      await check("create", pods, { ...pod, subresource: "binding" });
      return client.bind(pod, nodeName);
    },
  };
}
