import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemRandom as random } from "../../base/clock.ts";
import { silentLogger as logger } from "../../base/logger.ts";
import { createRestClient } from "../../client/http/rest.ts";
import { testServer } from "../../testing/server-fixture.ts";
import { languageOf } from "./info.ts";
import { browserCommand } from "./open-browser.ts";
import { type Dashboard, startDashboard } from "./server.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

const page = mkdtempSync(join(tmpdir(), "page-"));
const script = `console.log(${JSON.stringify("long ".repeat(1000))})`;
const token = "t0ken";
const target = { context: "ctx", cluster: "clu", namespace: "team-a", language: "de-DE" };
let cluster: Awaited<ReturnType<typeof testServer>>;
let dashboard: Dashboard;
let port: number;
/** An API server that answers as a test says. */
let upstream: (request: IncomingMessage, response: ServerResponse) => void;
const fake = createServer((req, res) => upstream(req, res));
let before: Dashboard;
let fakePort: number;
const ends: (() => Promise<unknown>)[] = [];

const portOf = ({ address }: Dashboard) => Number(new URL(address).port);
const start = async (rest: Parameters<typeof createRestClient>[0]) => {
  const client = await createRestClient(rest);
  const started = await startDashboard({ rest: client, target, page, token, random, logger }, 0);
  ends.push(async () => {
    await started.close();
    client.close();
  });
  return started;
};

beforeAll(async () => {
  mkdirSync(join(page, "assets"));
  writeFileSync(join(page, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(page, "assets/index-Ab3_x-9z.js"), script);
  writeFileSync(join(page, "robots.txt"), "none");
  cluster = await testServer();
  const { ca, admin } = cluster.pki;
  dashboard = await start({ server: `https://127.0.0.1:${cluster.port}`, ca, ...admin, userAgent: "test" });
  port = portOf(dashboard);
  await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
  fakePort = (fake.address() as AddressInfo).port;
  before = await start({ server: `http://127.0.0.1:${fakePort}/base`, token: "secret", userAgent: "wherry-dashboard" });
});
beforeEach(() => {
  upstream = (_, response) => void response.end("{}");
});
afterAll(async () => {
  for (const end of ends) await end();
  fake.closeAllConnections();
  fake.close();
  await cluster.close();
  rmSync(page, { recursive: true });
});

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly at?: number;
  /** Without the cookie. */
  readonly bare?: boolean;
}

const open = (path: string, { method = "GET", headers = {}, body, at = port, bare = false }: Ask = {}) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const cookie = bare ? {} : { cookie: `other=1; wherry-dashboard-${at}=${token}` };
    // Node frames the body of a DELETE only when its length is given.
    const sized = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const all = { ...cookie, ...sized, ...headers };
    const asked = request({ host: "127.0.0.1", port: at, path, method, headers: all, agent: false }, resolve);
    asked.once("error", reject);
    asked.end(body);
  });
const ask = async (path: string, options?: Ask): Promise<Answer> => {
  const answer = await open(path, options);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return { status: answer.statusCode ?? 0, headers: answer.headers, bytes, text: bytes.toString() };
};
const own = { origin: "", "content-type": "application/json" };
const write = (method: string, body: unknown, at = port): Ask => ({
  method,
  body: JSON.stringify(body),
  headers: { ...own, origin: `http://127.0.0.1:${at}` },
  at,
});

describe("who may ask", () => {
  test("the token becomes a cookie and leaves the address", async () => {
    const answer = await ask("/?token=t0ken", { bare: true });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe("/");
    expect(answer.headers["set-cookie"]).toEqual([`wherry-dashboard-${port}=t0ken; Path=/; HttpOnly; SameSite=Strict`]);
    expect(dashboard.address).toBe(`http://127.0.0.1:${port}/?token=t0ken`);
  });

  test("an address for a browser's command line opens once", async () => {
    const { search } = new URL(dashboard.once());
    expect(search).not.toContain(token);
    expect((await ask(`/${search}`, { bare: true })).status).toBe(303);
    expect((await ask(`/${search}`, { bare: true })).status).toBe(401);
  });

  test.each(["/", "/assets/index-Ab3_x-9z.js", "/?token=wrong", "/?token="])("%s needs the cookie", async (path) => {
    const answer = await ask(path, { bare: true });
    expect([answer.status, answer.headers["content-type"]]).toEqual([401, "text/html; charset=utf-8"]);
    expect(answer.text).toContain("The address that the dashboard printed when it was started opens it.");
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test.each(["/k8s/version", "/info", "/watches?path=/api/v1/pods"])(
    "%s needs the cookie, and says so as a Status",
    async (path) => {
      const answer = await ask(path, { bare: true });
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({
        kind: "Status",
        reason: "Unauthorized",
        details: { causes: [{ reason: "Dashboard" }] },
      });
    },
  );

  test("the cookie of another dashboard is none, nor is another token", async () => {
    const cookie = (text: string) => ({ bare: true, headers: { cookie: text } });
    expect((await ask("/info", cookie(`wherry-dashboard-1=${token}`))).status).toBe(401);
    expect((await ask("/info", cookie(`wherry-dashboard-${port}=t0kem`))).status).toBe(401);
    expect((await ask("/info", cookie(`wherry-dashboard-${port}`))).status).toBe(401);
  });

  test.each(["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1"])(
    "a Host of %s is refused",
    async (host) => {
      for (const path of ["/", "/?token=t0ken", "/k8s/version"]) {
        expect((await ask(path, { headers: { host } })).status).toBe(403);
      }
    },
  );

  test("localhost is this host", async () => {
    expect((await ask("/info", { headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  test.each([
    ["another site's", { origin: "https://evil.example" }],
    ["a sandboxed page's", { origin: "null" }],
    ["another port's", { origin: "http://127.0.0.1:3000" }],
    ["another port's, without Origin", { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }],
    ["another site's, without Origin", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
    ["another site's link", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
  ])("a request of %s is refused", async (_, headers) => {
    expect((await ask("/k8s/api/v1/pods", { headers })).status).toBe(403);
    expect((await ask("/watches?path=/api/v1/pods", { headers })).status).toBe(403);
    const namespaces = "/k8s/api/v1/namespaces";
    expect((await ask(namespaces, { method: "POST", body: "{}", headers })).status).toBe(403);
    expect((await ask("/k8s/api/v1/pods", { method: "OPTIONS", headers })).headers["access-control-allow-origin"]).toBe(
      undefined,
    );
  });

  test("a link that leads here is followed; a write says where it comes from", async () => {
    const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await ask("/?token=t0ken", { headers: link, bare: true })).status).toBe(303);
    expect((await ask("/k8s/api/v1/namespaces", { method: "POST", body: "{}" })).status).toBe(403);
    const site = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
    const body = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "from-page" } });
    expect((await ask("/k8s/api/v1/namespaces", { method: "POST", body, headers: site })).status).toBe(201);
  });

  test("WebSockets are refused", async () => {
    const upgrade = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1");
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk;
        });
        socket.on("close", () => resolve(text));
        socket.write(
          `GET /k8s/api/v1/pods?watch=true HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\n` +
            `Cookie: wherry-dashboard-${port}=${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        );
      });
    expect(await upgrade("https://evil.example")).toMatch(/^HTTP\/1\.1 403 /);
    expect(await upgrade(`http://127.0.0.1:${port}`)).toMatch(/^HTTP\/1\.1 501 /);
  });

  test("what the cluster answers is no script, style or picture of the page", async () => {
    for (const dest of ["script", "style", "image", "iframe", "worker", "serviceworker"]) {
      const headers = { "sec-fetch-site": "same-origin", "sec-fetch-dest": dest };
      expect((await ask("/k8s/version", { headers })).status).toBe(403);
    }
    expect((await ask("/k8s/version", { headers: { "sec-fetch-dest": "empty" } })).status).toBe(200);
  });
});

describe("the page", () => {
  test("comes with a policy that allows nothing from elsewhere and nothing inline", async () => {
    const { status, headers, text } = await ask("/");
    expect([status, text]).toEqual([200, "<!doctype html><title>page</title>"]);
    const policy = String(headers["content-security-policy"]);
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy).not.toContain("unsafe");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
  });

  test("has files that never change, compressed", async () => {
    const file = "/assets/index-Ab3_x-9z.js";
    const packed = async (accepted: string) => ask(file, { headers: { "accept-encoding": accepted } });
    const [br, gz, plain] = [await packed("gzip, br"), await packed("gzip"), await packed("identity")];
    expect(br.headers).toMatchObject({
      "content-encoding": "br",
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "private, max-age=31536000, immutable",
      vary: "Accept-Encoding",
    });
    expect(brotliDecompressSync(br.bytes).toString()).toBe(script);
    expect(gz.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gz.bytes).toString()).toBe(script);
    expect(plain.text).toBe(script);
    expect((await ask(file, { method: "HEAD" })).headers["content-length"]).toBe(String(script.length));
  });

  test("answers at addresses of its own, and nowhere above its directory", async () => {
    const asPerson = { headers: { accept: "text/html,*/*" } };
    expect((await ask("/namespaces/default/pods/web.v1", asPerson)).text).toContain("<title>page</title>");
    expect((await ask("/nothing.js")).status).toBe(404);
    expect((await ask("/robots.txt")).headers["cache-control"]).toBe("no-store");
    for (const path of [
      "/../robots.txt",
      "/assets/../../../etc/hostname.txt",
      "/%2e%2e/robots.txt",
      "//etc/hosts.txt",
    ]) {
      expect([200, 404]).toContain((await ask(path)).status);
      expect((await ask(path)).text).not.toContain("127.0.0.1");
    }
    expect((await ask("/", write("DELETE", {}))).status).toBe(405);
  });
});

describe("the API server", () => {
  const configMaps = "/k8s/api/v1/namespaces/default/configmaps";

  test("is read and written as it is", async () => {
    const made = await ask(
      `${configMaps}?fieldManager=me`,
      write("POST", { metadata: { name: "a" }, data: { k: "1" } }),
    );
    expect([made.status, JSON.parse(made.text).metadata.managedFields[0].manager]).toEqual([201, "me"]);
    const patch = write("PATCH", { data: { k: "2" } });
    const merge = { ...patch, headers: { ...patch.headers, "content-type": "application/merge-patch+json" } };
    expect(JSON.parse((await ask(`${configMaps}/a`, merge)).text).data).toEqual({ k: "2" });
    const again = await ask(configMaps, write("POST", { metadata: { name: "a" } }));
    expect([again.status, JSON.parse(again.text).message]).toEqual([409, 'configmaps "a" already exists']);
    const gone = await ask(`${configMaps}/a`, write("DELETE", { kind: "DeleteOptions", apiVersion: "v1" }));
    expect(gone.status).toBe(200);
    expect((await ask(`${configMaps}/a`)).status).toBe(404);
  });

  test("warns through it", async () => {
    const body = { metadata: { name: "w" }, data: {}, colour: "red" };
    const answer = await ask(`${configMaps}?fieldValidation=Warn`, write("POST", body));
    expect([answer.status, answer.headers.warning]).toEqual([201, '299 - "unknown field \\"colour\\""']);
  });

  test("its watches come as they happen, and end with the page", async () => {
    const watch = await open(`${configMaps}?watch=true&fieldSelector=metadata.name=seen`);
    expect(watch.statusCode).toBe(200);
    const next = () => new Promise<string>((resolve) => watch.once("data", (chunk) => resolve(String(chunk))));
    const [first] = await Promise.all([next(), ask(configMaps, write("POST", { metadata: { name: "seen" } }))]);
    expect(JSON.parse(first)).toMatchObject({ type: "ADDED", object: { metadata: { name: "seen" } } });
    watch.destroy();
  });

  test("many watches share a connection", async () => {
    const path = (text: string) => `path=${encodeURIComponent(text)}`;
    const one = "/api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name=shared";
    const stream = await open(
      `/watches?${path(one)}&${path("/api/v1/nothings?watch=true")}&${path("/api/v1/namespaces")}`,
    );
    expect([stream.statusCode, stream.headers["content-type"]]).toEqual([200, "application/x-ndjson"]);
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
    });
    const until = (found: string) =>
      new Promise<void>((resolve) => stream.on("data", () => text.includes(found) && resolve()));
    await Promise.all([
      until('"ADDED"'),
      until('{"watch":2,"end"'),
      ask(configMaps, write("POST", { metadata: { name: "shared" } })),
    ]);
    const said = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(said.find((line) => line.watch === 0)).toMatchObject({
      watch: 0,
      event: { type: "ADDED", object: { metadata: { name: "shared" } } },
    });
    expect(said.find((line) => line.watch === 1).end).toMatchObject({ code: 404, status: { kind: "Status" } });
    expect(said.findLast((line) => line.watch === 2)).toEqual({ watch: 2, end: { code: 200 } });
    stream.destroy();
    expect((await ask("/watches")).status).toBe(400);
    expect(JSON.parse((await ask("/watches?path=/info")).text).message).toContain('path: Invalid value: "/info"');
  });

  test("gets neither the page's credentials nor what the browser adds, but ours", async () => {
    let seen: IncomingMessage | undefined;
    upstream = (req, res) => {
      seen = req;
      res.end("{}");
    };
    const at = portOf(before);
    await ask("/k8s/api/v1/pods?a=b%20c", {
      at,
      headers: {
        accept: "application/json",
        authorization: "Bearer mine",
        "impersonate-user": "root",
        "impersonate-extra-x": "y",
        "x-remote-user": "root",
        "x-forwarded-for": "1.2.3.4",
        "user-agent": "Mozilla/5.0",
        "sec-fetch-site": "same-origin",
        referer: "http://x/",
        connection: "x-mine",
        "x-mine": "1",
        "x-other": "2",
      },
    });
    expect(seen?.url).toBe("/base/api/v1/pods?a=b%20c");
    const { connection, host, ...rest } = seen?.headers ?? {};
    expect(rest).toEqual({
      accept: "application/json",
      authorization: "Bearer secret",
      "user-agent": "wherry-dashboard",
      "x-other": "2",
    });
    expect(host).toBe(`127.0.0.1:${fakePort}`);
  });

  test("cannot speak to the browser about the page", async () => {
    upstream = (_, res) => {
      res.setHeader("warning", ['299 - "one"', '299 - "two"']);
      res.writeHead(418, {
        "set-cookie": "a=b",
        "clear-site-data": '"cookies"',
        "content-security-policy": "default-src *",
        "access-control-allow-origin": "*",
        "service-worker-allowed": "/",
        location: "/api/v1/other",
        "x-app": "1",
      });
      res.end("<script>alert(1)</script>");
    };
    const { status, headers, text } = await ask("/k8s/x", { at: portOf(before) });
    expect([status, text]).toEqual([418, "<script>alert(1)</script>"]);
    for (const name of ["set-cookie", "clear-site-data", "access-control-allow-origin", "service-worker-allowed"]) {
      expect(headers).not.toHaveProperty(name);
    }
    expect(headers).toMatchObject({
      "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      warning: '299 - "one", 299 - "two"',
      location: "/k8s/api/v1/other",
      "x-app": "1",
    });
  });

  test("takes bodies as they come", async () => {
    let heard: (text: string) => void = () => {};
    const first = new Promise<string>((resolve) => {
      heard = resolve;
    });
    upstream = (req, res) => {
      let text = "";
      req.on("data", (chunk) => {
        text += chunk;
        heard(text);
      });
      req.on("end", () => res.end(text));
    };
    const at = portOf(before);
    const headers = { cookie: `wherry-dashboard-${at}=${token}`, origin: `http://127.0.0.1:${at}` };
    // Without a length, and with a method that Node would send no frame for of its own accord.
    const chunked = { ...headers, "transfer-encoding": "chunked" };
    const sent = request({
      host: "127.0.0.1",
      port: at,
      path: "/k8s/x",
      method: "DELETE",
      headers: chunked,
      agent: false,
    });
    const answer = new Promise<IncomingMessage>((resolve) => sent.once("response", resolve));
    sent.write("one");
    expect(await first).toBe("one");
    sent.end("two");
    let text = "";
    for await (const chunk of await answer) text += chunk;
    expect(text).toBe("onetwo");
  });

  test("refuses with its own words when credentials have expired", async () => {
    const status = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      message: "token expired",
      reason: "Unauthorized",
      code: 401,
    };
    upstream = (_, res) => void res.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify(status));
    const answer = await ask("/k8s/api/v1/pods", { at: portOf(before) });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([401, status]);
  });

  test("a page that reads slowly holds up its watches, and nothing piles up", async () => {
    const warnings: string[] = [];
    const warn = ({ name }: Error) => void warnings.push(name);
    process.on("warning", warn);
    const line = `${JSON.stringify({ type: "ADDED", object: { data: "x".repeat(100_000) } })}\n`;
    upstream = (_, res) => void res.end(line.repeat(20));
    const paths = Array.from({ length: 12 }, (_, i) => `path=/api/v1/${i}`).join("&");
    const answer = await open(`/watches?${paths}`, { at: portOf(before) });
    await setTimeout(200);
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(12 * 20 * 100_000);
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });

  test("that cannot be reached is 502 in words; one that breaks off ends the answer", async () => {
    const nowhere = await start({ server: "http://127.0.0.1:1", userAgent: "test" });
    const answer = await ask("/k8s/api/v1/pods", { at: portOf(nowhere) });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      502,
      {
        kind: "Status",
        reason: "BadGateway",
        message: "cannot reach the API server at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1",
      },
    ]);
    const lines = (await ask("/watches?path=/api/v1/pods", { at: portOf(nowhere) })).text;
    expect(JSON.parse(lines)).toMatchObject({ watch: 0, end: { code: 502, status: { reason: "BadGateway" } } });
    upstream = (_, res) => {
      res.write("half");
      res.flushHeaders();
      setImmediate(() => res.destroy());
    };
    await expect(ask("/k8s/x", { at: portOf(before) })).rejects.toThrow("aborted");
  });
});

describe("where the page is", () => {
  test("is told", async () => {
    expect(JSON.parse((await ask("/info")).text)).toEqual({
      ...target,
      server: `https://127.0.0.1:${cluster.port}`,
      version: "v1.34.0+wherry",
      user: expect.objectContaining({ username: "kubernetes-admin" }),
      wherry: true,
    });
  });

  test("also on a cluster that is older than the question who one is, and on none", async () => {
    upstream = (req, res) => {
      if (req.url === "/base/version") res.end(JSON.stringify({ gitVersion: "v1.26.1" }));
      else res.writeHead(404).end("404 page not found");
    };
    const server = `http://127.0.0.1:${fakePort}/base`;
    const info = async () => JSON.parse((await ask("/info", { at: portOf(before) })).text);
    expect(await info()).toEqual({ ...target, server, version: "v1.26.1", wherry: false });
    upstream = (_, res) => void res.writeHead(403).end("no");
    expect(await info()).toEqual({ ...target, server, wherry: false, problem: "no" });
  });

  test.each([
    [{ LANG: "de_DE.UTF-8" }, "de-DE"],
    [{ LANG: "de", LC_ALL: "pt_BR@latin" }, "pt-BR"],
    [{ LANG: "C.UTF-8" }, undefined],
    [{ LANG: "POSIX" }, undefined],
    [{}, undefined],
  ])("%o is the language %s", (env, language) => {
    expect(languageOf(env)).toBe(language);
  });
});

test("a browser is opened only where there is a screen", () => {
  const env = { PATH: page, DISPLAY: ":0" };
  expect(browserCommand("linux", env)).toBeUndefined();
  writeFileSync(join(page, "xdg-open"), "", { mode: 0o755 });
  expect(browserCommand("linux", env)).toBe(join(page, "xdg-open"));
  expect(browserCommand("linux", { PATH: page })).toBeUndefined();
  expect(browserCommand("linux", { ...env, CI: "true" })).toBeUndefined();
  expect(browserCommand("darwin", {})).toBe("/usr/bin/open");
  expect(browserCommand("darwin", { SSH_CONNECTION: "x" })).toBeUndefined();
});

test("a port that is taken is said", async () => {
  const rest = await createRestClient({ server: "http://127.0.0.1:1", userAgent: "test" });
  await expect(startDashboard({ rest, target, page, token, random, logger }, port)).rejects.toThrow(
    `port ${port} on 127.0.0.1 is taken`,
  );
});
