/** Whom both kubectls trust when the kubeconfig does not say, and how both get files of the web. */
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeAuthority } from "../../src/server/pki/certificates.ts";
import { loopback, makers, serverLeaf } from "./loopback.ts";

const at = loopback("trust");
const untrusted = "x509: certificate signed by unknown authority";
/** Where no certificates are. */
const nobody = { SSL_CERT_FILE: "nowhere", SSL_CERT_DIR: "nowhere" };
const ca = { SSL_CERT_FILE: "ca.crt" };

/** What was asked of the server without TLS, the address with its query. */
const asked: string[] = [];
/** What came to a proxy. */
const passed: string[] = [];
let [web, secureWeb, proxy, secureProxy] = ["", "", "", ""];

const redirects = (): Readonly<Record<string, readonly [status: number, location: string]>> => ({
  "/away.yaml": [302, `${web}/near.yaml`],
  "/near.yaml": [308, "m.yaml"],
  "/round.yaml": [301, "/round.yaml"],
  "/closed.yaml": [307, "http://u:p@127.0.0.1:1/m.yaml"],
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = "" } = request;
  const { pathname } = new URL(url, "http://away.example");
  const [status = 0, location] = redirects()[pathname] ?? [];
  asked.push(url);
  if (pathname === "/down.yaml") response.writeHead(500, "Ill").end();
  else if (pathname === "/busy.yaml" && asked.filter((other) => other === url).length < 3)
    response.writeHead(503).end();
  else if (pathname === "/cut.yaml")
    response.writeHead(200, { "content-length": 9 }).write("half", () => request.destroy());
  else if (location) response.writeHead(status, { location }).end();
  else if (pathname === "/who") response.end(`${JSON.stringify(request.headers.authorization ?? "anonymous")}\n`);
  else if (pathname === "/absent.yaml") response.writeHead(404, "Not Here").end();
  else response.end("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n");
}

function passOn(request: IncomingMessage, response: ServerResponse): void {
  passed.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
  answer(request, response);
}

function tunnel(request: IncomingMessage, client: Socket): void {
  passed.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"]}`);
  const server = connect(Number(new URL(secureWeb).port), "127.0.0.1", () => {
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    client.pipe(server).pipe(client);
  });
  for (const socket of [client, server]) socket.on("error", () => socket.destroy());
}

beforeAll(async () => {
  const authority = await makeAuthority(makers);
  const leaf = await serverLeaf(authority, undefined, ["127.0.0.1", "away.example"]);
  at.inFile("ca.crt", authority.cert);
  at.inFile("leaf.crt", leaf.cert);
  at.inFile("certificates/of-a-company", authority.cert);
  const ports = [
    createHttp(answer),
    createHttps({ ...leaf }, answer),
    createHttp(passOn).on("connect", tunnel),
    createHttps({ ...leaf }, passOn).on("connect", tunnel),
  ].map((server) => at.listen(server));
  const [a, b, c, d] = await Promise.all(ports);
  web = `http://127.0.0.1:${a}`;
  secureWeb = `https://127.0.0.1:${b}`;
  proxy = `http://u:p@127.0.0.1:${c}`;
  secureProxy = `https://u:p@127.0.0.1:${d}`;
});
beforeEach(() => {
  asked.length = 0;
  passed.length = 0;
});
afterAll(() => at.close());

const config = (cluster: object) => at.config({ token: "t" }, cluster);
const raw = ["get", "--raw", "/who"];

test("a server whose authority the kubeconfig does not name has one that the system trusts", async () => {
  const KUBECONFIG = config({ server: secureWeb });
  const said = await Promise.all([
    at.bothSay(raw, { KUBECONFIG, ...nobody }),
    at.bothSay(raw, { KUBECONFIG, ...ca }),
    at.bothSay(raw, { KUBECONFIG, SSL_CERT_DIR: `nowhere:${at.dir}/certificates` }),
    // Of whom the kubeconfig names, any certificate will do, also where no authority stands behind it.
    at.bothSay(raw, { KUBECONFIG: config({ server: secureWeb, "certificate-authority": "leaf.crt" }), ...nobody }),
  ]);
  expect(said).toEqual([expect.stringContaining(untrusted), ...Array(3).fill('"Bearer t"\n')]);
  // Node.js has one more way to be told.
  const extra = { ...nobody, NODE_EXTRA_CA_CERTS: "ca.crt" };
  expect(await at.call("ours", raw, { KUBECONFIG, ...extra })).toMatchObject({ code: 0, out: '"Bearer t"\n' });
});

test("a proxy that is reached by TLS is trusted for the same reasons as the server", async () => {
  const away = { server: "https://away.example", "proxy-url": secureProxy };
  const said = await Promise.all([
    at.bothSay(raw, { KUBECONFIG: config(away), ...nobody }),
    at.bothSay(raw, { KUBECONFIG: config(away), ...ca }),
    at.bothSay(raw, { KUBECONFIG: config({ ...away, "certificate-authority": "ca.crt" }), ...nobody }),
    at.bothSay(raw, { KUBECONFIG: config({ ...away, "insecure-skip-tls-verify": true }), ...nobody }),
  ]);
  expect(said).toEqual([expect.stringMatching(`proxyconnect tcp: .*${untrusted}`), ...Array(3).fill('"Bearer t"\n')]);
  expect(new Set(passed)).toEqual(new Set(["CONNECT away.example:443 Basic dTpw"]));
});

test("requests without TLS are passed on by an HTTP proxy", async () => {
  const KUBECONFIG = config({ server: "http://away.example:8080" });
  expect(await at.bothSay(raw, { KUBECONFIG, HTTP_PROXY: proxy })).toBe('"anonymous"\n');
  expect(passed).toEqual(Array(2).fill("GET http://away.example:8080/who Basic dTpw"));
});

test("files of the web: whom the system trusts, wherever redirects lead, through proxies", async () => {
  const label = (url: string) => ["label", "--local", "-f", url, "a=b", "-o", "jsonpath={.metadata.labels}"];
  const said = await Promise.all([
    at.bothSay(label(`${secureWeb}/away.yaml`), ca),
    at.bothSay(label("http://away.example/m.yaml"), { HTTP_PROXY: proxy }),
    at.bothSay(label("https://away.example/m.yaml"), { ...ca, HTTPS_PROXY: proxy }),
  ]);
  expect(said).toEqual(Array(3).fill('{"a":"b"}'));
  const ways = ["GET http://away.example/m.yaml Basic dTpw", "CONNECT away.example:443 Basic dTpw"];
  expect(new Set(passed)).toEqual(new Set(ways));
});

// One after the other these would take two seconds each.
test("files of the web that do not come are asked for three times, but not where another time would be in vain", async () => {
  const label = (...urls: string[]) => ["label", "--local", "a=b", "-o", "name", ...urls.flatMap((url) => ["-f", url])];
  const busy = (["real", "ours"] as const).map((program) => at.call(program, label(`${web}/busy.yaml?${program}`), {}));
  const said = await Promise.all([
    at.bothSay(label(`${secureWeb}/m.yaml`), nobody),
    at.bothSay(label(`${web}/round.yaml`), {}),
    at.bothSay(label(`${web}/closed.yaml`, `${web}/m.yaml`), {}),
    at.bothSay(label(`${web}/down.yaml`), {}),
    at.bothSay(label(`${web}/absent.yaml`), {}),
    at.bothSay(label(`${web}/absent.yaml`, `${web}/cut.yaml`), {}),
    at.bothSay(label(`${web}/down.yaml`, "absent.yaml"), {}),
  ]);
  expect(said.map((text) => text.trim())).toEqual([
    `Unable to connect to the server: tls: failed to verify certificate: ${untrusted}`,
    "Unable to connect to the server: stopped after 10 redirects",
    "configmap/m\nThe connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
    `error: unable to read URL "${web}/down.yaml", server reported 500 Ill, status code=500`,
    `error: unable to read URL "${web}/absent.yaml", server reported 404 Not Here, status code=404`,
    expect.stringMatching(/status code=404\nerror parsing \S+\/cut.yaml: unexpected EOF$/),
    'error: the path "absent.yaml" does not exist',
  ]);
  const [real, ours] = await Promise.all(busy);
  expect(real).toMatchObject({ code: 0, out: "configmap/m\n" });
  expect(ours).toEqual(real);
  const times = (path: string) => asked.filter((url) => url === path).length / 2;
  expect(["/down.yaml", "/closed.yaml", "/absent.yaml", "/cut.yaml"].map(times)).toEqual([3, 3, 2, 1]);
});

test("files of the web in kustomizations, and Go's words for those that cannot be had", async () => {
  const build = (name: string, url: string, env: NodeJS.ProcessEnv) => {
    at.inFile(`${name}/kustomization.yaml`, `resources: ["${url}"]`);
    return at.bothSay(["kustomize", name], env);
  };
  const said = await Promise.all([
    build("trusted", `${secureWeb}/m.yaml`, ca),
    build("proxy", "http://away.example/near.yaml", { HTTP_PROXY: proxy }),
    build("untrusted", `${secureWeb}/m.yaml`, nobody),
    build("round", `${web}/round.yaml`, {}),
    build("closed", `${web}/closed.yaml`, {}),
  ]);
  expect(said).toEqual([
    ...Array(2).fill(expect.stringContaining("name: m\n")),
    expect.stringContaining(`Get "${secureWeb}/m.yaml": tls: failed to verify certificate: ${untrusted}'`),
    expect.stringContaining('Get "/round.yaml": stopped after 10 redirects'),
    expect.stringContaining('Get "http://u:***@127.0.0.1:1/m.yaml": dial tcp 127.0.0.1:1: connect: connection refused'),
  ]);
});
