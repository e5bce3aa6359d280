import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { bodyLength, type Exchange, type Peer, type ResponseHeaders } from "./exchange.ts";

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
  get hasBody() {
    return !this.#stream.endAfterHeaders;
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

  respond(status: number, headers: ResponseHeaders, body: Uint8Array | readonly Uint8Array[] | undefined) {
    if (this.closed || this.started) return;
    const stream = this.#stream;
    const size = body ? bodyLength(body) : 0;
    const head: Record<string, number | string | string[]> = headers;
    head[":status"] = status;
    if (body) head["content-length"] = size;
    if (this.method === "HEAD" || !body || size === 0) {
      stream.respond(head, { endStream: true });
    } else {
      stream.respond(head);
      if (body instanceof Uint8Array) stream.end(body);
      else {
        stream.cork();
        for (const piece of body) stream.write(piece);
        stream.end();
      }
    }
    // A body that was not read is drained, so that the client is not left waiting for window.
    if (!stream.readableEnded) stream.resume();
  }

  start(status: number, headers: ResponseHeaders) {
    this.#stream.respond({ ":status": status, ...headers });
    return this.#stream;
  }

  abort() {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}
