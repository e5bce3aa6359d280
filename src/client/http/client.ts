/** The Client contract over HTTP: the wire protocol, against wherry or any other Kubernetes API server. */
import { apiVersionOf, type KindRef, type KubeObject } from "../../api/kind.ts";
import type { Client, DeleteQuery, ListQuery, ObjectName, PatchQuery, WatchQuery, WriteQuery } from "../client.ts";
import { deepFreeze } from "./freeze.ts";
import { errorOf, type Response, readJson, readText } from "./response.ts";
import { streamWatch } from "./watch.ts";

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

/** `/api/v1/namespaces/default/pods/web/status?…` */
function resourcePath(
  kind: KindRef,
  where: { namespace?: string; name?: string; subresource?: string },
  query: Record<string, string | number | boolean | undefined> = {},
): string {
  const root = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`;
  const parts = [root];
  if (kind.namespaced && where.namespace) parts.push("namespaces", encodeURIComponent(where.namespace));
  parts.push(kind.plural);
  if (where.name) parts.push(encodeURIComponent(where.name));
  if (where.subresource) parts.push(where.subresource);
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return parts.join("/") + (text ? `?${text}` : "");
}

const listQuery = (q: ListQuery = {}) => ({
  labelSelector: q.labelSelector,
  fieldSelector: q.fieldSelector,
  limit: q.limit,
  continue: q.continue,
  resourceVersion: q.resourceVersion,
});

const writeQuery = (q: WriteQuery = {}) => ({
  dryRun: q.dryRun ? "All" : undefined,
  fieldManager: q.fieldManager,
  fieldValidation: q.fieldValidation,
});

const deleteBody = (q: DeleteQuery = {}) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(q.dryRun ? { dryRun: ["All"] } : {}),
    ...(q.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: q.gracePeriodSeconds }),
    ...(q.propagationPolicy ? { propagationPolicy: q.propagationPolicy } : {}),
    ...(q.preconditions ? { preconditions: q.preconditions } : {}),
  });

/** What the client needs of a transport: a `RestClient`, or what a page makes of `fetch`. */
interface Sender {
  send(request: {
    readonly method: string;
    /** Path and query. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  }): Promise<Response>;
}

export function createHttpClient(rest: Sender): Client {
  const json = async <T>(method: string, path: string, body?: string, contentType = "application/json"): Promise<T> =>
    deepFreeze(
      await readJson<T>(
        await rest.send({
          method,
          path,
          headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": contentType }) },
          ...(body === undefined ? {} : { body }),
        }),
      ),
    );
  const encode = (kind: KindRef, object: KubeObject) =>
    JSON.stringify({ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind });
  const whereOf = (object: KubeObject, query?: WriteQuery) => ({
    ...(object.metadata?.namespace ? { namespace: object.metadata.namespace } : {}),
    ...(query?.subresource ? { subresource: query.subresource } : {}),
  });

  return {
    get: <T extends KubeObject>(kind: KindRef<T>, key: ObjectName) => json<T>("GET", resourcePath(kind, key)),

    async list<T extends KubeObject>(kind: KindRef<T>, query?: ListQuery) {
      const path = resourcePath(kind, namespaceOf(query), listQuery(query));
      const list = await json<{ items?: T[]; metadata: { resourceVersion: string; continue?: string } }>("GET", path);
      // Items of a list carry neither apiVersion nor kind on the wire.
      const items = (list.items ?? []).map((item) =>
        Object.freeze({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...item }),
      );
      const { resourceVersion, continue: next } = list.metadata;
      return { items, resourceVersion, ...(next ? { continue: next } : {}) };
    },

    async watch<T extends KubeObject>(kind: KindRef<T>, query: WatchQuery = {}) {
      const path = resourcePath(kind, namespaceOf(query), {
        ...listQuery(query),
        watch: true,
        allowWatchBookmarks: query.allowWatchBookmarks,
        sendInitialEvents: query.sendInitialEvents,
        resourceVersionMatch: query.sendInitialEvents ? "NotOlderThan" : undefined,
      });
      const abort = new AbortController();
      const headers = { accept: "application/json" };
      const response = await rest.send({ method: "GET", path, headers, signal: abort.signal });
      if (response.status >= 400) throw errorOf(response.status, await readText(response));
      return streamWatch<T>(response, abort);
    },

    create: <T extends KubeObject>(kind: KindRef<T>, object: T, query?: WriteQuery) =>
      json<T>("POST", resourcePath(kind, whereOf(object, query), writeQuery(query)), encode(kind, object)),

    update: <T extends KubeObject>(kind: KindRef<T>, object: T, query?: WriteQuery) =>
      json<T>(
        "PUT",
        resourcePath(kind, { ...whereOf(object, query), name: object.metadata?.name ?? "" }, writeQuery(query)),
        encode(kind, object),
      ),

    patch: <T extends KubeObject>(kind: KindRef<T>, key: ObjectName, patch: unknown, query: PatchQuery) =>
      json<T>(
        "PATCH",
        resourcePath(
          kind,
          { ...key, ...(query.subresource ? { subresource: query.subresource } : {}) },
          { ...writeQuery(query), force: query.force },
        ),
        JSON.stringify(patch),
        patchTypes[query.type],
      ),

    async delete(kind, key, query) {
      await json("DELETE", resourcePath(kind, key), deleteBody(query));
    },

    async deleteCollection(kind, select, query) {
      await json("DELETE", resourcePath(kind, namespaceOf(select), listQuery(select)), deleteBody(query));
    },

    async bind(pod, nodeName) {
      const { namespace = "", name, uid } = pod;
      const binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { namespace, name, ...(uid ? { uid } : {}) },
        target: { apiVersion: "v1", kind: "Node", name: nodeName },
      };
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/binding`;
      await json("POST", path, JSON.stringify(binding));
    },
  };
}

const namespaceOf = (query?: ListQuery) => (query?.namespace ? { namespace: query.namespace } : {});
