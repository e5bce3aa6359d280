import type { IncomingMessage, ServerResponse } from "node:http";

/** One request to the agent, its path taken apart. */
export interface AgentExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Decoded parts of the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** A failure with its HTTP status; answered as plain text, as the kubelet does. */
export class AgentApiError extends Error {
  override readonly name = "AgentApiError";
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { "content-type": "text/plain; charset=utf-8" });
  response.end(text);
}

export function sendJson(response: ServerResponse, code: number, value: unknown): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Writes, and waits while the caller cannot keep up. */
export function write({ response, signal }: AgentExchange, bytes: Uint8Array): Promise<void> | undefined {
  if (response.write(bytes) || signal.aborted) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
