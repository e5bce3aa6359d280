/** ID tokens of the old `auth-provider: {name: oidc}` (upstream: `client-go/plugin/pkg/client/auth/oidc`). */
import { readFileSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";
import { type WebAnswer, WebError, type WebOptions, webGet, webRequest } from "../http/web.ts";
import type { CredentialSource } from "./source.ts";

export interface OidcSurroundings {
  readonly clock: Clock;
  /** Names the proxies on the way to the issuer. */
  readonly env: NodeJS.ProcessEnv;
  /** Keeps new tokens in the kubeconfig. */
  persist(config: Record<string, string>): Promise<void>;
}

/** Tokens that end sooner than this count as ended. Milliseconds. */
const margin = 10_000;

/** @throws Error when the issuer or the client is not named */
export function oidcCredentials(
  given: Readonly<Record<string, string>>,
  { clock, env, persist }: OidcSurroundings,
): CredentialSource {
  for (const field of ["idp-issuer-url", "client-id"]) if (!given[field]) throw new Error(`Must provide ${field}`);
  let config = { ...given };
  let renewing: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    const refreshToken = config["refresh-token"];
    if (!refreshToken) throw new Error("No valid id-token, and cannot refresh without refresh-token");
    const answer = await refresh(config, refreshToken, env);
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

async function refresh(
  config: Readonly<Record<string, string>>,
  refreshToken: string,
  env: NodeJS.ProcessEnv,
): Promise<TokenAnswer> {
  const data = config["idp-certificate-authority-data"];
  const file = config["idp-certificate-authority"];
  const ca = data ? Buffer.from(data, "base64").toString() : file ? readFileSync(file, "utf8") : undefined;
  const endpoint = await tokenEndpoint((config["idp-issuer-url"] ?? "").replace(/\/$/, ""), { env, ca });
  const pair = `${encodeURIComponent(config["client-id"] ?? "")}:${encodeURIComponent(config["client-secret"] ?? "")}`;
  const post = {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
    },
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }).toString(),
  } as const;
  const answer = await asked("failed to refresh token: Post", webRequest(endpoint, { env, ca }, post));
  if (answer.status < 200 || answer.status > 299)
    throw new Error(
      `failed to refresh token: oauth2: cannot fetch token: ${statusOf(answer)}\nResponse: ${answer.body.toString()}`,
    );
  return JSON.parse(answer.body.toString()) as TokenAnswer;
}

async function tokenEndpoint(issuer: string, options: WebOptions): Promise<string> {
  const found = await asked("Get", webGet(`${issuer}/.well-known/openid-configuration`, options));
  const text = found.body.toString();
  if (found.status !== 200)
    throw new Error(
      `oidc: failed to query metadata endpoint ${statusOf(found)}: ${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)}`,
    );
  const { token_endpoint: endpoint } = JSON.parse(text) as { token_endpoint?: string };
  if (!endpoint) throw new Error("oidc: discovery object doesn't contain a token_endpoint");
  return endpoint;
}

/** `404 Not Found`. */
const statusOf = ({ status, statusText }: WebAnswer): string => `${status} ${statusText}`;

/** @param doing how what goes wrong on the way begins */
async function asked(doing: string, answer: Promise<WebAnswer>): Promise<WebAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof WebError)) throw error;
    throw new Error(error.answered ? error.message : `${doing} ${JSON.stringify(error.url)}: ${error.message}`);
  }
}
