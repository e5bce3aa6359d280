import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, Agent as TlsAgent } from "node:https";
import { type Duplex, Readable } from "node:stream";
import {
  ConnectionError,
  type RestConfig,
  type RestRequest,
  type RestResponse,
  type Transport,
  tlsOptions,
} from "./transport.ts";

/**
 * HTTP/1.1 with connections that are kept for the next request.
 * @param through makes the connections, when they are not made straight to the server
 */
export function createTransport(config: RestConfig, through?: Agent): Transport {
  const url = new URL(config.server);
  const secure = url.protocol === "https:";
  const direct = () =>
    secure ? new TlsAgent({ keepAlive: true, ...tlsOptions(config) }) : new Agent({ keepAlive: true });
  const agent = through ?? direct();
  const where = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (secure ? 443 : 80),
    ...(config.socketPath ? { socketPath: config.socketPath } : {}),
    // Over a Unix socket there is no host to check the certificate against unless it is named.
    ...(secure && config.socketPath ? { servername: config.tlsServerName ?? url.hostname } : {}),
  };
  const send = ({ method, path, headers, body, signal }: RestRequest): Promise<RestResponse> =>
    new Promise((resolve, reject) => {
      const all = { ...headers, ...framing(body, headers) };
      const options = { ...where, agent, method, path, headers: all, ...(signal ? { signal } : {}) };
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
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
      });
      request.once("upgrade", (response: IncomingMessage, socket: Duplex, head: Buffer) => {
        answered = true;
        socket.unshift(head);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response, socket });
      });
      if (body instanceof Readable) body.once("error", (e) => request.destroy(e)).pipe(request);
      else request.end(body);
    });
  return {
    send,
    close: () => agent.destroy(),
  };
}

/** Node frames the body of a DELETE only when it is told how. */
function framing(body: RestRequest["body"], headers: RestRequest["headers"]): Record<string, string | number> {
  if (body === undefined) return {};
  if (!(body instanceof Readable)) return { "content-length": Buffer.byteLength(body) };
  return headers?.["content-length"] === undefined ? { "transfer-encoding": "chunked" } : {};
}
