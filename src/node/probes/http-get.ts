/** HTTP requests into a pod, for probes and lifecycle hooks, over connections that the runtime opens. */
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { Container, HTTPGetAction, IntOrString } from "../../api/generated/types.ts";
import type { Clock } from "../../base/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";

export interface PodTarget {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly sandboxId: string;
  readonly podIP: string;
  readonly container: Container;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly location?: string;
  readonly body: string;
}

const longestBody = 10 * 1024;

/** A port by number or by the container's name for it. @throws Error with upstream's text */
export function portOf(port: IntOrString, container: Container): number {
  const named = container.ports?.find((p) => p.name === port)?.containerPort;
  const number = named ?? Number(port);
  if (!Number.isInteger(number)) throw new Error(`couldn't find port: ${port} in container ${container.name}`);
  if (number < 1 || number > 65535) throw new Error(`invalid port number: ${number}`);
  return number;
}

export const urlOf = (action: HTTPGetAction, target: PodTarget): URL => {
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  const host = action.host || target.podIP;
  const path = action.path ?? "/";
  const authority = `${host.includes(":") ? `[${host}]` : host}:${portOf(action.port, target.container)}`;
  return new URL(`${scheme}://${authority}${path.startsWith("/") ? "" : "/"}${path}`);
};

/** The text of a URL as Go prints it: with the port that was given, also when it is the scheme's own. */
const urlText = (url: URL, port: number) => `${url.protocol}//${url.hostname}:${port}${url.pathname}${url.search}`;

const portNumber = (url: URL): number => Number(url.port) || (url.protocol === "https:" ? 443 : 80);

/**
 * @param purpose goes into the user agent: `probe`, `lifecycle`
 * @throws Error with the text that Go's client gives
 */
export async function httpGet(
  target: PodTarget,
  url: URL,
  headers: HTTPGetAction["httpHeaders"],
  timeoutMs: number,
  purpose: string,
): Promise<HttpAnswer> {
  const port = portNumber(url);
  const fail = (why: string) => new Error(`Get "${urlText(url, port)}": ${why}`);
  const abort = new AbortController();
  const cancel = target.clock.after(timeoutMs, () => abort.abort());
  let socket: Socket | undefined;
  const timedOut = new Promise<never>((_, reject) =>
    abort.signal.addEventListener("abort", () => {
      socket?.destroy();
      reject(fail("context deadline exceeded (Client.Timeout exceeded while awaiting headers)"));
    }),
  );
  timedOut.catch(() => {});
  try {
    return await Promise.race([
      timedOut,
      (async () => {
        try {
          socket = await connectTo(target, port, url.hostname, abort.signal);
        } catch (error) {
          throw fail(dialError(error, url.hostname, port));
        }
        return ask(socket, url, headers, purpose).catch((error: unknown) => {
          throw fail(readError(error));
        });
      })(),
    ]);
  } finally {
    cancel();
    socket?.destroy();
  }
}

/** Opens a connection; one that opens after the signal is closed again. */
export async function connectTo(
  { runtime, sandboxId, podIP }: PodTarget,
  port: number,
  host: string,
  signal: AbortSignal,
): Promise<Socket> {
  const bare = host.replace(/^\[|\]$/g, "");
  const socket = await runtime.connect(sandboxId, port, bare === podIP ? undefined : bare);
  if (signal.aborted) socket.destroy();
  return socket;
}

/** A failed connect as Go words it. */
export function dialError(error: unknown, host: string, port: number): string {
  const code = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
  const known: Record<string, string> = {
    ECONNREFUSED: "connect: connection refused",
    EHOSTUNREACH: "connect: no route to host",
    ENETUNREACH: "connect: network is unreachable",
    ETIMEDOUT: "i/o timeout",
  };
  return `dial tcp ${host}:${port}: ${known[code] ?? code}`;
}

const readError = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ECONNRESET") return message === "socket hang up" ? "EOF" : "read: connection reset by peer";
  return message;
};

function ask(socket: Socket, url: URL, headers: HTTPGetAction["httpHeaders"], purpose: string): Promise<HttpAnswer> {
  const sent: Record<string, string | string[]> = {};
  for (const { name, value } of headers ?? []) {
    const before = sent[name];
    sent[name] = before === undefined ? value : [before, value].flat();
  }
  const given = new Set(Object.keys(sent).map((name) => name.toLowerCase()));
  if (!given.has("user-agent")) sent["User-Agent"] = `kube-${purpose}/1.34`;
  if (!given.has("accept")) sent.Accept = "*/*";
  if (!given.has("connection")) sent.Connection = "close";
  return new Promise((resolve, reject) => {
    const stream =
      url.protocol === "https:"
        ? tlsConnect({
            socket,
            rejectUnauthorized: false,
            servername: /^[0-9.:[\]]+$/.test(url.hostname) ? "" : url.hostname,
          })
        : socket;
    stream.once("error", reject);
    const req = request({
      method: "GET",
      host: url.hostname,
      port: portNumber(url),
      path: url.pathname + url.search,
      headers: sent,
      createConnection: () => stream,
    });
    req.once("error", reject);
    req.once("response", (res: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = () =>
        resolve({
          statusCode: res.statusCode ?? 0,
          ...(res.headers.location ? { location: res.headers.location } : {}),
          body: Buffer.concat(chunks).subarray(0, longestBody).toString(),
        });
      res.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= longestBody) done();
      });
      res.once("end", done);
      res.once("error", reject);
    });
    req.end();
  });
}
