/**
 * `pods/proxy`, `services/proxy` and `nodes/proxy`: HTTP through the server to a pod's port or to a node's agent.
 * The server has no way into the pods' network; the agent of the pod's node connects, under
 * `/podProxy/{namespace}/{pod}/{scheme}/{port}/{path}`.
 */
import type { EndpointSlice, Pod, Service } from "../../api/generated/types.ts";
import type { Kind } from "../../api/kind.ts";
import type { Random } from "../../base/clock.ts";
import { badRequest, serviceUnavailable } from "../../base/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import type { AgentConnector } from "../agents.ts";
import type { ResourceRequest } from "../request/info.ts";
import type { RequestState } from "../request/state.ts";
import { responseHeaders } from "../respond/respond.ts";
import { askAgent, forward } from "./pod-log.ts";

export interface ProxyContext {
  readonly registry: Registry;
  readonly agents: AgentConnector;
  readonly random: Random;
  kind<T extends object>(group: string, plural: string): Kind<T>;
}

interface Target {
  readonly node: string;
  /** Where the agent finds it; the rest of the path follows. */
  readonly prefix: string;
}

/** `[scheme:]name[:port]`. @throws 400 */
function splitTarget(text: string): { scheme: "http" | "https"; name: string; port: string } {
  const parts = text.split(":");
  const [scheme, name, port] =
    parts.length === 1 ? ["", parts[0], ""] : parts.length === 2 ? ["", parts[0], parts[1]] : parts;
  if (parts.length > 3 || !name || (scheme !== "" && scheme !== "http" && scheme !== "https")) {
    throw badRequest(`invalid proxy request ${JSON.stringify(text)}`);
  }
  return { scheme: scheme === "https" ? "https" : "http", name, port: port ?? "" };
}

const podPath = (namespace: string, pod: string, scheme: string, port: number | string) =>
  `/podProxy/${namespace}/${pod}/${scheme}/${port}`;

async function podTarget(state: RequestState, info: ResourceRequest, context: ProxyContext): Promise<Target> {
  const { scheme, name, port } = splitTarget(info.name);
  const { object: pod } = await context.registry.get(
    context.kind<Pod>("", "pods"),
    { namespace: info.namespace, name },
    state,
  );
  const ports = pod.spec?.containers.flatMap((c) => c.ports ?? []) ?? [];
  const chosen = port ? (ports.find((p) => p.name === port)?.containerPort ?? port) : (ports[0]?.containerPort ?? 80);
  const node = pod.spec?.nodeName;
  if (!node || !pod.status?.podIP)
    throw badRequest(`address not allowed: pod ${JSON.stringify(name)} has no address yet`);
  return { node, prefix: podPath(info.namespace, name, scheme, chosen) };
}

async function serviceTarget(state: RequestState, info: ResourceRequest, context: ProxyContext): Promise<Target> {
  const { scheme, name, port } = splitTarget(info.name);
  const { namespace } = info;
  const { registry } = context;
  const { object: service } = await registry.get(context.kind<Service>("", "services"), { namespace, name }, state);
  const ports = service.spec?.ports ?? [];
  const wanted = port
    ? ports.find((p) => p.name === port || String(p.port) === port)
    : ports.length === 1
      ? ports[0]
      : undefined;
  const unavailable = () => serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  if (!wanted)
    throw serviceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const slices = await registry.list(
    context.kind<EndpointSlice>("discovery.k8s.io", "endpointslices"),
    namespace,
    { labelSelector: `kubernetes.io/service-name=${name}` },
    state,
  );
  const candidates = slices.items.flatMap(({ object: slice }) => {
    const slicePort = slice.ports?.find((p) => (p.name ?? "") === (wanted.name ?? ""))?.port;
    if (!slicePort) return [];
    return slice.endpoints
      .filter((e) => e.conditions?.ready !== false && e.nodeName && e.targetRef?.kind === "Pod" && e.targetRef.name)
      .map((e) => ({
        node: e.nodeName as string,
        prefix: podPath(namespace, e.targetRef?.name as string, scheme, slicePort),
      }));
  });
  const target = candidates[Math.floor(context.random.next() * candidates.length)];
  if (!target) throw unavailable();
  return target;
}

/** Headers that concern one connection only, and credentials, which are for us and not for what is behind us. */
const notForwarded = new Set([
  "authorization",
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const hasBody = (method: string) => method !== "GET" && method !== "HEAD";

export const isProxy = (info: ResourceRequest): boolean =>
  info.group === "" &&
  info.version === "v1" &&
  info.subresource === "proxy" &&
  (info.resource === "pods" || info.resource === "services" || info.resource === "nodes");

export async function serveProxy(state: RequestState, info: ResourceRequest, context: ProxyContext): Promise<void> {
  const { exchange } = state;
  const target =
    info.resource === "pods"
      ? await podTarget(state, info, context)
      : info.resource === "services"
        ? await serviceTarget(state, info, context)
        : { node: info.name, prefix: "" };
  const rest = info.rest.length ? `/${info.rest.join("/")}${exchange.path.endsWith("/") ? "/" : ""}` : "/";
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (value !== undefined && !name.startsWith(":") && !name.startsWith("impersonate-") && !notForwarded.has(name)) {
      headers[name] = value;
    }
  }
  headers["x-forwarded-uri"] = exchange.path;
  const answer = await askAgent(context.agents, target.node, {
    method: exchange.method,
    path: `${target.prefix}${rest}${exchange.query ? `?${exchange.query}` : ""}`,
    headers,
    ...(hasBody(exchange.method) ? { body: exchange.body } : {}),
    signal: state.signal,
  });
  const back = { ...responseHeaders(state, "application/octet-stream") };
  delete back["content-type"];
  delete back["cache-control"];
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !notForwarded.has(name)) back[name] = typeof value === "string" ? value : [...value];
  }
  await forward(state, answer.status, answer, back);
}
