/** What `…/proxy` leads to: a pod's port, a port of one of a Service's pods, or a node's agent. */
import type { EndpointSlice, Node, Pod, Service } from "../../api/generated/types.ts";
import type { Kind } from "../../api/kind.ts";
import type { Random } from "../../base/clock.ts";
import { badRequest, isNotFound, notFound, serviceUnavailable } from "../../base/errors.ts";
import type { Registry, RequestContext } from "../../registry/registry.ts";
import type { ResourceRequest } from "../request/info.ts";

export interface ProxyLookup {
  readonly registry: Registry;
  readonly random: Random;
  kind<T extends object>(group: string, plural: string): Kind<T>;
}

export interface ProxyTarget {
  /** Whose agent is asked. */
  readonly node: string;
  /** Where the agent finds it; the rest of the path follows. */
  readonly path: string;
  /** `address:port`, as it is named in errors and in links. */
  readonly host: string;
}

/** The kubelet's. */
const agentPort = "10250";

interface Named {
  readonly scheme: "http" | "https";
  readonly name: string;
  /** Empty: none was named. */
  readonly port: string;
}

/** `name`, `name:port` or `scheme:name:port`. @throws 400 */
function splitName(text: string, what: string): Named {
  const parts = text.split(":");
  const [scheme = "", name = "", port = ""] = parts.length === 3 ? parts : ["", ...parts];
  if (parts.length > 3 || !name || !["", "http", "https"].includes(scheme)) {
    throw badRequest(`invalid ${what} request ${JSON.stringify(text)}`);
  }
  return { scheme: scheme === "https" ? "https" : "http", name, port };
}

/** @throws 400, 404 and 503 in upstream's words */
export function findTarget(info: ResourceRequest, lookup: ProxyLookup, context: RequestContext): Promise<ProxyTarget> {
  if (info.resource === "pods") return podTarget(info, lookup, context);
  return info.resource === "services" ? serviceTarget(info, lookup, context) : nodeTarget(info, lookup, context);
}

async function podTarget(info: ResourceRequest, lookup: ProxyLookup, context: RequestContext): Promise<ProxyTarget> {
  const { scheme, name, port } = splitName(info.name, "pod");
  const pod = await getPod(info.namespace, name, lookup, context);
  const ports = pod.spec?.containers.flatMap((c) => c.ports ?? []) ?? [];
  const first = ports[0]?.containerPort ?? (scheme === "https" ? 443 : 80);
  const chosen = port ? (ports.find((p) => p.name === port)?.containerPort ?? port) : first;
  const node = pod.spec?.nodeName;
  const ip = pod.status?.podIP;
  if (!node || !ip) throw badRequest("address not allowed");
  if (!/^\d{1,5}$/.test(String(chosen))) {
    throw serviceUnavailable(`error trying to reach service: dial tcp: lookup tcp/${chosen}: unknown port`);
  }
  return target(pod, node, ip, scheme, Number(chosen));
}

async function serviceTarget(
  { namespace, name: id }: ResourceRequest,
  lookup: ProxyLookup,
  context: RequestContext,
): Promise<ProxyTarget> {
  const { scheme, name, port } = splitName(id, "service");
  const { registry, random, kind } = lookup;
  const isNumber = /^-?\d+$/.test(port);
  const service = await getService(namespace, name, lookup, context).catch((error: unknown) => {
    // A Service's endpoints have its name, and are what is asked for unless the port has to be looked up.
    throw isNotFound(error) && !isNumber ? notFound({ group: "", resource: "endpoints" }, name) : error;
  });
  const declared = service.spec?.ports?.find((p) => p.port === Number(port));
  if (isNumber && !declared) {
    throw serviceUnavailable(`no service port ${Number(port)} found for service ${JSON.stringify(name)}`);
  }
  const portName = isNumber ? (declared?.name ?? "") : port;
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = await registry.list(
    kind<EndpointSlice>("discovery.k8s.io", "endpointslices"),
    namespace,
    { labelSelector },
    context,
  );
  const all = slices.items.flatMap(({ object }) => object);
  const none = (text: string) => serviceUnavailable(`no endpoints available for service ${JSON.stringify(text)}`);
  if (!all.some(({ endpoints }) => endpoints?.length)) throw none(name);
  const candidates = all.flatMap(({ ports, endpoints }) => {
    const number = ports?.find((p) => (p.name ?? "") === portName)?.port;
    const ready = (endpoints ?? []).filter((e) => e.conditions?.ready !== false && e.targetRef?.kind === "Pod");
    return number === undefined ? [] : ready.map((endpoint) => ({ endpoint, number }));
  });
  // A random one; if it is no pod any more, those that follow it.
  const start = Math.floor(random.next() * candidates.length);
  for (const { endpoint, number } of [...candidates.slice(start), ...candidates.slice(0, start)]) {
    const pod = await findPod(
      endpoint.targetRef?.namespace ?? namespace,
      endpoint.targetRef?.name ?? "",
      lookup,
      context,
    );
    const [ip = ""] = endpoint.addresses;
    const node = pod?.spec?.nodeName;
    if (pod && node && pod.status?.podIP === ip) return target(pod, node, ip, scheme, number);
  }
  throw none(id);
}

async function nodeTarget(info: ResourceRequest, lookup: ProxyLookup, context: RequestContext): Promise<ProxyTarget> {
  const { name, port } = splitName(info.name, "node");
  await lookup.registry.get(lookup.kind<Node>("", "nodes"), { namespace: "", name }, context);
  if (port !== "" && port !== agentPort) {
    throw badRequest(
      `node ${JSON.stringify(name)} is reached at the port of its agent only, ${agentPort}, not at ${port}`,
    );
  }
  return { node: name, path: "", host: `${name}:${agentPort}` };
}

const target = ({ metadata }: Pod, node: string, ip: string, scheme: string, port: number): ProxyTarget => ({
  node,
  path: `/podProxy/${metadata?.namespace}/${metadata?.name}/${scheme}/${port}`,
  host: `${ip}:${port}`,
});

const getPod = async (namespace: string, name: string, { registry, kind }: ProxyLookup, context: RequestContext) =>
  (await registry.get(kind<Pod>("", "pods"), { namespace, name }, context)).object;

const getService = async (namespace: string, name: string, { registry, kind }: ProxyLookup, context: RequestContext) =>
  (await registry.get(kind<Service>("", "services"), { namespace, name }, context)).object;

async function findPod(namespace: string, name: string, lookup: ProxyLookup, context: RequestContext) {
  try {
    return await getPod(namespace, name, lookup, context);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
