/** An API server that says what a test tells it to, when it tells it to: lists, watches and logs, the same to every client. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Answer {
  /** The whole answer; with `watch`, what a list gives. */
  readonly body: unknown;
  /** For clients that ask for a table. */
  readonly table?: unknown;
}

export interface ScriptedApi {
  readonly address: string;
  /** Answers by path, for requests that are no watch. */
  readonly answers: Map<string, Answer>;
  /** Paths of streams (watches, and logs that are followed) that are open now. */
  open(): string[];
  /** Sends a line to every open stream of a path, `table` to those that asked for one. */
  send(path: string, line: unknown, table?: unknown): void;
  /** Ends every open stream. */
  finish(): void;
  close(): void;
}

const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
const resource = (group: string, plural: string, kind: string) => ({
  resource: plural,
  responseKind: { group, version: "v1", kind },
  scope: "Namespaced",
  singularResource: kind.toLowerCase(),
  verbs,
});
const group = (name: string, resources: unknown[]) => ({
  metadata: { name },
  versions: [{ version: "v1", freshness: "Current", resources }],
});
const discovery = (...items: unknown[]): Answer => ({
  body: { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items },
});

interface Stream {
  readonly path: string;
  readonly table: boolean;
  readonly response: ServerResponse;
}

export async function scriptedApi(): Promise<ScriptedApi> {
  const core = ["ConfigMap", "Pod", "Event"].map((kind) => resource("", `${kind.toLowerCase()}s`, kind));
  const answers = new Map<string, Answer>([
    ["/api", discovery(group("", core))],
    ["/apis", discovery(group("apps", [resource("apps", "deployments", "Deployment")]))],
  ]);
  const streams = new Set<Stream>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://x");
    const accept = request.headers.accept ?? "";
    const table = accept.includes("as=Table");
    const type = path === "/api" || path === "/apis" ? accept.split(",")[0] : "application/json";
    response.setHeader("content-type", type ?? "application/json");
    if (query.has("watch") || query.has("follow")) {
      const stream = { path, table, response };
      streams.add(stream);
      response.once("close", () => streams.delete(stream));
      response.flushHeaders();
      return;
    }
    const found = answers.get(path);
    response.statusCode = found ? 200 : 404;
    const absent = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "NotFound",
      code: 404,
      message: "no",
    };
    response.end(JSON.stringify((table && found?.table) || (found?.body ?? absent)));
  };
  const server: Server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    open: () => [...streams].map(({ path }) => path),
    send(path, line, ofTable = line) {
      const text = (value: unknown) => `${typeof value === "string" ? value : JSON.stringify(value)}\n`;
      for (const stream of streams)
        if (stream.path === path) stream.response.write(text(stream.table ? ofTable : line));
    },
    finish: () => {
      for (const { response } of streams) response.end();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
