import { Agent, type IncomingMessage, request as send } from "node:http";
import type { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
import { systemClock as clock } from "../../base/clock.ts";
import { dialler, hostOf } from "./dial.ts";
import { ConnectionError, type RestConfig, type RestRequest, type RestResponse, type Transport } from "./transport.ts";

/** How requests come to a server. */
export interface Way {
  /** Makes a connection: at once, or later through `done`. */
  connect(target: Target, done: (error: Error | null, socket?: Socket) => void): Socket | undefined;
  /** In front of the path of each request: whoever passes it on must be told where to. */
  readonly origin?: string;
  /** For whoever passes them on. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Target {
  readonly host: string;
  readonly port: number | string;
  /** What the server's certificate must be for; empty for addresses. */
  readonly servername: string;
}

/** Milliseconds after which servers may tire of a connection on which nothing has been asked. */
const longestUnused = 5000;

/**
 * HTTP/1.1 with connections that are kept for the next request.
 * @param through another way than straight to the server; asked for with the first request
 */
export function createTransport(config: RestConfig, through?: () => Way): Transport {
  const url = new URL(config.server);
  const defaultPort = url.protocol === "https:" ? 443 : 80;
  const where = { host: hostOf(url), port: url.port || defaultPort, defaultPort };
  const dial = dialler(config, "http/1.1");
  /** What the first request is to use, or has used. */
  let begun: Socket | undefined;
  let isFirst = true;
  const direct: Way = {
    connect: () => {
      const socket = isFirst && begun?.destroyed === false ? begun : dial();
      isFirst = false;
      return socket;
    },
  };
  const open = () => {
    const { connect, ...way } = through?.() ?? direct;
    // The types know only of connections that are there at once.
    const createConnection = connect as unknown as Agent["createConnection"];
    return { ...way, agent: Object.assign(new Agent({ keepAlive: true }), { createConnection }) };
  };
  let way: ReturnType<typeof open> | undefined;
  const sendOne = ({ method, path, headers, body, signal }: RestRequest): Promise<RestResponse> =>
    new Promise((resolve, reject) => {
      way ??= open();
      const { agent, origin = "" } = way;
      const all = { ...headers, ...way.headers, ...framing(body, headers) };
      const options = { ...where, agent, method, path: origin + path, headers: all, ...(signal ? { signal } : {}) };
      let answered = false;
      const request = send(options);
      request.once("error", (error: NodeJS.ErrnoException) => {
        // The server ended a connection that was kept, at the moment it was to be used: nothing was answered there.
        const kept = request.reusedSocket || (begun !== undefined && request.socket === begun);
        const idle = kept && error.code === "ECONNRESET" && !answered && !signal?.aborted;
        if (idle && body === undefined && (method === "GET" || method === "HEAD")) {
          resolve(sendOne({ method, path, ...(headers ? { headers } : {}), ...(signal ? { signal } : {}) }));
        } else reject(new ConnectionError(error));
      });
      request.once("response", (response: IncomingMessage) => {
        answered = true;
        resolve(answerOf(response));
      });
      request.once("upgrade", (response: IncomingMessage, socket: Duplex, head: Buffer) => {
        answered = true;
        socket.unshift(head);
        resolve({ ...answerOf(response), socket });
      });
      if (body instanceof Readable) body.once("error", (e) => request.destroy(e)).pipe(request);
      else request.end(body);
    });
  return {
    send: sendOne,
    async begin() {
      if (through || begun || !isFirst) return;
      try {
        // Should it fail, the first request makes another, and learns of what is wrong.
        const socket = dial().on("error", () => {});
        begun = socket;
        clock.after(longestUnused, () => {
          if (isFirst) socket.destroy();
        });
      } catch {
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
    close() {
      if (isFirst) begun?.destroy();
      way?.agent.destroy();
    },
  };
}

const answerOf = (response: IncomingMessage): RestResponse => {
  const { statusCode: status = 0, statusMessage: statusText = "", headers } = response;
  return { status, statusText, headers, body: response };
};

/** Node frames the body of a DELETE only when it is told how. */
function framing(body: RestRequest["body"], headers: RestRequest["headers"]): Record<string, string | number> {
  if (body === undefined) return {};
  if (!(body instanceof Readable)) return { "content-length": Buffer.byteLength(body) };
  return headers?.["content-length"] === undefined ? { "transfer-encoding": "chunked" } : {};
}
