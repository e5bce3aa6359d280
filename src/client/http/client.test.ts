import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { testServer } from "../../testing/server-fixture.ts";
import { clientConformance } from "../client.conformance.ts";
import { configMaps } from "../kinds.ts";
import { createHttpClient } from "./client.ts";
import { ConnectionError, createRestClient, readText } from "./rest.ts";

const open = async (httpVersion: 1 | 2, socket: boolean) => {
  const server = await testServer();
  const rest = await createRestClient({
    server: `https://127.0.0.1:${server.port}`,
    ...(socket ? { socketPath: server.socketPath, tlsServerName: "localhost" } : {}),
    ...server.tls(undefined),
    userAgent: "test",
    httpVersion,
  });
  return { server, rest, client: createHttpClient(rest) };
};

for (const httpVersion of [1, 2] as const)
  for (const socket of [false, true])
    clientConformance(`HTTP/${httpVersion} over ${socket ? "a Unix socket" : "TCP"}`, async () => {
      const { server, rest, client } = await open(httpVersion, socket);
      return {
        client,
        compact: () => server.store.compact(server.store.progress()),
        async close() {
          rest.close();
          await server.close();
        },
      };
    });

test.each([1, 2] as const)(
  "HTTP/%i: a server that is gone is a ConnectionError, for watches too",
  async (httpVersion) => {
    const { server, rest, client } = await open(httpVersion, false);
    const watch = await client.watch(configMaps);
    const ended = (async () => {
      for await (const _ of watch);
    })().catch((error: unknown) => error);
    await server.close();
    await ended;
    await expect(client.list(configMaps)).rejects.toBeInstanceOf(ConnectionError);
    rest.close();
  },
);

test.each([1, 2] as const)(
  "HTTP/%i: whom the system trusts is trusted where no authority is named",
  async (httpVersion) => {
    const server = await testServer();
    const dir = mkdtempSync(join(tmpdir(), "wherry-client-"));
    const { ca = "", ...own } = server.tls(undefined);
    const ask = async () => {
      const rest = await createRestClient({
        server: `https://127.0.0.1:${server.port}`,
        ...own,
        userAgent: "test",
        httpVersion,
      });
      await createHttpClient(rest)
        .list(configMaps)
        .finally(() => rest.close());
    };
    try {
      writeFileSync(join(dir, "ca.crt"), ca);
      await expect(ask()).rejects.toBeInstanceOf(ConnectionError);
      vi.stubEnv("SSL_CERT_FILE", join(dir, "ca.crt"));
      await ask();
    } finally {
      vi.unstubAllEnvs();
      rmSync(dir, { recursive: true });
      await server.close();
    }
  },
);

test("a kept connection that the server ends as it is used again is no failure of a read", async () => {
  const seen = new WeakSet<object>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    if (seen.has(request.socket)) return void request.socket.destroy();
    seen.add(request.socket);
    response.end("answer");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const rest = await createRestClient({ server: `http://127.0.0.1:${port}`, userAgent: "test" });
  const ask = async (method: string, body?: string) =>
    readText(await rest.send({ method, path: "/", ...(body ? { body } : {}) }));
  expect([await ask("GET"), await ask("GET"), requests]).toEqual(["answer", "answer", 3]);
  await expect(ask("POST", "x")).rejects.toBeInstanceOf(ConnectionError);
  expect(requests).toBe(4);
  rest.close();
  await new Promise((resolve) => server.close(resolve));
});
