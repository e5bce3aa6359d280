/**
 * The dashboard's server: the page, and the page's way to one API server. On loopback, for one user, who has the token.
 *
 * - `GET /?token=…` gives the cookie and leads to `/`, so that the token does not stay in the address
 * - `/k8s/…` is the API server; see `pass.ts`
 * - `/watches` is many watches at once; see `watches.ts`
 * - `/info` tells where the page is; see `info.ts`
 * - everything else is the page
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Random } from "../../base/clock.ts";
import { internalError, StatusError } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { RestClient } from "../../client/http/rest.ts";
import { type Asked, cookieName, hasCookie, type Refusal, refuseForeign, sameToken } from "./access.ts";
import { readInfo, type Target } from "./info.ts";
import { servePage } from "./page.ts";
import { pass } from "./pass.ts";
import { sendJson, sendStatus, sendWords } from "./respond.ts";
import { addressOf, newToken } from "./token.ts";
import { serveWatches } from "./watches.ts";

export interface DashboardOptions {
  readonly rest: RestClient;
  readonly target: Target;
  /** Directory of the built page. */
  readonly page: string;
  /** What opens it: see `token.ts`. */
  readonly token: string;
  readonly random: Random;
  readonly logger: Logger;
}

export interface Dashboard {
  /** With the token: `http://127.0.0.1:40123/?token=…` */
  readonly address: string;
  /** An address that opens it once: for a browser's command line, which other users of the machine can read. */
  once(): string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1.
 * @param port 0 takes any free one
 * @throws Error with one clear line when the port is taken
 */
export async function startDashboard(options: DashboardOptions, port: number): Promise<Dashboard> {
  const codes = new Set<string>();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error(`port ${port} on 127.0.0.1 is taken`) : error),
    );
    server.listen({ host: "127.0.0.1", port }, resolve);
  });
  const own = (server.address() as AddressInfo).port;
  answer(server, options, own, (given) => codes.delete(given));
  return {
    address: addressOf(own, options.token),
    once() {
      const code = newToken(options.random);
      codes.add(code);
      return addressOf(own, code);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Answers what comes to `server`.
 * @param port where it is reached
 * @param opensOnce whether a token is one of those that count once
 */
export function answer(
  server: Server,
  options: DashboardOptions,
  port: number,
  opensOnce: (token: string) => boolean = () => false,
): void {
  const opens = (given: string) => sameToken(given, options.token) || opensOnce(given);
  Object.assign(server, { requestTimeout: 0, headersTimeout: 60_000 });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    // The client went away; whoever writes sees it as closed.
    response.on("error", () => {});
    serve(request, response, port, options, opens).catch((error: unknown) => {
      if (!(error instanceof StatusError)) options.logger.error("dashboard", { path: request.url, error });
      if (response.headersSent) return void response.destroy();
      sendStatus(response, (error instanceof StatusError ? error : internalError(String(error))).status);
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => refuseUpgrade(request, socket, port));
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  options: DashboardOptions,
  opens: (given: string) => boolean,
): Promise<void> {
  const { rest, target, token, page } = options;
  const url = request.url ?? "/";
  const [path = "/"] = url.split("?", 1);
  const query = new URLSearchParams(url.slice(path.length + 1));
  const asked: Asked = { method: request.method ?? "GET", path, headers: request.headers };
  const foreign = refuseForeign(asked, port);
  if (foreign) return refuse(response, asked, foreign);

  const given = path === "/" && asked.method === "GET" ? query.get("token") : null;
  if (given !== null && opens(given)) {
    const cookie = `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict`;
    response.setHeader("set-cookie", cookie);
    response.setHeader("location", "/");
    return sendWords(response, 303, "wherry dashboard", "The dashboard is at /.");
  }
  if (given !== null || !hasCookie(asked, port, token))
    return refuse(response, asked, { status: 401, message: noToken });

  if (path.startsWith("/k8s/")) {
    const dest = request.headers["sec-fetch-dest"];
    // What the cluster answers is data: nothing of it runs here, or shapes the page.
    if (dest !== undefined && dest !== "empty" && dest !== "document") {
      return refuse(response, asked, { status: 403, message: "what the cluster answers is data" });
    }
    return pass(request, response, url.slice("/k8s".length), rest);
  }
  if (path === "/watches") return serveWatches(request, response, query.getAll("path"), rest);
  if (path === "/info") {
    if (asked.method !== "GET") throw new StatusError(405, "MethodNotAllowed", "/info is read with GET");
    return sendJson(response, 200, await readInfo(rest, target));
  }
  return servePage(request, response, path, page);
}

const noToken =
  "The address that the dashboard printed when it was started opens it. When it has been started anew since, the address is another one.";

const isForPrograms = (path: string) => path.startsWith("/k8s/") || path === "/watches" || path === "/info";

/** To a person as a page, to the page's code as a `Status` whose cause tells it from one of the API server's. */
function refuse(response: ServerResponse, { path }: Asked, { status, message }: Refusal): void {
  if (!isForPrograms(path)) {
    sendWords(response, status, status === 401 ? "Not open" : "Refused", message);
    return;
  }
  const reason = { 400: "BadRequest", 401: "Unauthorized", 403: "Forbidden" }[status];
  const details = { causes: [{ reason: "Dashboard", message }] };
  sendStatus(response, new StatusError(status, reason, message, details).status);
}

/** No WebSocket leads to the cluster: for one of another site's page that is 403. */
function refuseUpgrade(request: IncomingMessage, socket: Socket, port: number): void {
  socket.on("error", () => {});
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  const foreign = refuseForeign({ method: "GET", path, headers: request.headers }, port);
  const [head, text] = foreign
    ? ["403 Forbidden", foreign.message]
    : ["501 Not Implemented", "the dashboard passes on no WebSockets; watches are plain GETs"];
  const length = Buffer.byteLength(text);
  socket.end(
    `HTTP/1.1 ${head}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${text}`,
  );
}
