/** The agent's own API, on a Unix socket: the kubelet's paths, and wherry's for images and for reaching pods. */
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import type { Agent } from "../agent.ts";
import { errorText } from "../event-text.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import { serveContainerLogs } from "./container-logs.ts";
import { type NodeImages, serveImages } from "./images.ts";
import { servePodProxy } from "./pod-proxy.ts";
import { AgentApiError, type AgentExchange, sendJson, sendText } from "./respond.ts";

export interface AgentApiOptions {
  readonly agent: Agent;
  /** Default: the runtime's images, which can be listed, pulled and removed only. */
  readonly images?: NodeImages;
  /** Resolves once this node's service proxy sends no new connections to an address, or after a time in milliseconds. */
  readonly withdrawn?: (ip: string, timeoutMs: number) => Promise<unknown>;
  /** What `/metrics/proxy` answers, in Prometheus' text format. Absent: there is no service proxy on this node. */
  readonly proxyMetrics?: () => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers one request. */
type AgentHandler = (request: IncomingMessage, response: ServerResponse) => void;

function agentHandler(options: AgentApiOptions): AgentHandler {
  return (request, response) => {
    const abort = new AbortController();
    response.once("close", () => abort.abort());
    // As it was sent: a URL would resolve dots, and so leave the path that the caller was allowed.
    const [pathname = "/", search = ""] = (request.url ?? "/").split(/\?(.*)/s, 2);
    const exchange: AgentExchange = {
      request,
      response,
      method: request.method ?? "GET",
      path: pathname.split("/").slice(1).map(decode),
      query: new URLSearchParams(search),
      signal: abort.signal,
    };
    serve(exchange, pathname, options).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy();
      if (error instanceof AgentApiError) return sendText(response, error.code, error.message);
      if (!(error instanceof RuntimeError))
        options.logger.warn("agent API", { path: pathname, error: errorText(error) });
      sendText(response, 500, errorText(error));
    });
  };
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

async function serve(exchange: AgentExchange, pathname: string, options: AgentApiOptions): Promise<void> {
  const { agent, clock, logger } = options;
  const { response, path, method } = exchange;
  const context = { pods: agent.pods, runtime: agent.runtime, clock };
  switch (path[0]) {
    case "healthz":
      return sendText(response, 200, "ok");
    case "pods":
      return sendJson(response, 200, {
        kind: "PodList",
        apiVersion: "v1",
        metadata: {},
        items: agent.pods.list().map(({ pod }) => pod),
      });
    case "metrics":
      if (path[1] !== "proxy" || path.length > 2) break;
      if (!options.proxyMetrics) throw new AgentApiError(404, "this node has no service proxy");
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
      response.end(await options.proxyMetrics());
      return;
    case "containerLogs":
      return serveContainerLogs(exchange, context);
    case "podProxy":
      return servePodProxy(exchange, context);
    case "wherry":
      if (path[1] === "withdrawn" && path[2] && options.withdrawn) {
        await options.withdrawn(path[2], Number(exchange.query.get("timeoutMs")) || 0);
        return sendText(response, 200, "ok");
      }
      if (path[1] !== "images") break;
      return serveImages(exchange, options.images ?? agent.runtime.images, () => {
        agent.refreshNode().catch((error: unknown) => logger.warn("node status", { error: errorText(error) }));
      });
  }
  throw new AgentApiError(404, `no such path: ${method} ${pathname}`);
}

export interface AgentApiServer {
  close(): Promise<void>;
}

/** Listens; only the user who runs the agent may connect. */
export async function serveAgentApi(
  options: AgentApiOptions & { readonly socketPath: string },
): Promise<AgentApiServer> {
  const { socketPath } = options;
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 }, agentHandler(options));
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
