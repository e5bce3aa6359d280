/** What carries one request to an API server, whichever version of HTTP it speaks. */
import type { Duplex, Readable } from "node:stream";
import type { CredentialSource } from "../credentials/source.ts";
import type { Patience } from "./patience.ts";

/** Where an API server is and how to prove who we are. */
export interface RestConfig {
  /** `https://host:port`, perhaps with a path in front of the API's. */
  readonly server: string;
  /** Connect to this Unix socket instead of the host; TLS and names stay as `server` says. */
  readonly socketPath?: string;
  /** PEM of the authorities to trust; the system's when absent, with what `NODE_EXTRA_CA_CERTS` names. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** Name to check the server's certificate against, when it is not the host's. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Used when neither token, name nor certificate is given. */
  readonly credentials?: CredentialSource;
  /** `http:`, `https:` or `socks5:` address of a proxy that all connections go through. */
  readonly proxy?: string;
  readonly impersonate?: Impersonation;
  readonly userAgent: string;
  /** Default 1. */
  readonly httpVersion?: 1 | 2;
  /** Default: Go's. */
  readonly patience?: Patience;
}

export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface RestRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array | string | Readable;
  readonly signal?: AbortSignal;
}

export interface RestResponse {
  readonly status: number;
  /** The server's own words for the status; HTTP/2 has none. */
  readonly statusText?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
  /** Of an answer that switches protocols (101, over HTTP/1.1): the connection, which is the caller's from now on. */
  readonly socket?: Duplex;
}

/** A connection that could not be made or was lost; `code` is the system's, for example ECONNREFUSED. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly code: string;
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.code = (cause as NodeJS.ErrnoException).code ?? "";
  }
}

export interface Transport {
  send(request: RestRequest): Promise<RestResponse>;
  /**
   * Takes the first step towards the connection of the first request, which may come a little later: what has to be done
   * before can be done meanwhile. Of a failure that request will tell.
   */
  begin?(): Promise<void>;
  close(): void;
}
