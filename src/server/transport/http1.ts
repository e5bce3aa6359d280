import type { IncomingMessage, ServerResponse } from "node:http";
import { bodyLength, type Exchange, type Peer, type ResponseHeaders } from "./exchange.ts";
import type { Outbox } from "./outbox.ts";

export class Http1Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: Peer;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #outbox: Outbox;
  #answered = false;

  constructor(request: IncomingMessage, response: ServerResponse, peer: Peer, outbox: Outbox) {
    this.#request = request;
    this.#outbox = outbox;
    this.#response = response;
    this.peer = peer;
    this.method = request.method ?? "GET";
    const url = request.url ?? "/";
    const at = url.indexOf("?");
    this.path = at < 0 ? url : url.slice(0, at);
    this.query = at < 0 ? "" : url.slice(at + 1);
  }

  get headers() {
    return this.#request.headers;
  }
  get body() {
    return this.#request;
  }
  get hasBody() {
    const { headers } = this.#request;
    return headers["transfer-encoding"] !== undefined || headers["content-length"] !== undefined;
  }
  get closed() {
    return this.#answered || this.#response.destroyed || this.#response.writableEnded;
  }
  get started() {
    return this.#answered || this.#response.headersSent;
  }
  onClose(fn: () => void) {
    this.#response.once("close", fn);
  }

  respond(status: number, headers: ResponseHeaders, body: Uint8Array | readonly Uint8Array[] | undefined) {
    if (this.closed || this.started) return;
    // An unread body means that we refused it: the connection can't be used again.
    if (!this.#request.complete && this.#request.headers["content-length"] !== "0" && this.hasBody) {
      headers.connection = "close";
    }
    if (body) headers["content-length"] = String(bodyLength(body));
    const response = this.#response;
    if (this.#outbox.open && body instanceof Uint8Array && this.method !== "HEAD") {
      this.#answered = true;
      this.#outbox.add({ response, status, headers, body });
      return;
    }
    response.writeHead(status, headers);
    if (!body || this.method === "HEAD") response.end();
    else if (body instanceof Uint8Array) response.end(body);
    else {
      response.cork();
      for (const piece of body) response.write(piece);
      response.end();
    }
  }

  start(status: number, headers: ResponseHeaders) {
    this.#response.on("error", () => {}); // the client went away; whoever writes sees it as closed
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
    return this.#response;
  }

  abort() {
    this.#response.destroy();
  }
}
