import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { Readable } from "node:stream";
import { dialler } from "./dial.ts";
import { ConnectionError, type RestConfig, type RestResponse, type Transport } from "./transport.ts";

const streamWindow = 4 * 1024 * 1024;
const connectionWindow = 16 * 1024 * 1024;

/** A stream that waits for its connection only says that it was given up because of that. */
const whyLost = (error: Error): Error =>
  (error as NodeJS.ErrnoException).code === "ERR_HTTP2_STREAM_CANCEL" && error.cause instanceof Error
    ? error.cause
    : error;

/** HTTP/2: all requests share one connection, which is made again when it is lost. */
export function createTransport(config: RestConfig): Transport {
  const { origin } = new URL(config.server);
  const dial = dialler(config, "h2");
  let session: ClientHttp2Session | undefined;

  const open = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    const opened = connectHttp2(origin, {
      settings: { initialWindowSize: streamWindow, enablePush: false },
      createConnection: dial,
    });
    // Each request learns of the loss through its own stream.
    opened.on("error", () => {});
    // While the connection is being made, every waiting request listens for its failure.
    opened.setMaxListeners(0);
    // The default of 64 KB would make a long list stop and go.
    opened.once("connect", () => opened.setLocalWindowSize(connectionWindow));
    opened.once("goaway", () => opened.close());
    session = opened;
    return opened;
  };

  return {
    send: ({ method, path, headers, body, signal }) =>
      new Promise<RestResponse>((resolve, reject) => {
        const own = open();
        const lost = (error: Error) => reject(new ConnectionError(whyLost(error)));
        own.once("error", lost);
        const stream = own.request(
          { ":method": method, ":path": path, ...headers },
          { endStream: body === undefined, ...(signal ? { signal } : {}) },
        );
        stream.once("error", (error) => {
          own.off("error", lost);
          lost(error);
        });
        stream.once("response", (received) => {
          own.off("error", lost);
          resolve({
            status: Number(received[constants.HTTP2_HEADER_STATUS]),
            headers: received as RestResponse["headers"],
            body: stream,
          });
        });
        if (body instanceof Readable) body.once("error", (e) => stream.destroy(e)).pipe(stream);
        else if (body !== undefined) stream.end(body);
      }),
    close: () => session?.close(),
  };
}
