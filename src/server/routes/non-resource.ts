/** What is not a resource: discovery, version, OpenAPI. */
import type { AnswerForm } from "../request/negotiate.ts";
import { negotiateAnswer, parseAccept } from "../request/negotiate.ts";
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
      return respondBytes(state, 200, Buffer.from(JSON.stringify(version, null, 2)), "application/json");
    case "api":
    case "apis":
      return serveDiscovery(state, root, rest, context.discovery);
    case "openapi":
      return serveOpenApi(state, rest, context.resources);
    case undefined:
      return respondObject(state, 200, { paths: rootPaths }, plain);
  }
  respondText(state, 404, "404 page not found\n");
}

const plain: AnswerForm = { format: "json", contentType: "application/json" };
const rootPaths = [
  "/api",
  "/api/v1",
  "/apis",
  "/healthz",
  "/livez",
  "/openapi/v2",
  "/openapi/v3",
  "/readyz",
  "/version",
];

async function serveDiscovery(state: RequestState, root: "api" | "apis", rest: string[], discovery: Discovery) {
  const { headers } = state.exchange;
  const wanted = rest.length === 0 ? aggregatedVersion(headers.accept) : undefined;
  if (wanted) {
    const { body, etag } = discovery.aggregated(root, wanted);
    const type = `application/json;g=apidiscovery.k8s.io;v=${wanted};as=APIGroupDiscoveryList`;
    return respondDocument(state, body, etag, type, { "cache-control": "public" });
  }
  const document = plainDocument(root, rest, discovery, String(headers.host ?? headers[":authority"] ?? ""));
  if (!document) throw unknownPath();
  await respondObject(state, 200, document, negotiateAnswer(headers.accept, false));
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
