/** Tokens of service accounts for pods' volumes: asked of the API, bound to their pod, renewed before they run out. */
import type { Pod } from "../../api/generated/types.ts";
import { type Clock, parseTime } from "../../base/clock.ts";
import { type RestClient, readJson } from "../../client/http/rest.ts";
import type { TokenSource } from "./payload.ts";

/** As upstream: a token is replaced when 80 % of its life, or a day, have passed. */
const renewAfter = 0.8;
const longestUse = 24 * 3600 * 1000;
const usualSeconds = 3600;

interface Known {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
  readonly expires: number;
}

interface TokenAnswer {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

export function createTokenSource(rest: RestClient, clock: Clock): TokenSource {
  const known = new Map<string, Known>();

  const request = async (pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<Known> => {
    const { name = "", namespace = "", uid } = pod.metadata ?? {};
    const account = pod.spec?.serviceAccountName ?? "default";
    const began = clock.now();
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        ...(audience ? { audiences: [audience] } : {}),
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    };
    const { status } = await readJson<TokenAnswer>(
      await rest.send({
        method: "POST",
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`,
        headers: { accept: "application/json", "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    if (!status?.token || !status.expirationTimestamp) throw new Error("the server gave no token");
    const expires = parseTime(status.expirationTimestamp);
    const renewAt = began + Math.min((expires - began) * renewAfter, longestUse);
    return { token: status.token, renewAt, expires };
  };

  return async (pod, { audience, expirationSeconds = usualSeconds }) => {
    const now = clock.now();
    for (const [key, { expires }] of known) if (expires <= now) known.delete(key);
    const key = JSON.stringify([pod.metadata?.uid, audience, expirationSeconds]);
    const before = known.get(key);
    if (before && now < before.renewAt) return before.token;
    try {
      const fresh = await request(pod, audience, expirationSeconds);
      known.set(key, fresh);
      return fresh.token;
    } catch (error) {
      // A token that still holds is better than none.
      if (before) return before.token;
      throw new Error(`failed to fetch token: ${error instanceof Error ? error.message : error}`);
    }
  };
}
