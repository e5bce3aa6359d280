/**
 * Answers what was recorded, on loopback. Each request is answered by the next recorded exchange that asked the same; a read that
 * is repeated more often than it was recorded, as one that waits does, gets the last answer again.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answered, askedOf, type Exchange, keyOf } from "./recording.ts";

export interface ReplayServer {
  /** `http://127.0.0.1:40123` */
  readonly server: string;
  /** From now on these are answered, and nothing else. */
  play(exchanges: readonly Exchange[]): void;
  /** What went otherwise since: requests that are not recorded, and recorded changes that nobody asked for. */
  complaints(): string[];
  close(): Promise<void>;
}

export async function replayServer(): Promise<ReplayServer> {
  let answers = new Map<string, Answered[]>();
  let complaints: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = "GET", url = "/" } = request;
    const key = keyOf(askedOf(method, url, request.headers, Buffer.concat(parts).toString()));
    const left = answers.get(key) ?? [];
    const next = method === "GET" && left.length === 1 ? left[0] : left.shift();
    if (next) return replay(next, response);
    const why = answers.has(key) ? "was asked for once more than recorded" : "is not recorded";
    const message = `${key}\n${why}: if it is right to ask for it, record anew: node scripts/record-upstream.mjs`;
    complaints.push(message);
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotRecorded", code: 501, message };
    response.writeHead(501, { "content-type": "application/json" }).end(JSON.stringify(status));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(exchanges) {
      answers = new Map();
      for (const { asked, answered } of exchanges) {
        const key = keyOf(asked);
        answers.set(key, [...(answers.get(key) ?? []), answered]);
      }
      complaints = [];
    },
    complaints: () => [
      ...complaints,
      ...[...answers]
        .filter(([key, left]) => !key.startsWith("GET ") && left.length > 0)
        .map(([key]) => `${key}\nis recorded, but was not asked for`),
    ],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function replay({ status, headers, chunks, ended }: Answered, response: ServerResponse): void {
  response.writeHead(status, headers);
  response.flushHeaders();
  for (const chunk of chunks) response.write(chunk);
  // What had not ended stays open until the client goes.
  if (ended) response.end();
}
