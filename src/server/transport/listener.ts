/**
 * One TLS server for HTTP/2 and HTTP/1.1, on TCP and on a Unix socket at the same time.
 */
import { constants } from "node:crypto";
import { rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer, type Http2ServerRequest, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Exchange, Peer } from "./exchange.ts";
import { Http1Exchange } from "./http1.ts";
import { Http2Exchange } from "./http2.ts";
import { Outbox } from "./outbox.ts";

export interface ListenOptions {
  /** TCP port; 0 takes any free one. Absent: no TCP. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Unix socket to listen on as well. A file that is there already is replaced. */
  readonly socketPath?: string;
}

export interface Listening {
  /** The TCP port; 0 when there is none. */
  readonly port: number;
}

export interface Listener {
  listen(options: ListenOptions): Promise<Listening>;
  /** Stops accepting and ends every connection. */
  close(): Promise<void>;
}

export interface TlsOptions {
  /** PEM. `ca` signs client certificates. */
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** What Linux has room for, but for the closing zero. macOS has 103. */
const longestSocketPath = process.platform === "linux" ? 107 : 103;

/** Upstream's limit for the line and the headers of a request. */
const maxHeaderBytes = 1 << 20;

const peerOf = (socket: TLSSocket): Peer => {
  const details = socket.getPeerCertificate();
  const presented = details && Object.keys(details).length > 0;
  const certificate = presented ? { details, trusted: socket.authorized } : undefined;
  return { address: socket.remoteAddress ?? "", certificate };
};

export function createListener(tls: TlsOptions, handle: (exchange: Exchange) => void): Listener {
  const sockets = new Set<Socket>();
  const peers = new WeakMap<object, Peer>();
  const peerFor = (key: object, socket: TLSSocket) => {
    let peer = peers.get(key);
    if (!peer) {
      peer = peerOf(socket);
      peers.set(key, peer);
    }
    return peer;
  };

  const secure = createSecureServer({
    ...tls,
    allowHTTP1: true,
    requestCert: true,
    // Who presents no certificate may have a token; who presents a bad one is answered 401, as upstream.
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    // A ticket holds the client's certificate: to make the two that OpenSSL sends takes almost as long as to check it. Clients
    // of Kubernetes keep their connections, and do not ask for sessions to be resumed.
    secureOptions: constants.SSL_OP_NO_TICKET,
    // The limit of streams is upstream's. The windows let a LIST leave without waiting for the client's acknowledgement.
    settings: { maxConcurrentStreams: 250, initialWindowSize: 1 << 20, maxHeaderListSize: maxHeaderBytes },
  });
  // For HTTP/1.1, where Node 20 reads these from the server only, not from its options. An idle connection is kept for
  // longer than any client's pool keeps it.
  Object.assign(secure, { keepAliveTimeout: 180_000, maxHeaderSize: maxHeaderBytes, requireHostHeader: true });
  const outbox = new Outbox();
  secure.on("request", (request: IncomingMessage | Http2ServerRequest, response) => {
    const h1 = request as IncomingMessage;
    const socket = h1.socket as TLSSocket;
    const exchange = new Http1Exchange(h1, response as unknown as ServerResponse, peerFor(socket, socket), outbox);
    outbox.open = true;
    handle(exchange);
    outbox.open = false;
  });
  // Listening to "request" also made Node wrap every HTTP/2 stream for it. Streams are handled directly instead.
  secure.removeAllListeners("stream");
  secure.on("stream", (stream, headers) => {
    const session = stream.session;
    if (!session) return;
    stream.on("error", () => {}); // the client went away; whoever writes sees it as closed
    handle(new Http2Exchange(stream, headers, peerFor(session, session.socket as TLSSocket)));
  });
  const sessions = new Set<ServerHttp2Session>();
  secure.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.once("close", () => sessions.delete(session));
  });
  secure.on("sessionError", () => {});
  secure.on("tlsClientError", () => {});
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
  };
  secure.on("connection", track);

  // TLS over the Unix socket: raw connections are handed to the same secure server.
  let unix: Server | undefined;
  let unixPath: string | undefined;

  const listening = (
    server: { listen(options: object): unknown; address(): unknown } & NodeJS.EventEmitter,
    at: object,
  ) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(at);
      server.once("listening", () => {
        server.removeListener("error", reject);
        resolve();
      });
    });

  return {
    async listen({ port, host = "127.0.0.1", socketPath }) {
      if (port !== undefined) await listening(secure, { port, host });
      if (socketPath) {
        if (Buffer.byteLength(socketPath) > longestSocketPath) {
          throw new Error(`the path of a socket may have ${longestSocketPath} bytes: ${socketPath}`);
        }
        await rm(socketPath, { force: true });
        unix = createServer((socket) => secure.emit("connection", socket));
        await listening(unix, { path: socketPath });
        unixPath = socketPath;
      }
      return { port: port === undefined ? 0 : (secure.address() as AddressInfo).port };
    },
    async close() {
      const closed = [secure, unix].map(
        (server) => server?.listening && new Promise<void>((resolve) => server.close(() => resolve())),
      );
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      if (unixPath) await rm(unixPath, { force: true });
    },
  };
}
