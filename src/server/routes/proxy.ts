/**
 * `pods/proxy`, `services/proxy` and `nodes/proxy`: HTTP through the server to a pod's port or to a node's agent.
 * The server has no way into the pods' network; the agent of the pod's node connects, under
 * `/podProxy/{namespace}/{pod}/{scheme}/{port}/{path}`.
 * Rules: apimachinery `pkg/util/proxy/upgradeaware.go`, and `net/http/httputil` below it.
 */
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { deflateRaw, gunzip, gzip, inflateRaw } from "node:zlib";
import { badRequest, serviceUnavailable } from "../../base/errors.ts";
import type { AgentConnector, AgentResponse } from "../agents.ts";
import type { ResourceRequest } from "../request/info.ts";
import type { RequestState } from "../request/state.ts";
import { responseHeaders } from "../respond/respond.ts";
import type { ResponseHeaders } from "../transport/exchange.ts";
import { forward } from "./pod-log.ts";
import { linksThroughProxy, type ProxyPlace, throughProxy } from "./proxy-links.ts";
import { findTarget, type ProxyLookup } from "./proxy-target.ts";

export interface ProxyContext extends ProxyLookup {
  readonly agents: AgentConnector;
}

export const isProxy = (info: ResourceRequest): boolean =>
  info.group === "" &&
  info.version === "v1" &&
  info.subresource === "proxy" &&
  (info.resource === "pods" || info.resource === "services" || info.resource === "nodes");

export async function serveProxy(state: RequestState, info: ResourceRequest, context: ProxyContext): Promise<void> {
  const { exchange, query } = state;
  if (query.text("dryRun") !== undefined) throw badRequest("dryRun is not supported");
  const target = await findTarget(info, context, state);
  const ends = exchange.path.endsWith("/");
  const rest = withoutDots(info.rest);
  const search = exchange.query ? `?${exchange.query}` : "";
  const reads = exchange.method === "GET" || exchange.method === "HEAD";
  if (rest === "" && !ends && reads) {
    // Links of the page at its root would lead a step too high.
    const location = `${exchange.path}/${search}`;
    return exchange.respond(301, { ...responseHeaders(state, "text/plain"), location }, undefined);
  }
  const own = prefixOf(exchange.path, info);
  const path = rest + (ends || rest === "" ? "/" : "");
  const { host, ":authority": authority } = exchange.headers;
  const askedHost = host ?? String(authority ?? "");
  const answer = await context.agents
    .request(target.node, {
      method: exchange.method,
      path: `${target.path}${path}${search}`,
      headers: { ...onward(state), host: askedHost, "x-forwarded-uri": `${own}${path}` },
      ...(exchange.hasBody ? { body: exchange.body } : {}),
      signal: state.signal,
    })
    .catch((error: Error) => {
      throw serviceUnavailable(`error trying to reach service: ${error.message}`);
    });
  await sendBack(state, answer, { prefix: own, host: target.host, askedHost });
}

/** The part of the path that is not the proxied server's. */
function prefixOf(path: string, { rest }: ResourceRequest): string {
  const segments = path.split("/");
  for (let left = rest.length; left > 0 || segments.at(-1) === ""; ) if (segments.pop() !== "") left--;
  return segments.join("/");
}

/** The path without `.` and `..`: it leads nowhere but into what was allowed. Empty, or begins with a slash. */
function withoutDots(segments: readonly string[]): string {
  const kept: string[] = [];
  for (const segment of segments) {
    const plain = segment.replace(/%2e/gi, ".");
    if (plain === "..") kept.pop();
    else if (plain !== ".") kept.push(segment);
  }
  return kept.map((segment) => `/${segment}`).join("");
}

/** Headers that concern one connection only. */
const hopByHop = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** A pod's word on who may read what comes from the API server. */
const crossOrigin = /^access-control-allow-(credentials|headers|methods|origin)$/;

function onward({ exchange }: RequestState): Record<string, string | string[]> {
  const { headers, peer } = exchange;
  const named = String(headers.connection ?? "")
    .toLowerCase()
    .split(/\s*,\s*/);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    // Credentials are for us, and not for what is behind us.
    const ours = name.startsWith(":") || name === "authorization" || name.startsWith("impersonate-");
    if (value !== undefined && !ours && !hopByHop.has(name) && !named.includes(name)) kept[name] = value;
  }
  // Node frames the body of a DELETE only when it is told how.
  if (exchange.hasBody && !kept["content-length"]) kept["transfer-encoding"] = "chunked";
  if (peer.address) kept["x-forwarded-for"] = [kept["x-forwarded-for"] ?? [], peer.address].flat().join(", ");
  return kept;
}

async function sendBack(state: RequestState, answer: AgentResponse, place: ProxyPlace): Promise<void> {
  const { "content-type": _, "cache-control": __, ...headers }: ResponseHeaders = responseHeaders(state, "");
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || hopByHop.has(name) || crossOrigin.test(name)) continue;
    headers[name] = typeof value === "string" ? value : [...value];
  }
  if (typeof headers.location === "string") headers.location = throughProxy(headers.location, place);
  else if (isHtml(headers) && state.exchange.method !== "HEAD") {
    const body = await withLinks(await readAll(answer.body), headers["content-encoding"], place);
    headers["content-length"] = String(body.length);
    return forward(state, answer.status, { ...answer, body: Readable.from([body]) }, headers);
  }
  await forward(state, answer.status, answer, headers);
}

const isHtml = (headers: ResponseHeaders) =>
  String(headers["content-type"] ?? "")
    .split(";", 1)[0]
    ?.trim() === "text/html";

/** How to unpack an encoding, and to pack again; of another one the links stay as they are. */
const encodings: Readonly<Record<string, readonly ((bytes: Buffer) => Promise<Buffer>)[]>> = {
  gzip: [promisify<Buffer, Buffer>(gunzip), promisify<Buffer, Buffer>(gzip)],
  deflate: [promisify<Buffer, Buffer>(inflateRaw), promisify<Buffer, Buffer>(deflateRaw)],
};

async function withLinks(body: Buffer, encoding: string | string[] | undefined, place: ProxyPlace): Promise<Buffer> {
  const rewrite = (html: Buffer) => Buffer.from(linksThroughProxy(html.toString("latin1"), place), "latin1");
  if (!encoding) return rewrite(body);
  const [unpack, pack] = encodings[String(encoding)] ?? [];
  if (!unpack || !pack) return body;
  const plain = await unpack(body).catch(() => undefined);
  return plain ? pack(rewrite(plain)) : body;
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
