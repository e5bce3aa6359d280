import type { RegistryAuth } from "../runtime/runtime.ts";
import { manifestTypes } from "./manifest.ts";
import type { Reference } from "./reference.ts";
import type { Bytes } from "./streams.ts";
import type { PullResponse, PullTransport } from "./transport.ts";

/** A failure that the registry itself has answered; `code` as gRPC names it. */
export class RegistryError extends Error {
  readonly code: "NotFound" | "Unauthenticated" | "Unknown";
  constructor(code: RegistryError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const maxRedirects = 5;
const maxDocument = 4 << 20;

/** The registry API (distribution, version 2) for one repository: manifests and blobs, with token or basic login. */
export class RegistryClient {
  readonly #transport: PullTransport;
  readonly #base: string;
  readonly #repository: string;
  readonly #auth: RegistryAuth | undefined;
  /** `Authorization` header that the registry has accepted or asked for. */
  #authorization: string | undefined;

  constructor(transport: PullTransport, reference: Reference, auth?: RegistryAuth) {
    const { domain } = reference;
    const host = domain === "docker.io" ? "registry-1.docker.io" : domain;
    const plain = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(domain);
    this.#transport = transport;
    this.#base = `${plain ? "http" : "https"}://${host}/v2`;
    this.#repository = reference.path;
    this.#auth = auth;
  }

  /** @param what a tag or a digest */
  async manifest(what: string): Promise<string> {
    const url = `${this.#base}/${this.#repository}/manifests/${what}`;
    const response = await this.#get(url, { accept: manifestTypes.join(", ") });
    return readText(response.body);
  }

  async blob(digest: string): Promise<Bytes> {
    return (await this.#get(`${this.#base}/${this.#repository}/blobs/${digest}`, {})).body;
  }

  async text(digest: string): Promise<string> {
    return readText(await this.blob(digest));
  }

  async #get(url: string, headers: Record<string, string>): Promise<PullResponse> {
    let response = await this.#request(url, headers);
    if (response.status === 401) {
      const challenge = response.headers["www-authenticate"] ?? "";
      await drain(response.body);
      this.#authorization = await this.#login(challenge);
      response = await this.#request(url, headers);
    }
    if (response.status === 200) return response;
    throw await this.#failure(url, response);
  }

  async #request(url: string, headers: Record<string, string>): Promise<PullResponse> {
    let target = url;
    for (let redirects = 0; ; redirects++) {
      // Credentials are the registry's alone: storage that it sends us to gets none.
      const own = new URL(target).origin === new URL(this.#base).origin;
      const authorization: Record<string, string> =
        own && this.#authorization ? { authorization: this.#authorization } : {};
      let response: PullResponse;
      try {
        response = await this.#transport.fetch({
          method: "GET",
          url: target,
          headers: { ...headers, ...authorization },
        });
      } catch (error) {
        throw new Error(`failed to do request: Get "${target}": ${(error as Error).message}`);
      }
      const location = response.headers.location;
      if (response.status < 300 || response.status >= 400 || !location) return response;
      await drain(response.body);
      if (redirects === maxRedirects) throw new Error(`Get "${url}": too many redirects`);
      target = new URL(location, target).href;
    }
  }

  async #login(challenge: string): Promise<string> {
    const basic = this.#auth && `Basic ${btoa(`${this.#auth.username}:${this.#auth.password}`)}`;
    const [scheme = ""] = challenge.split(" ", 1);
    if (scheme.toLowerCase() === "basic") {
      if (!basic) throw new RegistryError("Unauthenticated", "no basic auth credentials");
      return basic;
    }
    const parameter = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
    const realm = parameter("realm");
    if (scheme.toLowerCase() !== "bearer" || !realm)
      throw new RegistryError("Unauthenticated", `unsupported authentication challenge: "${challenge}"`);
    const url = new URL(realm);
    url.searchParams.set("service", parameter("service") ?? "");
    url.searchParams.set("scope", parameter("scope") ?? `repository:${this.#repository}:pull`);
    const headers: Record<string, string> = basic ? { authorization: basic } : {};
    const response = await this.#transport.fetch({ method: "GET", url: url.href, headers });
    const text = await readText(response.body);
    if (response.status !== 200)
      throw new RegistryError(
        "Unauthenticated",
        `failed to authorize: failed to fetch ${basic ? "oauth" : "anonymous"} token: unexpected status from GET request to ${url.href}: ${response.status}`,
      );
    const { token, access_token } = JSON.parse(text) as { token?: string; access_token?: string };
    return `Bearer ${token ?? access_token ?? ""}`;
  }

  async #failure(url: string, response: PullResponse): Promise<RegistryError> {
    const text = (await readText(response.body)).slice(0, 300).trim();
    if (response.status === 404) return new RegistryError("NotFound", "not found");
    if (response.status === 401 || response.status === 403)
      return new RegistryError(
        "Unauthenticated",
        "pull access denied, repository does not exist or may require authorization: authorization failed",
      );
    return new RegistryError(
      "Unknown",
      `unexpected status from GET request to ${url}: ${response.status} ${text}`.trim(),
    );
  }
}

async function readText(body: Bytes): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxDocument) throw new Error(`a document of the registry is larger than ${maxDocument} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function drain(body: Bytes): Promise<void> {
  for await (const _ of body);
}
