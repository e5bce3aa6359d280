/** Connections that are begun before there is something to send. */
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { testServer } from "../../testing/server-fixture.ts";
import { configMaps } from "../kinds.ts";
import { createHttpClient } from "./client.ts";
import { ConnectionError, createRestClient, type RestClient, readText } from "./rest.ts";

let server: Server;
let port: number;
/** Those that came, in their order. */
let sockets: Socket[];
let clients: RestClient[];
const waiting: (() => void)[] = [];

const clientOf = async (at: number) => {
  const rest = await createRestClient({ server: `http://127.0.0.1:${at}`, userAgent: "test" });
  clients.push(rest);
  return rest;
};
const connections = async (count: number) => {
  while (sockets.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
};
const closed = (socket: Socket | undefined) =>
  new Promise<void>((resolve) => (socket?.closed ? resolve() : socket?.once("close", () => resolve())));
const ask = async (rest: RestClient) => readText(await rest.send({ method: "GET", path: "/" }));

beforeEach(async () => {
  sockets = [];
  clients = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", () => void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${sockets.length}`));
    for (const go of waiting.splice(0)) go();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as { port: number }).port;
});

afterEach(async () => {
  vi.useRealTimers();
  for (const rest of clients) rest.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test("the first request uses it, and so does what comes after", async () => {
  const rest = await clientOf(port);
  await rest.begin();
  await connections(1);
  await rest.begin();
  expect([await ask(rest), await ask(rest), sockets.length]).toEqual(["1", "1", 1]);
});

test("requests at the same time have one each", async () => {
  const rest = await clientOf(port);
  await rest.begin();
  expect((await Promise.all([ask(rest), ask(rest)])).sort()).toHaveLength(2);
  expect(sockets).toHaveLength(2);
});

test("when the server ends it before it is used, the request makes another", async () => {
  const rest = await clientOf(port);
  await rest.begin();
  await connections(1);
  sockets[0]?.resetAndDestroy();
  await vi.waitFor(async () => expect(await ask(rest)).toBe("2"));
});

test("when the server ends it as it is used, a read is asked again", async () => {
  const rest = await clientOf(port);
  await rest.begin();
  await connections(1);
  sockets[0]?.removeAllListeners("data").once("data", () => void sockets[0]?.resetAndDestroy());
  expect(await ask(rest)).toBe("2");
});

test("that it cannot be made is said to the request", async () => {
  await new Promise((resolve) => server.close(resolve));
  const rest = await clientOf(port);
  await rest.begin();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const error = await ask(rest).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as ConnectionError).code).toBe("ECONNREFUSED");
});

test("a certificate that is none is said to the request", async () => {
  const rest = await createRestClient({ server: `https://127.0.0.1:${port}`, ca: "", cert: "?", userAgent: "test" });
  clients.push(rest);
  await rest.begin();
  await expect(ask(rest)).rejects.toThrow(/PEM/);
});

test("closing the client ends what was never used", async () => {
  const rest = await clientOf(port);
  await rest.begin();
  await connections(1);
  rest.close();
  await closed(sockets[0]);
});

test("what is not used soon is ended, and a request then makes another", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const rest = await clientOf(port);
  await rest.begin();
  await connections(1);
  vi.advanceTimersByTime(5000);
  await closed(sockets[0]);
  expect(await ask(rest)).toBe("2");
});

test("credentials that are asked for come first", async () => {
  const get = vi.fn(async () => ({ token: "t" }));
  const credentials = { get, refused: async () => {} };
  const rest = await createRestClient({ server: `http://127.0.0.1:${port}`, credentials, userAgent: "test" });
  clients.push(rest);
  await rest.begin();
  expect(sockets).toHaveLength(0);
  await ask(rest);
  expect(get).toHaveBeenCalledOnce();
});

test("over TLS, against an API server", async () => {
  const api = await testServer();
  try {
    const own = { ...api.tls(undefined), userAgent: "test" };
    const rest = await createRestClient({ server: `https://127.0.0.1:${api.port}`, ...own });
    clients.push(rest);
    await rest.begin();
    expect((await createHttpClient(rest).list(configMaps)).items).toEqual([]);
    // Whom it may not trust is found out when it has been begun, and said later.
    const other = await testServer();
    const wrong = await createRestClient({ server: `https://127.0.0.1:${other.port}`, ...own });
    clients.push(wrong);
    await wrong.begin();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const failed = createHttpClient(wrong).list(configMaps);
    await expect(failed.finally(() => other.close())).rejects.toBeInstanceOf(ConnectionError);
  } finally {
    await api.close();
  }
});
