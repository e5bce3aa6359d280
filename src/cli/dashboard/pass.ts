/** `/k8s/…`: a request of the page passed to the API server, with the credentials of the kubeconfig's context. */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { StatusError } from "../../base/errors.ts";
import { ConnectionError, type RestClient, type RestResponse } from "../../client/http/rest.ts";
import { foreignHeaders, sendStatus } from "./respond.ts";

/** They concern one connection only. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What the page sends of its own accord or of the browser's, and the API server must not get: who asks is our matter. */
const notOnward = new Set(["authorization", "cookie", "host", "http2-settings", "origin", "referer", "user-agent"]);
const notOnwardPrefixes = ["impersonate-", "proxy-", "sec-", "x-forwarded-", "x-remote-"];

/** What a server says to a browser about the site, which here is the dashboard. */
const notBack = new Set([
  "alt-svc",
  "clear-site-data",
  "content-security-policy-report-only",
  "link",
  "refresh",
  "service-worker-allowed",
  "set-cookie",
  "strict-transport-security",
]);

const named = ({ connection }: IncomingHttpHeaders) => (connection ?? "").toLowerCase().split(/, */);

function onward(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const own = named(headers);
  const passes = (name: string) =>
    !hopByHop.has(name) &&
    !notOnward.has(name) &&
    !own.includes(name) &&
    !notOnwardPrefixes.some((prefix) => name.startsWith(prefix));
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined && passes(entry[0]),
    ),
  );
}

function back({ headers }: RestResponse): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(
    ([name]) => !hopByHop.has(name) && !notBack.has(name) && !name.startsWith("access-control-"),
  );
  const all: OutgoingHttpHeaders = { "cache-control": "no-store", ...Object.fromEntries(kept), ...foreignHeaders };
  // A redirect within the API server stays below our prefix.
  if (typeof all.location === "string" && /^\/(?!\/)/.test(all.location)) all.location = `/k8s${all.location}`;
  return all;
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** Why nothing came back, in words: 502. */
export const unreachable = (error: ConnectionError, server: string): StatusError =>
  new StatusError(502, "BadGateway", `cannot reach the API server at ${server}: ${error.message || error.code}`);

/** @param path path and query, as the API server knows them */
export async function pass(request: IncomingMessage, response: ServerResponse, path: string, rest: RestClient) {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  let answer: RestResponse;
  try {
    answer = await rest.send({
      method: request.method ?? "GET",
      path,
      headers: onward(request.headers),
      ...(hasBody(request) ? { body: request } : {}),
      signal: gone.signal,
    });
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!(error instanceof ConnectionError)) throw error;
    return sendStatus(response, unreachable(error, rest.config.server).status);
  }
  response.writeHead(answer.status, back(answer));
  // A watch may be silent for long: that it stands is told at once.
  response.flushHeaders();
  // Whichever side goes away first, the other one is ended.
  pipeline(answer.body, response, () => answer.body.destroy());
}
