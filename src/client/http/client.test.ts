import { expect, test } from "vitest";
import { testServer } from "../../testing/server-fixture.ts";
import { clientConformance } from "../client.conformance.ts";
import { configMaps } from "../kinds.ts";
import { createHttpClient } from "./client.ts";
import { ConnectionError, createRestClient } from "./rest.ts";

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
