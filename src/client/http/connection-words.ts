/** Why a connection failed, in the words of Go's libraries, which kubectl passes on. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { connect, type PeerCertificate } from "node:tls";
import { formatTime, systemClock } from "../../base/clock.ts";
import { dialTimeout, handshakeTimeout } from "./patience.ts";
import { ConnectionError, type RestConfig } from "./transport.ts";

type Failure = Error & {
  readonly code?: string;
  readonly cert?: PeerCertificate;
  /** Whose certificate it is. */
  readonly host?: string;
  /** What was looked up. */
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
  /** It is about the proxy, not about the server. */
  readonly proxied?: boolean;
};

const untrusted = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
]);

const systemWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
  [dialTimeout]: "i/o timeout",
};

/** What the server says of our certificate. */
const alerts: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/ALERT_CERTIFICATE_REQUIRED/, "certificate required"],
  [/ALERT_BAD_CERTIFICATE/, "bad certificate"],
  [/ALERT_UNKNOWN_CA/, "unknown certificate authority"],
  [/ALERT_CERTIFICATE_EXPIRED/, "expired certificate"],
  [/ALERT_CERTIFICATE_UNKNOWN/, "unknown certificate"],
  [/ALERT_HANDSHAKE_FAILURE/, "handshake failure"],
];

/** The same failure, said as Go says it; failures that need no other words as they are. */
export async function inGoWords(error: ConnectionError, config: RestConfig): Promise<ConnectionError> {
  const cause = (error.cause ?? error) as Failure;
  const words = await wordsOf(cause, config);
  return words === undefined ? error : new ConnectionError(Object.assign(new Error(words), { code: cause.code }));
}

async function wordsOf(cause: Failure, config: RestConfig): Promise<string | undefined> {
  const words = await plainWordsOf(cause, config);
  return words && cause.proxied ? `proxyconnect tcp: ${words}` : words;
}

async function plainWordsOf(cause: Failure, config: RestConfig): Promise<string | undefined> {
  const { code = "", message, hostname, proxied } = cause;
  const url = new URL(config.server);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const name = config.tlsServerName ?? cause.host ?? host;
  const certificate = (why: string) => `tls: failed to verify certificate: x509: ${why}`;
  if (untrusted.has(code)) return certificate("certificate signed by unknown authority");
  if (code === "INVALID_PURPOSE") return certificate("certificate specifies an incompatible key usage");
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return certificate(nameMismatch(cause.cert, name));
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return certificate(await validity(config, host));
  if (code === "ENOTFOUND") return `dial tcp: lookup ${hostname ?? host}${nameServer()}: no such host`;
  if (code === "EAI_AGAIN") return `dial tcp: lookup ${hostname ?? host}${nameServer()}: server misbehaving`;
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER")
    return proxied
      ? "tls: first record does not look like a TLS handshake"
      : "http: server gave HTTP response to HTTPS client";
  if (code === "ECONNRESET" && message === "socket hang up") return "EOF";
  if (code === handshakeTimeout) return "net/http: TLS handshake timeout";
  if (code === dialTimeout && cause.address === undefined) return `dial tcp: lookup ${hostname ?? host}: i/o timeout`;
  const system = systemWords[code];
  if (system) return `dial tcp ${cause.address ?? host}:${cause.port ?? url.port}: ${system}`;
  const alert = alerts.find(([pattern]) => pattern.test(code));
  return alert && `remote error: tls: ${alert[1]}`;
}

/** ` on 10.0.0.2:53`: whom Go asks. */
function nameServer(): string {
  try {
    const [, address] = /^nameserver\s+(\S+)/m.exec(readFileSync("/etc/resolv.conf", "utf8")) ?? [];
    return address ? ` on ${address.includes(":") ? `[${address}]` : address}:53` : "";
  } catch {
    return "";
  }
}

function nameMismatch(cert: PeerCertificate | undefined, wanted: string): string {
  const all = (cert?.subjectaltname ?? "").split(", ");
  const named = (kind: string) =>
    all.flatMap((entry) => (entry.startsWith(`${kind}:`) ? [entry.slice(kind.length + 1)] : []));
  if (isIP(wanted)) {
    const addresses = named("IP Address").map(shortAddress);
    return addresses.length > 0
      ? `certificate is valid for ${addresses.join(", ")}, not ${wanted}`
      : `cannot validate certificate for ${wanted} because it doesn't contain any IP SANs`;
  }
  const names = named("DNS");
  return names.length > 0
    ? `certificate is valid for ${names.join(", ")}, not ${wanted}`
    : `certificate is not valid for any names, but wanted to match ${wanted}`;
}

const shortAddress = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;

/** The dates stand in the certificate, which the failed connection no longer has: it is looked at once more. */
async function validity(config: RestConfig, host: string): Promise<string> {
  const text = "certificate has expired or is not yet valid: ";
  // Who needs a proxy gets nowhere without it.
  const cert = config.proxy ? undefined : await certificateOf(config, host);
  if (!cert) return text.replace(/: $/, "");
  const [now, from, to] = [systemClock.now(), Date.parse(cert.valid_from), Date.parse(cert.valid_to)];
  const problem = now < from ? `is before ${formatTime(from)}` : `is after ${formatTime(to)}`;
  return `${text}current time ${formatTime(now)} ${problem}`;
}

function certificateOf(config: RestConfig, host: string): Promise<PeerCertificate | undefined> {
  const port = Number(new URL(config.server).port) || 443;
  return new Promise<PeerCertificate | undefined>((resolve) => {
    const options = { host, port, servername: isIP(host) ? "" : host, rejectUnauthorized: false, ca: [] };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once("error", () => resolve(undefined));
  });
}
