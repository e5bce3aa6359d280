import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { listeningPorts } from "./listening-ports.ts";

test.each(["127.0.0.1", "127.0.0.9"])("a port is listened at, at %s, until its listener is closed", async (host) => {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(listeningPorts()).toContain(port);
  server.close();
  await once(server, "close");
  expect(listeningPorts()).not.toContain(port);
});
