/**
 * The wire below every HTTP client of the API: requests with credentials, answers as streams.
 * HTTP/2 for those who hold many watches open (one connection), HTTP/1.1 for everything that must work anywhere.
 */
import { createTransport as overHttp1 } from "./http1-transport.ts";
import { ConnectionError, type RestConfig, type RestRequest, type RestResponse, type Transport } from "./transport.ts";

export { errorOf, readJson } from "./response.ts";
export { ConnectionError, type RestConfig, type RestRequest, type RestResponse } from "./transport.ts";

/** The whole body as text. An iterator would take longer to make ready than most answers take to come. */
export function readText({ body }: Pick<RestResponse, "body">): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    const parts: string[] = [];
    body
      .on("data", (chunk: Uint8Array) => void parts.push(decoder.decode(chunk, { stream: true })))
      .once("end", () => resolve(parts.join("") + decoder.decode()))
      .once("error", reject)
      .once("close", () => reject(new Error("unexpected EOF")));
  });
}

/** Sends requests. Rejects only when no answer comes; a failure status is an answer. */
export interface RestClient {
  readonly config: RestConfig;
  send(request: RestRequest): Promise<RestResponse>;
  /** Begins a connection for a request that is certain to come, where that is of use. */
  begin(): Promise<void>;
  close(): void;
}

/** Opens nothing yet: the connection is made with the first request, or by `begin`. */
export async function createRestClient(config: RestConfig): Promise<RestClient> {
  const open = await transportMaker(config);
  let transport = open(config);
  let cert: string | undefined;
  const base = new URL(config.server).pathname.replace(/\/$/, "");
  const standing = credentialHeaders(config);
  const source = config.token || config.username !== undefined || config.cert ? undefined : config.credentials;
  const send: RestClient["send"] = async (request) => {
    const path = base + request.path;
    if (!source) return transport.send({ ...request, path, headers: { ...standing, ...request.headers } });
    const used = await source.get().catch((error: Error) => {
      throw new ConnectionError(error);
    });
    if (used.cert !== cert) {
      // Connections are made with a certificate: another one needs others.
      transport.close();
      transport = open({ ...config, ...(used.cert ? { cert: used.cert, key: used.key ?? "" } : {}) });
      cert = used.cert;
    }
    const authorization: Record<string, string> = used.token ? { authorization: `Bearer ${used.token}` } : {};
    const response = await transport.send({
      ...request,
      path,
      headers: { ...standing, ...authorization, ...request.headers },
    });
    if (response.status === 401) await source.refused(used).catch(() => {});
    return response;
  };
  const begin = async () => {
    // Whose certificate is asked for first may be asked for a password.
    if (!source) await transport.begin?.();
  };
  return { config, send, begin, close: () => transport.close() };
}

async function transportMaker({ httpVersion, proxy }: RestConfig): Promise<(config: RestConfig) => Transport> {
  if (httpVersion === 2 && !proxy) return (await import("./http2-transport.ts")).createTransport;
  if (!proxy) return overHttp1;
  const { wayThrough } = await import("./proxy.ts");
  return (config) => overHttp1(config, () => wayThrough(proxy, config));
}

function credentialHeaders(config: RestConfig): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { "user-agent": config.userAgent };
  if (config.token) headers.authorization = `Bearer ${config.token}`;
  else if (config.username !== undefined) {
    const pair = `${config.username}:${config.password ?? ""}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  if (config.impersonate) {
    headers["impersonate-user"] = config.impersonate.user;
    if (config.impersonate.uid) headers["impersonate-uid"] = config.impersonate.uid;
    if (config.impersonate.groups?.length) headers["impersonate-group"] = [...config.impersonate.groups];
    for (const [key, values] of Object.entries(config.impersonate.extra ?? {}))
      headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = [...values];
  }
  return headers;
}
