/** ID tokens of the old `auth-provider: {name: oidc}` (upstream: `client-go/plugin/pkg/client/auth/oidc`). */
import { readFileSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";
import type { CredentialSource } from "./source.ts";

export interface OidcSurroundings {
  readonly clock: Clock;
  /** Keeps new tokens in the kubeconfig. */
  persist(config: Record<string, string>): Promise<void>;
}

/** Tokens that end sooner than this count as ended. Milliseconds. */
const margin = 10_000;

/** @throws Error when the issuer or the client is not named */
export function oidcCredentials(
  given: Readonly<Record<string, string>>,
  { clock, persist }: OidcSurroundings,
): CredentialSource {
  for (const field of ["idp-issuer-url", "client-id"]) if (!given[field]) throw new Error(`Must provide ${field}`);
  let config = { ...given };
  let renewing: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    const refreshToken = config["refresh-token"];
    if (!refreshToken) throw new Error("No valid id-token, and cannot refresh without refresh-token");
    const answer = await refresh(config, refreshToken);
    if (typeof answer.id_token !== "string")
      throw new Error(
        `token response did not contain an id_token, either the scope "openid" wasn't requested upon login, or the provider doesn't support id_tokens as part of the refresh response`,
      );
    const next = {
      ...config,
      "id-token": answer.id_token,
      ...(answer.refresh_token ? { "refresh-token": answer.refresh_token } : {}),
    };
    await persist(next).catch((error: Error) => {
      throw new Error(`could not persist new tokens: ${error.message}`);
    });
    config = next;
    return answer.id_token;
  };
  return {
    async get() {
      const kept = config["id-token"];
      if (kept && clock.now() + margin < expiryOf(kept)) return { token: kept };
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return { token: await renewing };
    },
    // As upstream: a token that is refused is not asked for anew before it ends.
    refused: async () => {},
  };
}

/** Milliseconds since the epoch. */
function expiryOf(token: string): number {
  const parts = token.split(".");
  if (parts.length !== 3) throw new Error("ID Token is not a valid JWT");
  const { exp = 0 } = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString()) as { exp?: number };
  return exp * 1000;
}

interface TokenAnswer {
  readonly id_token?: unknown;
  readonly refresh_token?: string;
}

async function refresh(config: Readonly<Record<string, string>>, refreshToken: string): Promise<TokenAnswer> {
  const data = config["idp-certificate-authority-data"];
  const file = config["idp-certificate-authority"];
  const ca = data ? Buffer.from(data, "base64").toString() : file ? readFileSync(file, "utf8") : undefined;
  const issuer = (config["idp-issuer-url"] ?? "").replace(/\/$/, "");
  const found = await fetchText(`${issuer}/.well-known/openid-configuration`, ca);
  if (found.status !== 200)
    throw new Error(
      `oidc: failed to query metadata endpoint ${found.statusText}: ${JSON.stringify(found.text.length > 80 ? `${found.text.slice(0, 80)}...` : found.text)}`,
    );
  const { token_endpoint: endpoint } = JSON.parse(found.text) as { token_endpoint?: string };
  if (!endpoint) throw new Error("oidc: discovery object doesn't contain a token_endpoint");
  const pair = `${encodeURIComponent(config["client-id"] ?? "")}:${encodeURIComponent(config["client-secret"] ?? "")}`;
  const answer = await fetchText(endpoint, ca, {
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }).toString(),
    authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
  });
  if (answer.status < 200 || answer.status > 299)
    throw new Error(
      `failed to refresh token: oauth2: cannot fetch token: ${answer.statusText}\nResponse: ${answer.text}`,
    );
  return JSON.parse(answer.text) as TokenAnswer;
}

interface Answer {
  readonly status: number;
  /** `404 Not Found`. */
  readonly statusText: string;
  readonly text: string;
}

async function fetchText(
  url: string,
  ca: string | undefined,
  post?: { readonly body: string; readonly authorization: string },
): Promise<Answer> {
  const { request } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  return new Promise((resolve, reject) => {
    const headers = post
      ? { "content-type": "application/x-www-form-urlencoded", authorization: post.authorization }
      : {};
    const sent = request(url, { method: post ? "POST" : "GET", headers, ...(ca ? { ca } : {}) }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => {
        const { statusCode: status = 0, statusMessage = "" } = response;
        resolve({ status, statusText: `${status} ${statusMessage}`, text });
      });
    });
    sent.once("error", (error) =>
      reject(new Error(`${post ? "Post" : "Get"} ${JSON.stringify(url)}: ${error.message}`)),
    );
    sent.end(post?.body);
  });
}
