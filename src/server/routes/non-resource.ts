/** What is not a resource: discovery, version, OpenAPI, and how to verify tokens. */
import type { TokenIssuer } from "../authn/token-issuer.ts";
import type { AnswerForm } from "../request/negotiate.ts";
import { negotiateAnswer, parseAccept, refusedByRouter } from "../request/negotiate.ts";
import type { RequestState } from "../request/state.ts";
import type { Resources } from "../resources.ts";
import { respondBytes, respondObject, respondText } from "../respond/respond.ts";
import { notAllowed, unknownPath } from "./call.ts";
import type { Discovery } from "./discovery.ts";
import { respondDocument, serveOpenApi } from "./openapi.ts";
import { version } from "./version.ts";

export interface NonResourceContext {
  readonly discovery: Discovery;
  readonly resources: Resources;
  readonly issuer: TokenIssuer;
}

/** The version of the aggregated document that is accepted before any plain answer. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  for (const { type, params } of parseAccept(accept ?? "")) {
    if (type !== "application/json") continue;
    if (params.get("as") !== "APIGroupDiscoveryList") return undefined;
    const v = params.get("v");
    if (params.get("g") === "apidiscovery.k8s.io" && (v === "v2" || v === "v2beta1")) return v;
  }
  return undefined;
}

export async function serveNonResource(state: RequestState, path: string, context: NonResourceContext): Promise<void> {
  const { exchange } = state;
  if (exchange.method !== "GET" && exchange.method !== "HEAD") throw notAllowed();
  const parts = path.split("/").filter(Boolean);
  const [root, ...rest] = parts;
  switch (root) {
    case "version":
      if (rest.length) break;
      assertAccepted(state, "application/json");
      return respondBytes(state, 200, Buffer.from(JSON.stringify(version, null, 2)), "application/json");
    case "api":
    case "apis":
      return serveDiscovery(state, root, rest, context.discovery);
    case "openapi":
      return serveOpenApi(state, rest, context.resources);
    case ".well-known":
      if (rest.join("/") !== "openid-configuration") break;
      return serveVerification(state, context.issuer.configuration(hostOf(state)), "application/json");
    case "openid":
      if (rest.join("/") !== "v1/jwks") break;
      return serveVerification(state, context.issuer.keys, "application/jwk-set+json");
    case undefined:
      return respondObject(state, 200, { paths: rootPaths }, plain);
  }
  respondText(state, 404, "404 page not found\n");
}

const plain: AnswerForm = { format: "json", contentType: "application/json" };
const rootPaths = [
  "/.well-known/openid-configuration",
  "/api",
  "/api/v1",
  "/apis",
  "/healthz",
  "/livez",
  "/openapi/v2",
  "/openapi/v3",
  "/openid/v1/jwks",
  "/readyz",
  "/version",
];

const hostOf = ({ exchange: { headers } }: RequestState) => String(headers.host ?? headers[":authority"] ?? "");

/** @throws 406 when the one form that there is is not accepted */
function assertAccepted({ exchange }: RequestState, contentType: string): void {
  const accepted = parseAccept(exchange.headers.accept || "*/*");
  if (accepted.some(({ type }) => type === "*/*" || type === contentType)) return;
  throw refusedByRouter(contentType);
}

/** May be kept for an hour, as upstream's. @throws 405 for HEAD, 406 */
function serveVerification(state: RequestState, document: object, contentType: string) {
  if (state.exchange.method !== "GET") throw notAllowed();
  assertAccepted(state, contentType);
  const more = { "cache-control": "public, max-age=3600" };
  return respondBytes(state, 200, Buffer.from(JSON.stringify(document)), contentType, more);
}

async function serveDiscovery(state: RequestState, root: "api" | "apis", rest: string[], discovery: Discovery) {
  const { headers } = state.exchange;
  const wanted = rest.length === 0 ? aggregatedVersion(headers.accept) : undefined;
  if (wanted) {
    const { body, etag } = discovery.aggregated(root, wanted);
    const type = `application/json;g=apidiscovery.k8s.io;v=${wanted};as=APIGroupDiscoveryList`;
    return respondDocument(state, body, etag, type, { "cache-control": "public" });
  }
  const document = plainDocument(root, rest, discovery, hostOf(state));
  if (!document) throw unknownPath();
  const routed = root === "api" || rest.length === 2;
  await respondObject(state, 200, document, negotiateAnswer(headers.accept, false, routed));
}

function plainDocument(root: "api" | "apis", rest: string[], discovery: Discovery, host: string): object | undefined {
  const [first, second, ...more] = rest;
  if (more.length) return undefined;
  if (root === "api") {
    if (first === undefined) return discovery.coreVersions(host);
    return second === undefined ? discovery.resources("", first) : undefined;
  }
  if (first === undefined) return discovery.groups();
  return second === undefined ? discovery.group(first) : discovery.resources(first, second);
}
