/** `/openapi/v3` and `/openapi/v2`, built when first asked for. */
import { createHash } from "node:crypto";
import type { Kind } from "../../api/kind.ts";
import { notAcceptable } from "../../base/errors.ts";
import { parseAccept } from "../request/negotiate.ts";
import type { RequestState } from "../request/state.ts";
import { respondBytes, respondText } from "../respond/respond.ts";
import type { ResponseHeaders } from "../transport/exchange.ts";

const v2Protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const v2ProtobufOld = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
const v3Protobuf = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";
const v3ProtobufOld = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";

const etagOf = (bytes: Uint8Array) => `"${createHash("sha512").update(bytes).digest("hex").toUpperCase()}"`;

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
    return state.exchange.respond(304, { "audit-id": state.auditId, ...all }, undefined);
  }
  await respondBytes(state, 200, body, contentType, all);
}

/** `rest` is the path below `/openapi/`. */
export async function serveOpenApi(state: RequestState, rest: readonly string[], resources: Resources): Promise<void> {
  respondText(state, 404, "404 page not found\n");
}
