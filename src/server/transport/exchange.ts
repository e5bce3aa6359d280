/** One request and its answer, the same over HTTP/1.1 and HTTP/2. */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable, Writable } from "node:stream";
import type { PeerCertificate } from "node:tls";
import { lengthOf } from "../../base/bytes.ts";

/** Lower-case names. Several values become several header lines. */
export type ResponseHeaders = Record<string, string | string[]>;

/** The connection a request came over. The same object for all requests of one connection. */
export interface Peer {
  /** Where it comes from; empty over a Unix socket. */
  readonly address: string;
  /** The certificate the client presented, and whether our CA signed it; undefined when it presented none. */
  readonly certificate: { readonly details: PeerCertificate; readonly trusted: boolean } | undefined;
}

export interface Exchange {
  readonly method: string;
  /** As sent, percent-encoded, without the query. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  readonly body: Readable;
  /** A body comes, or may come. */
  readonly hasBody: boolean;
  /** The client is gone, or the answer is complete. */
  readonly closed: boolean;
  /** Calls `fn` once, when {@link closed} becomes true. */
  onClose(fn: () => void): void;
  /** The head of the answer has been sent. */
  readonly started: boolean;
  /**
   * Answers and ends. Does nothing when the exchange is closed already.
   * @param body in one piece, or in several that follow each other
   */
  respond(status: number, headers: ResponseHeaders, body: Uint8Array | readonly Uint8Array[] | undefined): void;
  /** Sends the head and gives the stream to write the body to. */
  start(status: number, headers: ResponseHeaders): Writable;
  /** Ends the exchange without, or in the middle of, an answer. */
  abort(): void;
}

/** The length of a body in bytes. */
export const bodyLength = (body: Uint8Array | readonly Uint8Array[]): number =>
  body instanceof Uint8Array ? body.byteLength : lengthOf(body);
