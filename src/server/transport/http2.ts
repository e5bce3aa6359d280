import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Exchange, Peer, ResponseHeaders } from "./exchange.ts";

export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: Peer;
  readonly headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer) {
    this.#stream = stream;
    this.headers = headers;
    this.peer = peer;
    this.method = headers[":method"] ?? "GET";
    const url = headers[":path"] ?? "/";
    const at = url.indexOf("?");
    this.path = at < 0 ? url : url.slice(0, at);
    this.query = at < 0 ? "" : url.slice(at + 1);
  }

  get body() {
    return this.#stream;
  }
  get closed() {
    const { destroyed, closed, headersSent, writableEnded } = this.#stream;
    // Node ends the writable side of a HEAD before it is answered.
    return destroyed || closed || (headersSent && writableEnded);
  }
  get started() {
    return this.#stream.headersSent;
  }
  onClose(fn: () => void) {
    this.#stream.once("close", fn);
  }

  respond(status: number, headers: ResponseHeaders, body: Uint8Array | undefined) {
    if (this.closed || this.started) return;
    const head = { ":status": status, ...headers, ...(body ? { "content-length": String(body.byteLength) } : {}) };
    if (this.method === "HEAD" || !body || body.byteLength === 0) {
      this.#stream.respond(head, { endStream: true });
    } else {
      this.#stream.respond(head);
      this.#stream.end(body);
    }
    // An unread body is drained, so that the client is not left waiting for window.
    if (!this.#stream.readableEnded) this.#stream.resume();
  }

  start(status: number, headers: ResponseHeaders) {
    this.#stream.respond({ ":status": status, ...headers });
    return this.#stream;
  }

  abort() {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}
