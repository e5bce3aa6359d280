/** `kubectl proxy`: both proxies in front of one server answer the same requests the same way, with every flag. */
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../tools/eventually.ts";
import { both, endStarted, type Program, type Running, start as startProgram } from "./programs.ts";

const dir = mkdtempSync(join(tmpdir(), "wherry-proxy-"));
const env = { PATH: process.env.PATH, HOME: dir };

let server: Server;
/** Says what it was asked. */
let address: string;
beforeAll(async () => {
  server = createServer((asked, response) => {
    if (asked.url === "/api/v1/watched") {
      response.flushHeaders();
      response.write("first\n");
      return;
    }
    let body = "";
    asked.on("data", (chunk) => {
      body += chunk;
    });
    asked.once("end", () => {
      const code = asked.url?.includes("absent") ? 404 : 200;
      response.writeHead(code, { "content-type": "application/json", "x-said": "yes" });
      response.end(JSON.stringify({ method: asked.method, url: asked.url, type: asked.headers["content-type"], body }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(join(dir, "www/sub"), { recursive: true });
  writeFileSync(join(dir, "www/page.txt"), "a page");
  writeFileSync(join(dir, "www/sub/index.html"), "<p>an index</p>");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

afterEach(endStarted);

/** What kubectl has to say here are lines of its log, each with a head. */
const withoutHeads = (text: string) => text.replace(/^[EWI]\d{4} [\d:.]+ +\d+ \S+\.go:\d+\] /gm, "");

function start(program: Program, words: readonly string[], to = address): Running {
  const run = startProgram(program, ["--server", to, "proxy", ...words], env);
  const ended = run.ended.then((result) => ({ ...result, err: withoutHeads(result.err) }));
  return { ...run, err: () => withoutHeads(run.err()), ended };
}

interface Proxy extends Running {
  /** Where it serves: a port, or the path of a socket. */
  readonly at: string;
}

async function serving(program: Program, words: readonly string[], to = address): Promise<Proxy> {
  const proxy = start(program, words, to);
  const at = await eventually(() => {
    const [, place] = /^Starting to serve on (?:127\.0\.0\.1:)?(\S+)\n/m.exec(proxy.out()) ?? [];
    if (!place) throw new Error(`${program}: ${proxy.out()}${proxy.err()}`);
    return place;
  });
  return { ...proxy, at };
}

interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** What of an answer counts: no dates, no lengths, no connections. */
async function ask({ at }: Proxy, { method = "GET", path, headers = {}, body }: Ask) {
  const where = at.startsWith("/") ? { socketPath: at } : { host: "127.0.0.1", port: Number(at) };
  const sent = request({ ...where, method, path, headers: { host: "localhost", ...headers }, agent: false });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  const { "content-type": type, location, "x-said": said } = answer.headers;
  return { status: answer.statusCode, type, location, said, text };
}

const www = join(dir, "www");
const api = "/api/v1/namespaces/default/pods";

test.each<[flags: string, asked: readonly Ask[]]>([
  [
    "",
    [
      { path: "/" },
      { path: `${api}?limit=1` },
      { path: "/absent" },
      { path: "/a//b/../c" },
      { path: `${api}/x/exec` },
      { path: `${api}/x/attach` },
      { path: `${api}/x/log` },
      { path: api, method: "POST", headers: { "content-type": "application/json" }, body: "{}" },
      { path: api, method: "DELETE" },
      { path: api, headers: { host: "example.com" } },
      { path: api, headers: { host: "127.0.0.1:8001" } },
      { path: api, headers: { host: "[::1]:8001" } },
      { path: api, headers: { host: "localhost.example.com" } },
    ],
  ],
  ["--accept-hosts=^example", [{ path: api }, { path: api, headers: { host: "example.com" } }]],
  ["--accept-paths=^/api/v1/nodes", [{ path: api }, { path: "/api/v1/nodes" }]],
  ["--reject-paths=^/api/v1/nodes", [{ path: "/api/v1/nodes" }, { path: `${api}/x/exec` }]],
  [
    "--reject-methods=^POST$,^PUT$",
    [{ path: api }, { path: api, method: "POST" }, { path: api, method: "PUT" }, { path: api, method: "PATCH" }],
  ],
  ["--disable-filter", [{ path: `${api}/x/exec` }, { path: api, headers: { host: "example.com" } }]],
  ["--api-prefix=/custom/", [{ path: `/custom${api}` }, { path: "/custom" }, { path: api }]],
  ["--api-prefix=/k8s-api", [{ path: `/k8s-api${api}` }, { path: "/k8s-api/" }, { path: "/" }]],
  [
    `--www=${www}`,
    [
      { path: "/static/page.txt" },
      { path: "/static/absent.txt" },
      { path: "/static/sub/" },
      { path: "/static/sub" },
      { path: "/static/../../etc/passwd" },
      { path: "/static" },
      { path: api },
    ],
  ],
  [
    `--www=${www} --www-prefix=/files/ --api-prefix=/api/`,
    [{ path: "/files/page.txt" }, { path: "/static/page.txt" }, { path: api }, { path: "/version" }],
  ],
  ["--keepalive=1s --address=127.0.0.1", [{ path: api }]],
])("proxy --port=0 %s answers as kubectl's", async (flags, asked) => {
  const words = ["--port=0", ...flags.split(" ").filter((flag) => flag !== "")];
  const [real, ours] = await Promise.all(both.map((program) => serving(program, words)));
  if (!real || !ours) throw new Error("both are started");
  expect(ours.out().replace(/\d+\n/, "PORT\n")).toBe(real.out().replace(/\d+\n/, "PORT\n"));
  expect(ours.err()).toBe(real.err());
  for (const one of asked) expect([one, await ask(ours, one)]).toEqual([one, await ask(real, one)]);
});

test("what a server sends bit by bit arrives bit by bit", async () => {
  const proxy = await serving("ours", ["--port=0"]);
  const sent = request({ host: "127.0.0.1", port: Number(proxy.at), path: "/api/v1/watched", agent: false });
  sent.end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const [chunk] = (await once(answer.setEncoding("utf8"), "data")) as [string];
  expect(chunk).toBe("first\n");
  sent.destroy();
});

test("--append-server-path puts the path of the server in front; without it there is a word about that", async () => {
  for (const flags of [["--append-server-path"], []]) {
    const words = ["--port=0", ...flags];
    const [real, ours] = await Promise.all(both.map((program) => serving(program, words, `${address}/behind/this`)));
    if (!real || !ours) throw new Error("both are started");
    expect(ours.err()).toBe(real.err());
    expect(await ask(ours, { path: api })).toEqual(await ask(real, { path: api }));
  }
});

test("--unix-socket: only the user may connect, and one that is left over gives way", async () => {
  const words = (program: Program) => ["--unix-socket", join(dir, `${program}.sock`)];
  for (let i = 0; i < 2; i++) {
    const proxies = await Promise.all(both.map((program) => serving(program, words(program))));
    const answers = await Promise.all(proxies.map((proxy) => ask(proxy, { path: api })));
    expect(answers[1]).toEqual(answers[0]);
    expect(statSync(proxies[1]?.at ?? "").mode & 0o777).toBe(statSync(proxies[0]?.at ?? "").mode & 0o777);
    for (const { child, ended } of proxies) {
      child.kill("SIGKILL");
      await ended;
    }
    expect(existsSync(join(dir, "ours.sock"))).toBe(true);
  }
});

test("what cannot be served is refused in kubectl's words", async () => {
  const taken = createTcp().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  for (const words of [[`--port=${port}`], ["--port=1", "--unix-socket=x"], ["--address=192.0.2.1", "--port=0"]]) {
    const [real, ours] = both.map((program) => start(program, words));
    if (!real || !ours) throw new Error("both are started");
    expect([words, await ours.ended]).toEqual([words, await real.ended]);
  }
  taken.close();
  // Of a pattern that is none kubectl dies with a line of its log.
  const odd = start("ours", ["--accept-hosts=("]);
  const { code, err } = await odd.ended;
  expect(code).toBe(1);
  expect(err).toMatch(/^error: Error compiling re: .*\(.*\n$/);
});

test("a folder that is not there is said, and the API served all the same", async () => {
  for (const folder of [join(dir, "absent"), join(www, "page.txt")]) {
    const words = ["--port=0", `--www=${folder}`];
    const [real, ours] = await Promise.all(both.map((program) => serving(program, words)));
    if (!real || !ours) throw new Error("both are started");
    expect(ours.err()).toBe(real.err());
    expect(await ask(ours, { path: api })).toEqual(await ask(real, { path: api }));
  }
});

test("an interrupt ends it, also while a request is open", async () => {
  const [real, ours] = await Promise.all(both.map((program) => serving(program, ["--port=0"])));
  if (!real || !ours) throw new Error("both are started");
  const sent = request({ host: "127.0.0.1", port: Number(ours.at), path: "/api/v1/watched", agent: false });
  sent.on("error", () => {});
  sent.end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.on("error", () => {});
  for (const { child } of [real, ours]) child.kill("SIGINT");
  expect((await ours.ended).code).toBe((await real.ended).code);
});
