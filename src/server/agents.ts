/**
 * How the server reaches pods and nodes: through the node's agent, which serves the kubelet's paths on its socket
 * (`/containerLogs/{namespace}/{pod}/{container}`, `/pods`, `/stats/summary`, …).
 */
import type { Readable } from "node:stream";

export interface AgentRequest {
  readonly method: string;
  /** Path and query, as the kubelet knows it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Absent: no body. */
  readonly body?: Readable;
  /** Aborting ends the exchange, also in the middle of the answer. */
  readonly signal?: AbortSignal;
}

export interface AgentResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Read it to the end or destroy it. */
  readonly body: Readable;
}

export interface AgentConnector {
  /**
   * Sends a request to the agent of a node and resolves when the head of its answer is there.
   * @throws any Error when the agent can't be reached
   */
  request(nodeName: string, request: AgentRequest): Promise<AgentResponse>;
}

/** Reaches agents that listen on Unix sockets. @param socketPath where a node's agent listens */
export function unixSocketAgents(socketPath: (nodeName: string) => string | undefined): AgentConnector {
  return {
    async request(nodeName, { method, path, headers, body, signal }) {
      const socket = socketPath(nodeName);
      if (!socket) throw new Error(`no agent of node "${nodeName}" is known`);
      const http = await import("node:http");
      return new Promise((resolve, reject) => {
        const request = http.request(
          {
            socketPath: socket,
            method,
            path,
            headers: { host: nodeName, ...headers } as Record<string, string>,
            signal,
          },
          (response) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: response }),
        );
        request.on("error", reject);
        if (body) body.pipe(request);
        else request.end();
      });
    },
  };
}
