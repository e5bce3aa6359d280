/** An API server over a registry in memory, on a port and a Unix socket of its own, and clients for it; for tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "../base/clock.ts";
import { silentLogger } from "../base/logger.ts";
import type { AgentConnector } from "../server/agents.ts";
import type { Credentials } from "../server/pki/credentials.ts";
import { ensurePki } from "../server/pki/pki.ts";
import { type ApiServerOptions, createApiServer } from "../server/server.ts";
import { testRegistry } from "./registry-fixture.ts";

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** @throws when the body is not JSON */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  json(): any;
}

export interface TestRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Objects are sent as JSON. */
  readonly body?: unknown;
  /** Absent: the administrator. Null: nobody. */
  readonly as?: Credentials | null;
}

export type TestProtocol = "HTTP/1.1" | "HTTP/2";

const noAgents: AgentConnector = {
  request: (node) => Promise.reject(new Error(`connect ECONNREFUSED ${node}`)),
};

export async function testServer(options: Partial<ApiServerOptions> = {}) {
  const { registry, store, clock, ctx } = await testRegistry();
  const dir = await mkdtemp(join(tmpdir(), "wherry-server-"));
  const pki = await ensurePki(dir, { clock: systemClock, random: systemRandom });
  const socketPath = join(dir, "api.sock");
  const server = createApiServer({
    registry,
    pki,
    agents: noAgents,
    clock,
    random: systemRandom,
    logger: silentLogger,
    ...options,
  });
  const { port } = await server.listen({ port: 0, socketPath });
  const tls = (as: Credentials | null | undefined) => ({ ca: pki.ca, ...(as === null ? {} : (as ?? pki.admin)) });

  const answerOf = (status: number, headers: IncomingHttpHeaders, bytes: Buffer): TestAnswer => ({
    status,
    headers,
    bytes,
    text: bytes.toString(),
    json: () => JSON.parse(bytes.toString()),
  });
  const encode = (body: unknown) =>
    body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);

  const http1 = (path: string, { method = "GET", headers, body, as }: TestRequest = {}, at: object = { port }) =>
    new Promise<TestAnswer>((resolve, reject) => {
      const options = { host: "127.0.0.1", ...at, path, method, headers, agent: false, ...tls(as) } as const;
      const request = httpsRequest({ servername: "localhost", ...options }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks))));
        response.on("error", reject);
      });
      request.on("error", reject);
      request.end(encode(body));
    });

  const http2 = (path: string, { method = "GET", headers, body, as }: TestRequest = {}) =>
    new Promise<TestAnswer>((resolve, reject) => {
      const session = connectHttp2(`https://127.0.0.1:${port}`, tls(as));
      session.on("error", reject);
      const stream = session.request(
        { ":path": path, ":method": method, ...headers },
        { endStream: body === undefined },
      );
      const chunks: Buffer[] = [];
      let head: IncomingHttpHeaders & { ":status"?: number } = {};
      stream.on("response", (h) => {
        head = h;
      });
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () => {
        session.close();
        resolve(answerOf(Number(head[":status"]), head, Buffer.concat(chunks)));
      });
      if (body !== undefined) stream.end(encode(body));
    });

  return {
    registry,
    store,
    clock,
    ctx,
    pki,
    port,
    dir,
    socketPath,
    tls,
    call: (path: string, request?: TestRequest, protocol: TestProtocol = "HTTP/2") =>
      protocol === "HTTP/2" ? http2(path, request) : http1(path, request),
    callSocket: (path: string, request?: TestRequest) => http1(path, request, { socketPath }),
    async close() {
      await server.close();
      await registry.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
