import { createServer, request, type Server } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../../base/clock.ts";
import { webStream } from "../../client/http/web.ts";
import type { Bytes } from "./streams.ts";

export interface PullRequest {
  readonly method: "GET" | "HEAD";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PullResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes;
}

/** How an image store reaches registries. A node has no way out: the process on the host does it for the node. */
export interface PullTransport {
  /** False: only registries on this machine's loopback addresses are asked. */
  readonly egress: boolean;
  /** @throws Error with a short reason when the registry does not answer */
  fetch(request: PullRequest): Promise<PullResponse>;
}

/** How long a registry may take to begin its answer. */
const answerTimeoutMs = 10_000;

/** @param url of a registry */
export const isLoopback = (url: string) => {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
};

export interface DirectOptions {
  readonly clock: Clock;
  /** False: from this machine's own loopback addresses only. */
  readonly egress: boolean;
  /** Names proxies. By default this process's own, which also says whom to trust. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Fetches from where this process runs, as containerd does: through the proxies of the environment, from whom the system trusts. */
export function directTransport({ clock, egress, env = process.env }: DirectOptions): PullTransport {
  return {
    egress,
    async fetch({ method, url, headers }) {
      if (!egress && !isLoopback(url))
        throw new Error(`egress is off in this cluster, so ${new URL(url).host} was not asked`);
      const abort = new AbortController();
      const cancel = clock.after(answerTimeoutMs, () => abort.abort());
      try {
        const {
          status,
          headers: answered,
          body,
        } = await webStream(url, { env }, { method, headers, signal: abort.signal });
        // From here on it takes as long as it takes.
        return { status, headers: withoutLists(answered), body };
      } catch (error) {
        throw abort.signal.aborted ? new Error("the registry does not answer") : error;
      } finally {
        cancel();
      }
    },
  };
}

const withoutLists = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])));

/** Lets the other side of a Unix socket fetch through `transport`: the host's part. Close the server to end it. */
export function serveTransport(transport: PullTransport, socketPath: string): Promise<Server> {
  const server = createServer(async (req, res) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const answer = await transport.fetch(JSON.parse(Buffer.concat(chunks).toString()) as PullRequest);
      const head = { status: answer.status, headers: answer.headers };
      res.writeHead(200, { "x-answer": encodeURIComponent(JSON.stringify(head)) });
      await pipeline(answer.body, res);
    } catch (error) {
      if (res.headersSent) res.destroy();
      else res.writeHead(502).end((error as Error).message);
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => resolve(server));
  });
}

/** Fetches through {@link serveTransport}: the node's part. @param egress as on the other side */
export function socketTransport(socketPath: string, egress: boolean): PullTransport {
  return {
    egress,
    fetch: (wanted) =>
      new Promise((resolve, reject) => {
        const req = request({ socketPath, method: "POST", path: "/" }, async (res) => {
          const answer = res.headers["x-answer"];
          if (typeof answer === "string") {
            const head = JSON.parse(decodeURIComponent(answer)) as Omit<PullResponse, "body">;
            resolve({ ...head, body: res });
            return;
          }
          let text = "";
          for await (const chunk of res) text += chunk;
          reject(new Error(text));
        });
        req.once("error", reject);
        req.end(JSON.stringify(wanted));
      }),
  };
}
