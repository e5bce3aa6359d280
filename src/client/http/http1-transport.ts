import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, Agent as TlsAgent } from "node:https";
import type { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
import { goPatience, whileConnecting, whileDialling } from "./patience.ts";
import { tlsOptions } from "./tls-options.ts";
import { ConnectionError, type RestConfig, type RestRequest, type RestResponse, type Transport } from "./transport.ts";

/** How requests come to a server. */
export interface Way {
  readonly agent: Agent;
  /** In front of the path of each request: whoever passes it on must be told where to. */
  readonly origin?: string;
  /** For whoever passes them on. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * HTTP/1.1 with connections that are kept for the next request.
 * @param through another way than straight to the server; asked for with the first request
 */
export function createTransport(config: RestConfig, through?: () => Way): Transport {
  const url = new URL(config.server);
  const secure = url.protocol === "https:";
  const direct = (): Way => {
    const { patience = goPatience } = config;
    if (!secure) return { agent: patient(new Agent({ keepAlive: true }), (made) => whileDialling(made, patience)) };
    const agent = new TlsAgent({ keepAlive: true, ...tlsOptions(config) });
    return { agent: patient(agent, (made) => whileConnecting(made, patience)) };
  };
  let way: Way | undefined;
  const where = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (secure ? 443 : 80),
    ...(config.socketPath ? { socketPath: config.socketPath } : {}),
    // Over a Unix socket there is no host to check the certificate against unless it is named.
    ...(secure && config.socketPath ? { servername: config.tlsServerName ?? url.hostname } : {}),
  };
  const send = ({ method, path, headers, body, signal }: RestRequest): Promise<RestResponse> =>
    new Promise((resolve, reject) => {
      way ??= (through ?? direct)();
      const { agent, origin = "" } = way;
      const all = { ...headers, ...way.headers, ...framing(body, headers) };
      const options = { ...where, agent, method, path: origin + path, headers: all, ...(signal ? { signal } : {}) };
      let answered = false;
      const request = secure ? httpsRequest(options) : httpRequest(options);
      request.once("error", (error: NodeJS.ErrnoException) => {
        // The server ended a connection that was kept, at the moment it was to be used again: nothing was answered there.
        const idle = request.reusedSocket && error.code === "ECONNRESET" && !answered && !signal?.aborted;
        if (idle && body === undefined && (method === "GET" || method === "HEAD")) {
          resolve(send({ method, path, ...(headers ? { headers } : {}), ...(signal ? { signal } : {}) }));
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
    send,
    close: () => way?.agent.destroy(),
  };
}

/** @param within bounds the time that a connection takes to be made */
function patient(agent: Agent, within: (made: Socket) => Socket): Agent {
  const connect = agent.createConnection.bind(agent);
  const createConnection: typeof connect = (...all) => within(connect(...all) as Socket);
  return Object.assign(agent, { createConnection });
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
