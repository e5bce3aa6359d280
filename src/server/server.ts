/**
 * The API server: HTTP over the registry. Every request is authenticated, authorized and then routed; every failure is
 * answered as a `Status`.
 */
import type { Pod } from "../api/generated/types.ts";
import type { Kind } from "../api/kind.ts";
import type { Clock, Random } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { badRequest, isNotFound, StatusError, unauthorized } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { ObjectKey, Registry, UserInfo } from "../registry/registry.ts";
import type { AgentConnector } from "./agents.ts";
import { anonymous, authenticate, type TokenAuthenticator } from "./authn/authenticate.ts";
import { impersonate } from "./authn/impersonate.ts";
import { firstOf, serviceAccountTokens } from "./authn/service-account-tokens.ts";
import { tokenIssuer } from "./authn/token-issuer.ts";
import { type Attributes, type Authorizer, assertAllowed, type ResourceAttributes } from "./authz/authorizer.ts";
import { builtInAuthorizer } from "./authz/built-in.ts";
import type { Pki } from "./pki/pki.ts";
import { type RequestInfo, RequestInfos, type ResourceRequest } from "./request/info.ts";
import { nameOfFieldSelector, Query } from "./request/query.ts";
import { RequestState } from "./request/state.ts";
import { indexResources } from "./resources.ts";
import { ListBytes } from "./respond/list.ts";
import { respondError, respondText } from "./respond/respond.ts";
import { isBinding, serveBinding } from "./routes/binding.ts";
import { notAllowed, UnknownPath, unknownPath, unknownResource } from "./routes/call.ts";
import { describe } from "./routes/discovery.ts";
import { type HealthCheck, isHealthPath, serveHealth } from "./routes/health.ts";
import { serveNonResource } from "./routes/non-resource.ts";
import { serveLog } from "./routes/pod-log.ts";
import { isProxy, serveProxy } from "./routes/proxy.ts";
import { handlerOf } from "./routes/resource-verbs.ts";
import { isReview, serveReview } from "./routes/reviews.ts";
import { isTokenRequest, serveTokenRequest } from "./routes/service-account-token.ts";
import type { Exchange } from "./transport/exchange.ts";
import { createListener, type Listening, type ListenOptions } from "./transport/listener.ts";

export interface ApiServerOptions {
  readonly registry: Registry;
  /** What is served; all of the registry's when absent. */
  readonly kinds?: readonly Kind[];
  /** Absent: the built-in policy. */
  readonly authorizer?: Authorizer;
  /** Further bearer tokens, beside those of service accounts. */
  readonly authenticator?: TokenAuthenticator;
  readonly pki: Pick<Pki, "ca" | "server" | "serviceAccountKey">;
  readonly agents: AgentConnector;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Beside `ping`; shown by `?verbose`. */
  readonly healthChecks?: readonly HealthCheck[];
  /** For requests that don't last by nature. Default 60,000. */
  readonly requestTimeoutMs?: number;
}

export interface ApiServer {
  /** Starts to listen on TCP, on a Unix socket, or on both. Resolves with the TCP port. */
  listen(options: ListenOptions): Promise<Listening>;
  /** Ends watches and connections. */
  close(): Promise<void>;
}

interface InFlight {
  readonly state: RequestState;
  readonly deadline: number;
}

/** Where upstream answers a HEAD with 405. */
const withoutHead = /^\/(?:apis?|version)(?:\/|$)/;

/** Requests that last as long as both sides want. */
const longRunning = (info: RequestInfo) =>
  info.isResource && (info.verb === "watch" || info.subresource === "log" || info.subresource === "proxy");

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { registry, agents, clock, random, logger, pki } = options;
  const kinds = options.kinds ?? registry.kinds;
  const resources = indexResources(kinds);
  const kind = <T extends object>(group: string, plural: string): Kind<T> => {
    const found = (kinds as unknown as readonly Kind<T>[]).find((k) => k.group === group && k.plural === plural);
    if (!found) throw unknownPath();
    return found;
  };
  const authorizer = options.authorizer ?? builtInAuthorizer(registryLookups(registry, () => kind("", "pods")));
  const tokens = serviceAccountTokens({
    key: pki.serviceAccountKey,
    clock,
    random,
    uidOf: (resource, namespace, name) => uidOf(registry, kind("", resource), { namespace, name }),
  });
  const authenticator = options.authenticator ? firstOf(tokens, options.authenticator) : tokens;
  const issuer = tokenIssuer(pki.serviceAccountKey);
  const discovery = describe(resources);
  const timeoutMs = options.requestTimeoutMs ?? 60_000;
  const checks = options.healthChecks ?? [];

  /** Upstream answers for itself where a group has no such path, and like any web server where there is no group. */
  const isServedGroup = (path: string): boolean => {
    const [root, group = ""] = path.split("/").filter(Boolean);
    return root === "api" || (root === "apis" && discovery.group(group) !== undefined);
  };

  const lists = new ListBytes();
  const inFlight = new Set<InFlight>();
  const expire = () => {
    const now = clock.monotonic();
    for (const request of inFlight) {
      if (request.deadline > now) continue;
      inFlight.delete(request);
      const text = "Timeout: request did not complete within the allotted timeout";
      respondError(request.state, new StatusError(504, "Timeout", text, {}));
      request.state.abort();
    }
  };

  /** How long a request may take. @throws 400 */
  const timeoutOf = (state: RequestState): number => {
    const text = state.query.text("timeout");
    if (text === undefined) return timeoutMs;
    const asked = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
    if (asked === undefined) {
      throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`);
    }
    return asked > 0 ? Math.min(asked, timeoutMs) : timeoutMs;
  };

  /** Who asks, what for, and may they? Whatever needs no wait is answered before this returns. */
  function route(state: RequestState): Promise<void> | undefined {
    const { exchange } = state;
    const info = infoOf(state);
    const found = authenticate(exchange, authenticator);
    if (found instanceof Promise) return found.then((user) => routeFor(state, info, user));
    return routeFor(state, info, found);
  }

  const infos = new RequestInfos();
  const infoOf = ({ exchange, query }: RequestState): RequestInfo =>
    infos.parse(
      exchange.method,
      exchange.path,
      exchange.query === "",
      () => query.flag("watch"),
      () => nameOfFieldSelector(query.text("fieldSelector")),
    );

  function routeFor(state: RequestState, info: RequestInfo, user: UserInfo | undefined): Promise<void> | undefined {
    const isPublic = !info.isResource && (isHealthPath(info.path) || info.path === "/version");
    if (!user) {
      if (!isPublic) throw unauthorized();
      state.user = anonymous;
    } else {
      state.user = user;
      // Which headers there are is cheaper to ask than to gather.
      const { headers } = state.exchange;
      if (headers["impersonate-user"] || headers["impersonate-group"] || headers["impersonate-uid"]) {
        return impersonate(headers, user, authorizer).then((other) => {
          state.user = other;
          return limited(state, info, isPublic);
        });
      }
    }
    return limited(state, info, isPublic);
  }

  /** Answers within the time a request may take. */
  function limited(state: RequestState, info: RequestInfo, isPublic: boolean): Promise<void> | undefined {
    if (longRunning(info)) return dispatch(state, info);
    const timeout = timeoutOf(state);
    const work = isPublic ? servePublic(state, info) : dispatch(state, info);
    if (!work) return undefined;
    const request = { state, deadline: clock.monotonic() + timeout };
    inFlight.add(request);
    return work.finally(() => inFlight.delete(request));
  }

  const servePublic = (state: RequestState, info: RequestInfo) =>
    isHealthPath(info.path)
      ? serveHealth(state, info.path, checks)
      : serveNonResource(state, info.path, { discovery, resources, issuer });

  function dispatch(state: RequestState, info: RequestInfo): Promise<void> | undefined {
    const attributes = attributesOf(state, info);
    const allowed = assertAllowed(authorizer, attributes);
    return allowed ? allowed.then(() => serve(state, info, attributes)) : serve(state, info, attributes);
  }

  function serve(state: RequestState, info: RequestInfo, attributes: Attributes): Promise<void> | undefined {
    const isProxied = info.isResource && isProxy(info);
    if (state.exchange.method === "HEAD" && withoutHead.test(info.path) && !isProxied) throw notAllowed();
    if (!info.isResource) return serveNonResource(state, info.path, { discovery, resources, issuer });
    if (isReview(info)) return serveReview(state, info, { authorizer, tokens: authenticator, clock });
    if (isTokenRequest(info)) return serveTokenRequest(state, info, { registry, tokens, kind });
    if (isBinding(info)) return serveBinding(state, info, registry);
    if (isProxy(info)) return serveProxy(state, info, { registry, agents, random, kind });
    if (info.group === "" && info.resource === "pods" && info.subresource === "log") {
      if (info.verb !== "get") throw notAllowed();
      return serveLog(state, info, kind<Pod>("", "pods"), registry, agents);
    }
    const resource = resources.find(info.group, info.version, info.resource);
    if (!resource) throw unknownPath();
    const handler = handlerOf(resource, info);
    if (resource.kind.deprecationWarning) state.warn(resource.kind.deprecationWarning);
    return handler(
      { state, info, resource, attributes: attributes as ResourceAttributes },
      { registry, authorizer, clock, random, lists },
    );
  }

  const listener = createListener({ ...pki.server, ca: pki.ca }, (exchange) => {
    const state = newState(exchange);
    const failed = (error: unknown) => {
      try {
        if (!(error instanceof UnknownPath)) respondError(state, error);
        else if (isServedGroup(exchange.path)) respondError(state, unknownResource());
        else respondText(state, 404, `${error.message}\n`);
      } catch (second) {
        logger.error("answering failed", { path: exchange.path, error: second });
        exchange.abort();
      }
    };
    try {
      route(state)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  });

  const newState = (exchange: Exchange) =>
    new RequestState(
      exchange,
      Query.parse(exchange.query),
      (exchange.headers["audit-id"] as string | undefined) ?? random.uuid(),
      logger,
      anonymous,
    );

  let stops: readonly (() => void)[] = [];
  return {
    async listen(at) {
      const listening = await listener.listen(at);
      stops = [clock.every(1000, expire), clock.every(30_000, () => lists.clear())];
      return listening;
    },
    async close() {
      for (const stop of stops) stop();
      await listener.close();
    },
  };
}

function attributesOf(state: RequestState, info: RequestInfo): Attributes {
  const { user, query } = state;
  if (!info.isResource) return { isResource: false, user, verb: info.verb, path: info.path };
  const { verb, group, version, namespace, resource, subresource, name, path } = info as ResourceRequest;
  const fieldSelector = query.text("fieldSelector");
  return {
    isResource: true,
    user,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    path,
    ...(fieldSelector ? { fieldSelector } : {}),
  };
}

async function uidOf(registry: Registry, kind: Kind, key: ObjectKey): Promise<string | undefined> {
  try {
    return (await registry.get(kind, key, ownContext)).object.metadata?.uid;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const ownContext = { user: { name: "system:apiserver", groups: ["system:masters"] }, warn: () => {} };

/** What decisions about nodes need, read from the registry. */
function registryLookups(registry: Registry, pods: () => Kind<Pod>) {
  return {
    async pod(namespace: string, name: string) {
      try {
        return (await registry.get(pods(), { namespace, name }, ownContext)).object;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async hasPod(nodeName: string, namespace: string, fits: (pod: Pod) => boolean) {
      const found = await registry.list(pods(), namespace, { fieldSelector: `spec.nodeName=${nodeName}` }, ownContext);
      return found.items.some((stored) => fits(stored.object));
    },
  };
}
