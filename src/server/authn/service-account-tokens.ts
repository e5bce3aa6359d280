/**
 * Tokens of service accounts: signed, bound to a pod, and good for as long as account and pod are there (upstream's
 * `pkg/serviceaccount`). JSON Web Tokens, ES256.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { Clock, Random } from "../../base/clock.ts";
import type { UserInfo } from "../../registry/registry.ts";
import type { TokenAuthenticator } from "./authenticate.ts";
import { issuerUrl, keyIdOf } from "./token-issuer.ts";

interface Bound {
  readonly name: string;
  readonly uid: string;
}

interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: Bound;
    readonly pod?: Bound;
    readonly node?: { readonly name: string };
  };
}

export interface TokenOrder {
  readonly namespace: string;
  readonly serviceAccount: Bound;
  /** Absent: not bound to a pod. */
  readonly pod?: Bound & { readonly nodeName?: string };
  /** Empty: {@link issuerUrl}. */
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

/** The uid of an object that is there now; undefined when it is not. */
type UidLookup = (resource: "serviceaccounts" | "pods", namespace: string, name: string) => Promise<string | undefined>;

export interface ServiceAccountTokens extends TokenAuthenticator {
  issue(order: TokenOrder): { readonly token: string; readonly expires: number; readonly audiences: readonly string[] };
}

export interface ServiceAccountTokenOptions {
  /** PEM of an ECDSA P-256 key. */
  readonly key: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly uidOf: UidLookup;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** As upstream: how long a verified token is trusted without looking again. */
const trustMs = 10_000;

export function serviceAccountTokens({ key, clock, random, uidOf }: ServiceAccountTokenOptions): ServiceAccountTokens {
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey);
  const header = encode({ alg: "ES256", kid: keyIdOf(publicKey) });
  const trusted = new Map<string, { readonly user: UserInfo; readonly until: number }>();

  const verified = async (token: string): Promise<{ user: UserInfo; exp: number } | undefined> => {
    const claims = readClaims(token, publicKey);
    const now = clock.now() / 1000;
    if (!claims || claims.iss !== issuerUrl || !claims.aud.includes(issuerUrl)) return undefined;
    if (claims.exp <= now || claims.nbf > now + 60) return undefined;
    const { namespace, serviceaccount, pod } = claims["kubernetes.io"];
    if ((await uidOf("serviceaccounts", namespace, serviceaccount.name)) !== serviceaccount.uid) return undefined;
    if (pod && (await uidOf("pods", namespace, pod.name)) !== pod.uid) return undefined;
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
    return { user: { name: claims.sub, uid: serviceaccount.uid, groups }, exp: claims.exp };
  };

  return {
    issue({ namespace, serviceAccount, pod, audiences, expirationSeconds }) {
      const iat = Math.floor(clock.now() / 1000);
      const claims: Claims = {
        aud: audiences.length ? audiences : [issuerUrl],
        exp: iat + expirationSeconds,
        iat,
        iss: issuerUrl,
        jti: random.uuid(),
        "kubernetes.io": {
          namespace,
          ...(pod?.nodeName ? { node: { name: pod.nodeName } } : {}),
          ...(pod ? { pod: { name: pod.name, uid: pod.uid } } : {}),
          serviceaccount: serviceAccount,
        },
        nbf: iat,
        sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
      };
      const signed = `${header}.${encode(claims)}`;
      const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return {
        token: `${signed}.${signature.toString("base64url")}`,
        expires: claims.exp * 1000,
        audiences: claims.aud,
      };
    },
    async authenticate(token) {
      const now = clock.now();
      const known = trusted.get(token);
      if (known && known.until > now) return known.user;
      trusted.delete(token);
      const found = await verified(token);
      if (!found) return undefined;
      if (trusted.size > 1000) trusted.clear();
      trusted.set(token, { user: found.user, until: Math.min(now + trustMs, found.exp * 1000) });
      return found.user;
    },
  };
}

/** The claims of a token that our key signed. */
function readClaims(token: string, key: KeyObject): Claims | undefined {
  const [header, payload, signature, ...more] = token.split(".");
  if (!header || !payload || !signature || more.length) return undefined;
  try {
    if (JSON.parse(Buffer.from(header, "base64url").toString()).alg !== "ES256") return undefined;
    const signed = Buffer.from(`${header}.${payload}`);
    const bytes = Buffer.from(signature, "base64url");
    if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, bytes)) return undefined;
    return JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
  } catch {
    return undefined; // not a token of ours
  }
}

/** Asks one authenticator after the other. */
export const firstOf = (...all: readonly (TokenAuthenticator | undefined)[]): TokenAuthenticator => ({
  async authenticate(token) {
    for (const one of all) {
      const user = await one?.authenticate(token);
      if (user) return user;
    }
    return undefined;
  },
});
