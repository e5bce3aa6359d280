/**
 * Requests to any address of the web, as Go's `http.Client` sends them: through the proxy that the environment names, as whom
 * the address names, to servers that the system trusts.
 */
import { proxyFromEnvironment } from "./proxy-environment.ts";
import { type ConnectionError, createRestClient, type RestConfig, type RestResponse } from "./rest.ts";

export interface WebOptions {
  /** Names the proxies. */
  readonly env: NodeJS.ProcessEnv;
  /** PEM of the authorities to trust; the system's when absent. */
  readonly ca?: string | undefined;
}

export interface WebRequest {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Gives up waiting for the answer to begin. */
  readonly signal?: AbortSignal;
}

export interface WebAnswer {
  readonly status: number;
  /** The server's own words for it. */
  readonly statusText: string;
  /** Where the server points to. */
  readonly location?: string | undefined;
  readonly body: Buffer;
}

/** There is no answer, or only a part of it; the message says why in Go's words. */
export class WebError extends Error {
  override readonly name = "WebError";
  /** What was asked in vain, its password hidden. */
  readonly url: string;
  /** The system's, for example ECONNREFUSED. */
  readonly code: string;
  /** Had an answer begun to come? */
  readonly answered: boolean;
  constructor(url: string, message: string, { code = "", answered = false } = {}) {
    super(message);
    this.url = url.replace(/^([a-z]+:\/\/[^/?#@:]*:)[^/?#@]*@/i, "$1***@");
    this.code = code;
    this.answered = answered;
  }
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const mostRequests = 10;

/** Asks for a document, wherever redirects lead. @throws WebError */
export async function webGet(address: string, options: WebOptions): Promise<WebAnswer> {
  let url = address;
  for (let requests = 1; ; requests++) {
    const answer = await webRequest(url, options);
    const { status, location } = answer;
    if (!redirects.has(status) || !location) return answer;
    if (requests === mostRequests) throw new WebError(location, `stopped after ${mostRequests} redirects`);
    if (!URL.canParse(location, url))
      throw new WebError(url, `failed to parse Location header ${JSON.stringify(location)}`);
    url = new URL(location, url).href;
  }
}

/** One request; a redirect is an answer. @throws WebError */
export async function webRequest(address: string, options: WebOptions, request: WebRequest = {}): Promise<WebAnswer> {
  const headers = { "accept-encoding": "gzip", ...request.headers };
  const response = await webStream(address, options, { ...request, headers });
  const { status, statusText = "" } = response;
  const location = response.headers.location?.toString();
  return { status, statusText, location, body: await bodyOf(response, address) };
}

/** One request, whose answer is read as it comes; when all of it is read, or it is destroyed, its connection ends. @throws WebError */
export async function webStream(
  address: string,
  options: WebOptions,
  { method = "GET", headers = {}, body, signal }: WebRequest = {},
): Promise<RestResponse> {
  const url = new URL(address);
  const scheme = url.protocol.slice(0, -1);
  if (!/^https?$/.test(scheme)) throw new WebError(address, `unsupported protocol scheme "${scheme}"`);
  const config = configFor(url, options);
  const rest = await createRestClient(config);
  try {
    const path = url.pathname + url.search;
    const more = { ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) };
    const response = await rest.send({ method, path, headers, ...more });
    response.body.once("close", () => rest.close());
    return response;
  } catch (error) {
    rest.close();
    const { inGoWords } = await import("./connection-words.ts");
    const { message, code } = await inGoWords(error as ConnectionError, config);
    throw new WebError(address, message, { code });
  }
}

async function bodyOf({ headers, body }: RestResponse, address: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    return headers["content-encoding"] === "gzip" ? (await import("node:zlib")).gunzipSync(bytes) : bytes;
  } catch {
    throw new WebError(address, "unexpected EOF", { answered: true });
  }
}

function configFor(url: URL, { env, ca }: WebOptions): RestConfig {
  const { origin: server, username, password } = url;
  const proxy = proxyFromEnvironment(url, env);
  return {
    server,
    userAgent: "Go-http-client/1.1",
    ...(ca ? { ca } : {}),
    ...(proxy ? { proxy } : {}),
    ...(username ? { username: decodeURIComponent(username), password: decodeURIComponent(password) } : {}),
  };
}
