/** Whom connections trust, and with which certificate they are made: the TLS options of all that a `RestConfig` asks for. */
import { createSecureContext } from "node:tls";
import { systemRoots } from "./system-roots.ts";
import type { RestConfig } from "./transport.ts";

/**
 * For both transports, and for a proxy that is reached by TLS itself. Where the system's roots are asked for this takes tens of
 * milliseconds: call it once, when a connection is to be made.
 */
export function tlsOptions({ ca, cert, key, insecureSkipTlsVerify = false }: RestConfig) {
  const options = {
    // Without it, Node.js would make ready its own roots, also for a connection that trusts anybody.
    ca: ca || (insecureSkipTlsVerify ? [] : [...systemRoots(process.env)]),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    // As in Go: a chain may end with any certificate that is trusted, be it the one of an authority between.
    allowPartialTrustChain: true,
  };
  return { rejectUnauthorized: !insecureSkipTlsVerify, secureContext: createSecureContext(options) };
}
