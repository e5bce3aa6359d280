/**
 * The wire below every HTTP client of the API: requests with credentials, answers as streams.
 * HTTP/2 for those who hold many watches open (one connection), HTTP/1.1 for everything that must work anywhere.
 */
import type { RestConfig, RestRequest, RestResponse } from "./transport.ts";

export { errorOf, readJson, readText } from "./response.ts";
export { ConnectionError, type RestConfig, type RestResponse } from "./transport.ts";

/** Sends requests. Rejects only when no answer comes; a failure status is an answer. */
export interface RestClient {
  readonly config: RestConfig;
  send(request: RestRequest): Promise<RestResponse>;
  close(): void;
}

/** Opens nothing yet: the connection is made with the first request. */
export async function createRestClient(config: RestConfig): Promise<RestClient> {
  const { createTransport } =
    config.httpVersion === 2 ? await import("./http2-transport.ts") : await import("./http1-transport.ts");
  const transport = createTransport(config);
  const base = new URL(config.server).pathname.replace(/\/$/, "");
  const standing = credentialHeaders(config);
  return {
    config,
    send: (request) =>
      transport.send({ ...request, path: base + request.path, headers: { ...standing, ...request.headers } }),
    close: () => transport.close(),
  };
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
  }
  return headers;
}
