/** Writing answers: encoding, compression, the headers every answer carries, and failures as `Status`. */
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { internalError, type Status, StatusError } from "../../base/errors.ts";
import type { AnswerForm } from "../request/negotiate.ts";
import { wantsPretty } from "../request/negotiate.ts";
import type { RequestState } from "../request/state.ts";
import type { ResponseHeaders } from "../transport/exchange.ts";

const compress = promisify(gzip);
/** Upstream compresses answers above this size, at its fastest level. */
const compressAbove = 128 * 1024;

/** `299 - "text"`, quoted and without line breaks. */
const warningHeader = (text: string) =>
  `299 - "${text
    .replace(/[\r\n]+/g, " ")
    .replace(/[^\x20-\x7e]/g, "?")
    .replace(/[\\"]/g, "\\$&")}"`;

export function responseHeaders(state: RequestState, contentType: string): ResponseHeaders {
  const headers: ResponseHeaders = {
    "audit-id": state.auditId,
    "cache-control": "no-cache, private",
    "content-type": contentType,
  };
  if (state.warnings.length) headers.warning = [...new Set(state.warnings)].map(warningHeader);
  return headers;
}

/** Sends bytes that are JSON already, in the form the client wants. */
export async function respondJson(
  state: RequestState,
  status: number,
  json: Uint8Array,
  form: AnswerForm,
): Promise<void> {
  let body = json;
  if (form.format === "yaml") {
    const { toYaml } = await import("../request/yaml.ts");
    body = Buffer.from(await toYaml(JSON.parse(Buffer.from(json).toString())));
  } else if (wantsPretty(state.query.text("pretty"), state.exchange.headers["user-agent"])) {
    body = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(json).toString()), null, 2));
  } else if (json.at(-1) !== newline) {
    const ended = Buffer.allocUnsafe(json.byteLength + 1);
    ended.set(json);
    ended[json.byteLength] = newline;
    body = ended;
  }
  await respondBytes(state, status, body, form.contentType);
}

const newline = 10;

export const respondObject = (state: RequestState, status: number, value: unknown, form: AnswerForm) =>
  respondJson(state, status, Buffer.from(JSON.stringify(value)), form);

/** Sends bytes as they are, compressed when they are many and the client takes gzip. */
export async function respondBytes(
  state: RequestState,
  status: number,
  body: Uint8Array,
  contentType: string,
  more: ResponseHeaders = {},
): Promise<void> {
  const headers = { ...responseHeaders(state, contentType), ...more };
  let bytes = body;
  if (bytes.byteLength > compressAbove && acceptsGzip(state.exchange.headers["accept-encoding"])) {
    bytes = await compress(bytes, { level: constants.Z_BEST_SPEED });
    headers["content-encoding"] = "gzip";
    headers.vary = "Accept-Encoding";
  }
  state.exchange.respond(status, headers, bytes);
}

const acceptsGzip = (header: string | string[] | undefined): boolean =>
  header !== undefined &&
  [header].flat().some((h) => h.split(",").some((part) => part.split(";", 1)[0]?.trim() === "gzip"));

export const respondText = (state: RequestState, status: number, text: string, more: ResponseHeaders = {}) =>
  state.exchange.respond(
    status,
    { ...responseHeaders(state, "text/plain; charset=utf-8"), "x-content-type-options": "nosniff", ...more },
    Buffer.from(text),
  );

/** Every failure as a `Status`; what is not a StatusError is a defect of ours: logged, and shown as an internal error. */
export function statusOf(error: unknown, state: RequestState): Status {
  if (error instanceof StatusError) return error.status;
  state.logger.error("request failed", { method: state.exchange.method, path: state.exchange.path, error });
  return internalError(error instanceof Error ? error.message : String(error)).status;
}

export function respondError(state: RequestState, error: unknown): void {
  const status = statusOf(error, state);
  if (state.exchange.closed) return;
  if (state.exchange.started) {
    state.exchange.abort();
    return;
  }
  const pretty = wantsPretty(state.query.text("pretty"), state.exchange.headers["user-agent"]);
  const headers = responseHeaders(state, "application/json");
  const retry = status.details?.retryAfterSeconds;
  if (retry) headers["retry-after"] = String(retry);
  const text = pretty ? JSON.stringify(status, null, 2) : `${JSON.stringify(status)}\n`;
  state.exchange.respond(status.code ?? 500, headers, Buffer.from(text));
}
