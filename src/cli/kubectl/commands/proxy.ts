/** `kubectl proxy`: the API at a local address, with the credentials of the kubeconfig. */
import { lstatSync, statSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { posix } from "node:path";
import { type Duplex, pipeline } from "node:stream";
import { createRestClient, type RestClient, type RestResponse } from "../../../client/http/rest.ts";
import { type Command, CommandError, type Invocation } from "../core/command.ts";
import { plainText, serveFile } from "./proxy/files.ts";
import { createFilter, type Filter, hostOf } from "./proxy/filter.ts";

const text = (name: string, fallback: string, usage: string, short?: string) =>
  ({ name, type: "string", default: fallback, usage, ...(short ? { short } : {}) }) as const;
const bool = (name: string, usage: string) => ({ name, type: "bool", default: "false", usage }) as const;

const defaultPort = "8001";

export const proxyCommand: Command = {
  path: "proxy",
  use: "proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
  short: "Run a proxy to the Kubernetes API server.",
  flags: [
    text("accept-hosts", "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$", "Regular expressions for hosts to accept."),
    text("accept-paths", "^.*", "Regular expressions for paths to accept."),
    text("address", "127.0.0.1", "The address to serve on."),
    text("api-prefix", "/", "The prefix to serve the API under."),
    bool("append-server-path", "Put the path of the context's server in front of each request's."),
    bool("disable-filter", "Do not filter requests. Any page in a browser can then use the API through an open port."),
    {
      name: "keepalive",
      type: "duration",
      default: "0s",
      usage: "The period of keep-alive of connections; 0 leaves it off.",
    },
    { name: "port", short: "p", type: "int", default: defaultPort, usage: "The port to serve on; 0 picks a free one." },
    text("reject-methods", "^$", "Regular expressions for HTTP methods to reject."),
    text(
      "reject-paths",
      "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach",
      "Regular expressions for paths to reject, even if accepted.",
    ),
    text("unix-socket", "", "A Unix socket to serve on.", "u"),
    text("www", "", "A folder whose files are served too.", "w"),
    text("www-prefix", "/static/", "The prefix to serve files under.", "P"),
  ],
  run,
};

/** What Go says of an address that cannot be had. */
const bindProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "cannot assign requested address",
  EACCES: "permission denied",
};

const withSlash = (prefix: string): string => (prefix.endsWith("/") ? prefix : `${prefix}/`);

async function run(invocation: Invocation): Promise<undefined> {
  const { flags, io, print, warn } = invocation;
  const session = await invocation.session();
  const socket = flags.string("unix-socket");
  const serverPath = new URL(session.rest.config.server).pathname.replace(/\/$/, "");
  if (serverPath !== "" && !flags.bool("append-server-path")) {
    warn(
      `Your kube context contains a server path ${serverPath}, use --append-server-path to automatically append the path to each request`,
    );
  }
  if (flags.bool("disable-filter") && socket === "")
    warn("Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious");
  const filter = flags.bool("disable-filter")
    ? undefined
    : createFilter({
        acceptPaths: flags.string("accept-paths"),
        rejectPaths: flags.string("reject-paths"),
        acceptHosts: flags.string("accept-hosts"),
        rejectMethods: flags.string("reject-methods"),
      });
  if (flags.int("port") !== Number(defaultPort) && socket !== "")
    throw new CommandError("cannot set --unix-socket and --port at the same time");
  const www = flags.string("www");
  if (www !== "") {
    const folder = statSync(www, { throwIfNoEntry: false });
    if (!folder) warn(`Failed to stat static file directory ${www}: stat ${www}: no such file or directory`);
    else if (!folder.isDirectory()) warn(`Static file directory ${www} is not a directory`);
  }
  const { config } = session.rest;
  const rest = flags.bool("append-server-path")
    ? session.rest
    : await createRestClient({ ...config, server: new URL(config.server).origin });
  const handle = handler(rest, filter, {
    api: withSlash(flags.string("api-prefix")),
    files: withSlash(flags.string("www-prefix")),
    folder: www,
  });
  const keepAlive = flags.duration("keepalive");
  const options = keepAlive > 0 ? { keepAlive: true, keepAliveInitialDelay: keepAlive } : {};
  const server = createServer(options, (request, response) => {
    handle(request, response).catch((error) => {
      if (!response.headersSent) plainText(response, 500, (error as Error).message);
      else response.destroy();
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    // Switching protocols goes through the same filter; its answer has no head of Node's.
    const response = new ServerResponse(request);
    response.assignSocket(socket as Socket);
    handle(request, response, socket).catch(() => socket.destroy());
  });
  const address = flags.string("address");
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const where = socket === "" ? `tcp ${address}:${flags.int("port")}` : `unix ${socket}`;
      const why = bindProblems[error.code ?? ""];
      reject(new CommandError(`listen ${where}: ${why ? `bind: ${why}` : error.message}`));
    });
    if (socket === "") server.listen(flags.int("port"), address, resolve);
    else listenPrivately(socket, () => server.listen(socket, resolve));
  });
  const bound = server.address() as AddressInfo | string;
  print(`Starting to serve on ${typeof bound === "string" ? bound : addressText(bound)}`);
  await new Promise<void>((resolve) => {
    server.once("close", resolve);
    io.signal.addEventListener("abort", () => server.close(), { once: true });
  });
  rest.close();
  return undefined;
}

const addressText = ({ address, port, family }: AddressInfo): string =>
  family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;

/** Only the user may connect to the socket; a stale one gives way. */
function listenPrivately(path: string, listen: () => void): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
  const before = process.umask(0o077);
  try {
    listen();
  } finally {
    process.umask(before);
  }
}

interface Places {
  readonly api: string;
  readonly files: string;
  /** Empty: no files are served. */
  readonly folder: string;
}

/** @param socket the connection of a request to switch protocols */
type Handle = (request: IncomingMessage, response: ServerResponse, socket?: Duplex) => Promise<void>;

function handler(rest: RestClient, filter: Filter | undefined, places: Places): Handle {
  return async (request, response, socket) => {
    const [pathname = "/", ...query] = (request.url ?? "/").split("?");
    const search = query.length > 0 ? `?${query.join("?")}` : "";
    const clean = cleanPath(pathname);
    if (clean !== pathname) {
      moved(response, clean + search);
      return;
    }
    // The longer prefix is the more particular one.
    const isFile =
      places.folder !== "" &&
      pathname.startsWith(places.files) &&
      (!pathname.startsWith(places.api) || places.files.length >= places.api.length);
    if (isFile) {
      serveFile(places.folder, `/${decodeURIComponent(pathname.slice(places.files.length))}`, search, response);
      return;
    }
    const files = places.folder === "" ? undefined : places.files;
    if (`${pathname}/` === files || `${pathname}/` === places.api) {
      moved(response, `${pathname}/${search}`);
      return;
    }
    if (!pathname.startsWith(places.api)) {
      plainText(response, 404, "404 page not found");
      return;
    }
    const stripped = places.api.startsWith("/api") ? pathname : `/${pathname.slice(places.api.length)}`;
    const host = hostOf(request.headers.host ?? "");
    if (filter && !filter.accepts(request.method ?? "GET", decodeURIComponent(stripped), host)) {
      plainText(response, 403, "Forbidden");
      return;
    }
    await pass(rest, request, response, stripped + search, socket);
  };
}

/** Without doubled slashes and dots; a slash at the end stays (Go's `ServeMux`). */
function cleanPath(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean.startsWith("//") ? clean.slice(1) : clean;
}

function moved(response: ServerResponse, location: string): void {
  response.writeHead(301, { location, "content-type": "text/html; charset=utf-8" });
  const href = location.replaceAll("&", "&amp;").replaceAll('"', "&#34;").replaceAll("<", "&lt;");
  response.end(`<a href="${href}">Moved Permanently</a>.\n\n`);
}

/** They concern one connection only. */
const hopByHop = new Set([
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "host"],
]);

async function pass(
  rest: RestClient,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  socket: Duplex | undefined,
): Promise<void> {
  const gone = new AbortController();
  if (!socket) response.once("close", () => gone.abort());
  const switching: Record<string, string> = socket
    ? { connection: "Upgrade", upgrade: request.headers.upgrade ?? "" }
    : {};
  const entries = Object.entries(request.headers).filter(
    (entry): entry is [string, string | string[]] => entry[1] !== undefined && !hopByHop.has(entry[0]),
  );
  const hasBody =
    request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
  let answer: RestResponse;
  try {
    answer = await rest.send({
      method: request.method ?? "GET",
      path,
      headers: { ...Object.fromEntries(entries), ...switching },
      ...(hasBody ? { body: request } : {}),
      signal: gone.signal,
    });
  } catch (error) {
    if (gone.signal.aborted) return;
    throw error;
  }
  if (socket && answer.socket) {
    const head = Object.entries(answer.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((v) => `${name}: ${v}`),
    );
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head.join("\r\n")}\r\n\r\n`);
    await new Promise<void>((resolve) => pipeline(socket, answer.socket as Duplex, socket, () => resolve()));
    return;
  }
  const headers = Object.entries(answer.headers).filter(([name, value]) => value !== undefined && !hopByHop.has(name));
  response.writeHead(answer.status, Object.fromEntries(headers) as Record<string, string | string[]>);
  // Headers of a watch go out before its first event.
  response.flushHeaders();
  await new Promise<void>((resolve) => pipeline(answer.body, response, () => resolve()));
  socket?.end();
}
