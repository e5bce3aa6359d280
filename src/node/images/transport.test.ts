/** How a registry is reached: proxies, whom to trust, and what is said when it cannot be. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcp, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { makeAuthority, makeLeaf } from "../../server/pki/certificates.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { directTransport, type PullRequest } from "./transport.ts";

const makers = { clock: systemClock, random: systemRandom };
const dir = mkdtempSync(join(tmpdir(), "wherry-transport-"));
const open: TcpServer[] = [];
const connections = new Set<object>();

const listening = async (server: TcpServer): Promise<string> => {
  open.push(server);
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const answer: RequestListener = (request, response) =>
  void response.writeHead(200, { "docker-content-digest": "sha256:1", "set-cookie": ["a", "b"] }).end(request.url);

let secure: string;
beforeAll(async () => {
  const ca = await makeAuthority(makers);
  const { cert, key } = await makeLeaf(ca, { commonName: "registry", use: "server", hosts: ["127.0.0.1"] }, makers);
  writeFileSync(join(dir, "ca.crt"), ca.cert);
  secure = await listening(createTlsServer({ cert, key }, answer));
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(async () => {
  for (const server of open) {
    (server as Partial<Server>).closeAllConnections?.();
    server.close();
  }
  rmSync(dir, { recursive: true });
});

const get = async (url: string, env: NodeJS.ProcessEnv = {}, more: Partial<PullRequest> = {}) => {
  const transport = directTransport({ clock: systemClock, egress: true, env });
  const { body, ...head } = await transport.fetch({ method: "GET", url, headers: {}, ...more });
  let text = "";
  for await (const chunk of body) text += chunk;
  return { ...head, text };
};

test("a registry that is trusted by whom the environment names", async () => {
  vi.stubEnv("SSL_CERT_FILE", join(dir, "ca.crt"));
  const answered = await get(`https://${secure}/v2/`);
  expect(answered).toMatchObject({ status: 200, text: "/v2/", headers: { "docker-content-digest": "sha256:1" } });
  await expect.poll(() => connections.size).toBe(0);
});

test("a registry that nobody trusts", async () => {
  vi.stubEnv("SSL_CERT_FILE", "/nowhere");
  vi.stubEnv("SSL_CERT_DIR", "/nowhere");
  const why = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  await expect(get(`https://${secure}/v2/`)).rejects.toThrow(why);
});

test("a registry behind the proxy that the environment names", async () => {
  const asked: unknown[] = [];
  const proxy = createServer((request, response) => {
    asked.push([request.method, request.url]);
    answer(request, response);
  });
  const HTTP_PROXY = await listening(proxy);
  expect(await get("http://registry.test/v2/a", { HTTP_PROXY })).toMatchObject({ status: 200 });
  expect(asked).toEqual([["GET", "http://registry.test/v2/a"]]);
});

test("a head has no body", async () => {
  const plain = await listening(createServer(answer));
  expect(await get(`http://${plain}/v2/`, {}, { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
});

test("what cannot be reached is said in containerd's words", async () => {
  await expect(get("http://127.0.0.1:1/v2/")).rejects.toThrow(/^dial tcp 127\.0\.0\.1:1: connect: connection refused$/);
  const plain = await listening(createServer(answer));
  await expect(get(`https://${plain}/v2/`)).rejects.toThrow("http: server gave HTTP response to HTTPS client");
});

test("a registry that never answers", async () => {
  const clock = createVirtualClock();
  const silent = await listening(createTcp());
  const transport = directTransport({ clock, egress: false, env: {} });
  const asked = transport.fetch({ method: "GET", url: `http://${silent}/v2/`, headers: {} });
  await expect.poll(() => connections.size).toBe(1);
  const failed = expect(asked).rejects.toThrow(/^the registry does not answer$/);
  await clock.advance(10_000);
  await failed;
});

test("without egress nobody but this machine is asked, whatever proxy there is", async () => {
  const transport = directTransport({ clock: systemClock, egress: false, env: { HTTP_PROXY: "127.0.0.1:1" } });
  const ask = (url: string) => transport.fetch({ method: "GET", url, headers: {} });
  await expect(ask("http://registry.test/v2/")).rejects.toThrow(
    "egress is off in this cluster, so registry.test was not asked",
  );
  const plain = await listening(createServer(answer));
  expect((await ask(`http://${plain}/v2/`)).status).toBe(200);
});
