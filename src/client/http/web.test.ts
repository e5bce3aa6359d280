import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { WebError, webGet } from "./web.ts";

const asked: IncomingMessage[] = [];
const server = createServer((request, response) => {
  asked.push(request);
  answer(new URL(request.url ?? "", base).pathname, response);
});
let base = "";

/** `/STATUS/LOCATION` redirects; `/count/9` to `/count/8`, and so on. */
function answer(path: string, response: ServerResponse): void {
  const [, status, location = ""] = /^\/(\d{3})\/(.*)$/.exec(path) ?? [];
  const [, left] = /^\/count\/(\d+)$/.exec(path) ?? [];
  if (status) response.writeHead(Number(status), "As It Likes", location ? { location } : {}).end("said so");
  else if (Number(left) > 0) response.writeHead(302, { location: `${Number(left) - 1}` }).end();
  else if (path === "/packed") response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("unpacked"));
  else if (path === "/cut") response.writeHead(200, { "content-length": 9 }).write("half", () => response.destroy());
  else response.end("here");
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => server.close());

const get = async (path: string, env: NodeJS.ProcessEnv = {}) => {
  const { status, statusText, body } = await webGet(path.startsWith("/") ? base + path : path, { env });
  return { status, statusText, text: body.toString() };
};
const failure = (path: string, env?: NodeJS.ProcessEnv) =>
  get(path, env).then(
    () => undefined,
    (error: unknown) => (error instanceof WebError ? [error.url, error.message, error.code] : error),
  );

test("follows the redirects that Go follows, ten requests at most", async () => {
  const found = { status: 200, statusText: "OK", text: "here" };
  for (const status of [301, 302, 303, 307, 308]) expect(await get(`/${status}//x?y=z`)).toEqual(found);
  expect(asked.filter(({ url }) => url === "/x")).toHaveLength(5);
  const itself = { statusText: "As It Likes", text: "said so" };
  for (const [status, location] of [
    [300, "/x"],
    [304, "/x"],
    [302, ""],
    [404, "/x"],
  ] as const)
    expect(await get(`/${status}/${location}`)).toMatchObject(status === 304 ? { status } : { status, ...itself });
  asked.length = 0;
  expect(await get("/count/9")).toEqual(found);
  expect(asked).toHaveLength(10);
  expect(await failure("/count/10")).toEqual(["0", "stopped after 10 redirects", ""]);
  expect(asked).toHaveLength(20);
});

test("says in Go's words where it got to, and why not farther", async () => {
  const closed = "http://127.0.0.1:1/m.yaml";
  const refused = [closed, "dial tcp 127.0.0.1:1: connect: connection refused", "ECONNREFUSED"];
  expect(await failure(closed)).toEqual(refused);
  expect(await failure(`/302/${closed}`)).toEqual(refused);
  expect(await failure("/302/ftp://x/y")).toEqual(["ftp://x/y", 'unsupported protocol scheme "ftp"', ""]);
  expect(await failure("/302/http://[::1")).toContain('failed to parse Location header "http://[::1"');
  expect(await failure(base.replace("http", "https"))).toContain("http: server gave HTTP response to HTTPS client");
  expect(await failure("/cut")).toContain("unexpected EOF");
});

test("is whom the address names, as far as addresses are relative to it, and says no password", async () => {
  const named = base.replace("//", "//user%40:pass@");
  await get(`${named}/302//x`);
  await get(`${named}/302/${base}/x`);
  const who = `Basic ${Buffer.from("user@:pass").toString("base64")}`;
  expect(asked.map(({ headers }) => headers.authorization)).toEqual([who, who, who, undefined]);
  expect(await failure("http://user:pass@127.0.0.1:1/a@b")).toContain("http://user:***@127.0.0.1:1/a@b");
});

test("asks for less to be sent, as Go does", async () => {
  expect(await get("/packed")).toMatchObject({ text: "unpacked" });
  expect(asked[0]?.headers).toMatchObject({ "accept-encoding": "gzip", "user-agent": "Go-http-client/1.1" });
});

test("goes through the proxies of the environment, each address by its own", async () => {
  const env = { HTTP_PROXY: base, HTTPS_PROXY: "http://127.0.0.1:1" };
  expect(await get("http://away.example:8080/302//x", env)).toMatchObject({ text: "here" });
  expect(asked.map(({ url, headers }) => [url, headers.host])).toEqual([
    ["http://away.example:8080/302//x", "away.example:8080"],
    ["http://away.example:8080/x", "away.example:8080"],
  ]);
  const words = "proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused";
  expect(await failure("http://away.example/302/https://away.example/x", env)).toContain(words);
});
