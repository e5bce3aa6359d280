/** What lets others verify tokens of service accounts (upstream's `pkg/serviceaccount/openidmetadata.go`). */
import { createHash, createPublicKey } from "node:crypto";

/** Who issues the tokens, and the audience of a token that asks for none: this API server. */
export const issuerUrl = "https://kubernetes.default.svc.cluster.local";

/** In the header of each token, and in the set of keys: which key it is. */
export const keyIdOf = (publicKey: ReturnType<typeof createPublicKey>): string =>
  createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");

export interface TokenIssuer {
  /** The OpenID Connect discovery document. @param host where this server is reached, with its port */
  configuration(host: string): object;
  /** The keys that verify tokens (RFC 7517). */
  readonly keys: object;
}

/** @param key PEM of an ECDSA P-256 key */
export function tokenIssuer(key: string): TokenIssuer {
  const alg = "ES256";
  return {
    configuration: (host) => ({
      issuer: issuerUrl,
      jwks_uri: `https://${host}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [alg],
    }),
    // Few ask: it is worked out for who does, and not at the start.
    get keys() {
      const publicKey = createPublicKey(key);
      const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
      return { keys: [{ use: "sig", kty, kid: keyIdOf(publicKey), crv, alg, x, y }] };
    },
  };
}
