/** `/openapi/v3` and `/openapi/v2`: documents that are built when first asked for. */
import { createHash } from "node:crypto";
import { notAcceptable } from "../../base/errors.ts";
import type { OpenApi } from "../openapi/openapi.ts";
import { parseAccept } from "../request/negotiate.ts";
import type { RequestState } from "../request/state.ts";
import type { Resources } from "../resources.ts";
import { respondBytes } from "../respond/respond.ts";
import type { ResponseHeaders } from "../transport/exchange.ts";
import { unknownPath } from "./call.ts";

/** kubectl asks with an @, which is no media type and which it would not take in an answer. */
const v2ProtobufAnswer = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
const v2Protobuf = new Set(["application/com.github.proto-openapi.spec.v2@v1.0+protobuf", v2ProtobufAnswer]);
const json = new Set(["application/json", "application/*", "*/*"]);

const built = new WeakMap<Resources, Promise<OpenApi>>();
const etags = new WeakMap<Uint8Array, string>();

function openApiOf(resources: Resources): Promise<OpenApi> {
  let documents = built.get(resources);
  if (!documents) {
    documents = import("../openapi/openapi.ts").then(({ createOpenApi }) => createOpenApi(resources.all));
    built.set(resources, documents);
  }
  return documents;
}

function etagOf(bytes: Uint8Array): string {
  let etag = etags.get(bytes);
  if (!etag) {
    etag = `"${createHash("sha512").update(bytes).digest("hex").toUpperCase()}"`;
    etags.set(bytes, etag);
  }
  return etag;
}

/** The media type to answer with. @throws 406 */
function chooseType(accept: string | undefined, protobuf: ReadonlySet<string>): string {
  for (const { type } of parseAccept(accept || "*/*")) {
    if (json.has(type)) return "application/json";
    if (protobuf.has(type)) return type;
  }
  const accepted = ["application/json", ...protobuf].join(", ");
  throw notAcceptable(`only the following media types are accepted: ${accepted}`);
}

/** Sends a document that rarely changes: 304 when the client has it already. */
export async function respondDocument(
  state: RequestState,
  body: Uint8Array,
  etag: string,
  contentType: string,
  headers: ResponseHeaders = {},
): Promise<void> {
  const all = { etag, vary: "Accept", ...headers };
  if (state.exchange.headers["if-none-match"] === etag) {
    state.exchange.respond(304, { "audit-id": state.auditId, ...all }, undefined);
    return;
  }
  await respondBytes(state, 200, body, contentType, all);
}

/** @param rest path segments below `/openapi/` */
export async function serveOpenApi(state: RequestState, rest: readonly string[], resources: Resources): Promise<void> {
  const [form, ...below] = rest;
  const { accept } = state.exchange.headers;
  const send = (bytes: Uint8Array, type: string, headers?: ResponseHeaders) =>
    respondDocument(state, bytes, etagOf(bytes), type, headers);

  const openApi = await openApiOf(resources);
  if (form === "v2" && !below.length) {
    const type = chooseType(accept, v2Protobuf);
    return type === "application/json" ? send(openApi.v2Json(), type) : send(openApi.v2Protobuf(), v2ProtobufAnswer);
  }
  if (form !== "v3") throw unknownPath();
  chooseType(accept, new Set());
  if (!below.length) return send(openApi.v3Index(), "application/json");
  const document = openApi.v3Document(below.join("/"));
  if (!document) throw unknownPath();
  // An address with a hash names one content for ever.
  const headers = state.query.has("hash") ? { "cache-control": "public, immutable" } : undefined;
  return send(document, "application/json", headers);
}
