/** Writing answers: encoding, compression, the headers every answer carries, and failures as `Status`. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createGzip, gzip } from "node:zlib";
import { internalError, type Status, StatusError } from "../../base/errors.ts";
import { nextTurn } from "../../base/turn.ts";
import { Refusal } from "../authz/authorizer.ts";
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

/** Bytes in one piece or in several that follow each other. */
export type Bytes = Uint8Array | readonly Uint8Array[];

const piecesOf = (bytes: Bytes): readonly Uint8Array[] => (bytes instanceof Uint8Array ? [bytes] : bytes);
const whole = (bytes: Bytes): Buffer => {
  if (Buffer.isBuffer(bytes)) return bytes;
  return bytes instanceof Uint8Array
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.concat(bytes);
};

/** Is JSON to be written as it is, rather than as YAML or for people's eyes? */
export const isPlain = (state: RequestState, form: AnswerForm): boolean =>
  form.format === "json" && !wantsPretty(state.query.text("pretty"), state.exchange.headers["user-agent"]);

/** Sends bytes that are JSON already, in the form the client wants. At once, unless they must be worked on. */
export function respondJson(
  state: RequestState,
  status: number,
  json: Bytes,
  form: AnswerForm,
): Promise<void> | undefined {
  if (!isPlain(state, form)) return respondConverted(state, status, json, form);
  const last = json instanceof Uint8Array ? json : json.at(-1);
  const ended = last?.at(-1) === newline ? json : [...piecesOf(json), newlineBytes];
  return respondBytes(state, status, ended, form.contentType);
}

async function respondConverted(state: RequestState, status: number, json: Bytes, form: AnswerForm): Promise<void> {
  const value = JSON.parse(whole(json).toString());
  if (form.format === "json") {
    return respondBytes(state, status, Buffer.from(JSON.stringify(value, null, 2)), form.contentType);
  }
  const { toYaml } = await import("../request/yaml.ts");
  return respondBytes(state, status, Buffer.from(await toYaml(value)), form.contentType);
}

const newline = 10;
const newlineBytes = Buffer.of(newline);

export const respondObject = (state: RequestState, status: number, value: unknown, form: AnswerForm) =>
  respondJson(state, status, Buffer.from(JSON.stringify(value)), form);

/** Sends bytes as they are, compressed when they are many and the client takes gzip. At once, unless compressed. */
export function respondBytes(
  state: RequestState,
  status: number,
  body: Bytes,
  contentType: string,
  more?: ResponseHeaders,
): Promise<void> | undefined {
  const headers = responseHeaders(state, contentType);
  if (more) Object.assign(headers, more);
  const pieces = piecesOf(body);
  let size = 0;
  for (const piece of pieces) size += piece.byteLength;
  if (size > compressAbove && acceptsGzip(state.exchange.headers["accept-encoding"])) {
    return respondZipped(state, status, headers, body);
  }
  // Small pieces travel as one; of a large one no copy is made.
  state.exchange.respond(status, headers, size <= copyBelow ? whole(body) : pieces);
  return undefined;
}

async function respondZipped(
  state: RequestState,
  status: number,
  headers: ResponseHeaders,
  body: Bytes,
): Promise<void> {
  const zipped = await compress(whole(body), { level: constants.Z_BEST_SPEED });
  headers["content-encoding"] = "gzip";
  headers.vary = "Accept-Encoding";
  state.exchange.respond(status, headers, zipped);
}

const copyBelow = 64 * 1024;

/** Sends chunks as they are made, as fast as the client takes them, with other work in between. */
export async function respondChunks(
  state: RequestState,
  contentType: string,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  const headers = responseHeaders(state, contentType);
  const zip = acceptsGzip(state.exchange.headers["accept-encoding"]);
  if (zip) Object.assign(headers, { "content-encoding": "gzip", vary: "Accept-Encoding" });
  if (state.exchange.closed) return;
  const out = state.exchange.start(200, headers);
  const paced = Readable.from(pace(chunks));
  // A client that goes away in the middle ends the work; there is nobody to tell.
  const done = zip ? pipeline(paced, createGzip({ level: constants.Z_BEST_SPEED }), out) : pipeline(paced, out);
  await done.catch(() => state.exchange.abort());
}

async function* pace(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    yield chunk;
    await nextTurn();
  }
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
  if (error instanceof Refusal) headers["x-content-type-options"] = "nosniff";
  const retry = status.details?.retryAfterSeconds;
  if (retry) headers["retry-after"] = String(retry);
  const text = pretty ? JSON.stringify(status, null, 2) : `${JSON.stringify(status)}\n`;
  state.exchange.respond(status.code ?? 500, headers, Buffer.from(text));
}
