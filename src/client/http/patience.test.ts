/** What takes too long to be connected. The limits are small here; kubectl 1.34 with its own says the same. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, connect, createServer as createTcp, type Server, Socket } from "node:net";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { inGoWords } from "./connection-words.ts";
import { whileDialling } from "./patience.ts";
import { ConnectionError, createRestClient, type RestConfig } from "./rest.ts";

const ended: (() => void)[] = [];
afterAll(() => {
  for (const end of ended) end();
});

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket.on("error", () => {})));
  await once(server.listen(0, "127.0.0.1"), "listening");
  ended.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Takes connections and never says a word. */
const silent = await listening(createTcp());

/** Takes no more connections: its process stands still, and as many wait as may. */
async function full(): Promise<string> {
  const script = `const s = require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  ended.push(() => child.kill("SIGKILL"));
  const port = Number(await once(child.stdout, "data"));
  child.kill("SIGSTOP");
  for (let taken = true; taken; ) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    ended.push(() => socket.destroy());
    taken = await Promise.race([once(socket, "connect").then(() => true), systemClock.sleep(100).then(() => false)]);
  }
  return `127.0.0.1:${port}`;
}

const brief = { dial: 5000, handshake: 5000, tunnel: 5000 };

async function failure(config: Omit<RestConfig, "userAgent">): Promise<string> {
  const all = { ...config, userAgent: "test" };
  const rest = await createRestClient(all);
  try {
    return `answered: ${(await rest.send({ method: "GET", path: "/" })).status}`;
  } catch (error) {
    return (await inGoWords(error as ConnectionError, all)).message;
  } finally {
    rest.close();
  }
}

test.each([1, 2] as const)("HTTP/%i: a server that never speaks TLS", async (httpVersion) => {
  const patience = { ...brief, handshake: 50 };
  const words = "net/http: TLS handshake timeout";
  expect(await failure({ server: `https://${silent}`, patience, httpVersion })).toBe(words);
});

test.each([1, 2] as const)("HTTP/%i: a server that never takes the connection", async (httpVersion) => {
  const [address, patience] = [await full(), { ...brief, dial: 50 }];
  const words = `dial tcp ${address}: i/o timeout`;
  expect(await failure({ server: `https://${address}`, patience, httpVersion })).toBe(words);
  if (httpVersion === 1) expect(await failure({ server: `http://${address}`, patience })).toBe(words);
  const proxied = { server: "https://192.0.2.1", proxy: `http://${address}`, patience };
  expect(await failure(proxied)).toBe(`proxyconnect tcp: ${words}`);
});

test("a proxy that never speaks TLS, never answers, or leads to where no TLS is spoken", async () => {
  const server = "https://192.0.2.1";
  const tunnel = createHttp().on("connect", (_, socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
  const said = await Promise.all([
    failure({ server, proxy: `https://${silent}`, patience: { ...brief, handshake: 50 } }),
    failure({ server, proxy: `http://${silent}`, patience: { ...brief, tunnel: 50 } }),
    failure({ server, proxy: `socks5://${silent}`, patience: { ...brief, tunnel: 50 } }),
    failure({ server, proxy: `http://${await listening(tunnel)}`, patience: { ...brief, handshake: 50 } }),
  ]);
  expect(said).toEqual([
    "proxyconnect tcp: net/http: TLS handshake timeout",
    "context deadline exceeded",
    "context deadline exceeded",
    "net/http: TLS handshake timeout",
  ]);
});

test("a name that is never found", async () => {
  const socket = whileDialling(new Socket(), { ...brief, dial: 1 });
  const [error] = (await once(socket, "error").catch((e: unknown) => [e])) as [Error];
  const config = { server: "https://far.example", userAgent: "test" };
  const { message } = await inGoWords(new ConnectionError(error), config);
  expect(message).toBe("dial tcp: lookup far.example: i/o timeout");
});

test("what has been connected in time is left alone", async () => {
  const answering = createHttp((_, response) => setTimeout(() => response.end(), 120));
  const patience = { dial: 60, handshake: 60, tunnel: 60 };
  expect(await failure({ server: `http://${await listening(answering)}`, patience })).toBe("answered: 200");
});
