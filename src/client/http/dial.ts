/** Connections straight to an API server. */
import { isIP, type Socket, connect as tcp } from "node:net";
import { connect as tls } from "node:tls";
import { goPatience, whileConnecting, whileDialling } from "./patience.ts";
import { tlsOptions } from "./tls-options.ts";
import type { RestConfig } from "./transport.ts";

/** The name or address in a URL, an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/**
 * @param protocol what is to be spoken over TLS (ALPN)
 * @returns what begins a connection; what it needs is made ready with the first one. It throws when a certificate or a key
 * cannot be used.
 */
export function dialler(config: RestConfig, protocol: "h2" | "http/1.1"): () => Socket {
  const url = new URL(config.server);
  const { socketPath: path, tlsServerName, patience = goPatience } = config;
  const host = hostOf(url);
  if (url.protocol !== "https:") {
    const where = path ? { path } : { host, port: Number(url.port) || 80 };
    return () => whileDialling(tcp(where), patience).setNoDelay();
  }
  const where = path ? { path } : { host, port: Number(url.port) || 443 };
  // Over a Unix socket the certificate is checked against the host all the same.
  const servername = tlsServerName ?? (path || !isIP(host) ? host : "");
  let options: ReturnType<typeof tlsOptions> | undefined;
  return () => {
    options ??= tlsOptions(config);
    const socket = tls({ ...where, ...options, servername, ALPNProtocols: [protocol] });
    return whileConnecting(socket, patience).setNoDelay();
  };
}
