/**
 * Who may ask the dashboard. It listens on loopback only, but so do all pages of all other servers of this machine, and
 * any page of the web can send a browser here: a request counts only when it names this server, comes from its own page
 * and brings its cookie. Pure.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request is not served. */
export interface Refusal {
  readonly status: 400 | 401 | 403;
  readonly message: string;
}

/** Cookies are shared by all ports of a host: each dashboard has one of its own. */
export const cookieName = (port: number): string => `wherry-dashboard-${port}`;

/**
 * Refuses what does not name this server (a name that was pointed here: DNS rebinding), and what another site's page
 * asked for. A link that leads here is followed: it gets no further than the cookie.
 */
export function refuseForeign({ method, path, headers }: Asked, port: number): Refusal | undefined {
  if (!path.startsWith("/")) return { status: 400, message: "a request names a path" };
  const host = headers.host ?? "";
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return { status: 403, message: `this is 127.0.0.1:${port}, and not ${JSON.stringify(host)}` };
  }
  const crossSite: Refusal = { status: 403, message: "the request comes from another site's page" };
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) return crossSite;
  const site = headers["sec-fetch-site"];
  const isLink = method === "GET" && headers["sec-fetch-mode"] === "navigate" && path === "/";
  if (site !== undefined && site !== "same-origin" && site !== "none" && !isLink) return crossSite;
  // A browser says of every write where it comes from.
  const reads = method === "GET" || method === "HEAD";
  if (!reads && origin === undefined && site !== "same-origin") {
    return { status: 403, message: "a request that changes something names its Origin" };
  }
  return undefined;
}

/** Equal, in a time that does not tell how much of it is. */
export function sameToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Does the request bring the cookie? */
export const hasCookie = ({ headers }: Asked, port: number, token: string): boolean =>
  (headers.cookie ?? "").split(/; */).some((pair) => {
    const at = pair.indexOf("=");
    return pair.slice(0, at) === cookieName(port) && sameToken(pair.slice(at + 1), token);
  });
