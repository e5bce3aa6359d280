/** How both kubectls reach a server and say who they are: the same requests arrive, and failures are said in the same words. */
import { chmodSync, readFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, createServer as createTcp, type Socket } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { createRestClient, readText } from "../../src/client/http/rest.ts";
import { loadKubeconfig, resolveContext } from "../../src/client/kubeconfig.ts";
import { makeAuthority, makeLeaf } from "../../src/server/pki/certificates.ts";
import type { Credentials } from "../../src/server/pki/credentials.ts";
import type { Result } from "../tools/run.ts";
import { loopback, makers, serverLeaf } from "./loopback.ts";
import type { Program } from "./programs.ts";

const at = loopback("connections");
const { dir, inFile, listen } = at;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const yearsAgo: Clock = { ...systemClock, now: () => systemClock.now() - 20 * 365 * 86_400_000 };

let authority: Credentials;
let admin: Credentials;
/** Answers with what it was told about the caller; 401 for the token `refused`. */
let api: number;
/** The same with a certificate that has ended, and with one of another name. */
let expired: number;
let misnamed: number;
/** Hosts that each proxy was asked for. */
const tunnelled: string[] = [];
let httpProxy: number;
let socksProxy: number;

const answering = (credentials: Credentials) => {
  const server = createHttps(
    { ...credentials, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { authorization, ...headers } = request.headers;
      const impersonation = Object.fromEntries(
        Object.entries(headers)
          .filter(([name]) => name.startsWith("impersonate"))
          .sort(),
      );
      const status = /refused$/.test(authorization ?? "") ? 401 : /forbidden$/.test(authorization ?? "") ? 403 : 200;
      const certificate = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
      const failure = { kind: "Status", apiVersion: "v1", status: "Failure", code: status };
      const reason =
        status === 401
          ? { message: "Unauthorized", reason: "Unauthorized" }
          : { message: "no entry", reason: "Forbidden" };
      response.writeHead(status, { "content-type": "application/json" });
      response.end(
        `${JSON.stringify(status === 200 ? { authorization, certificate, impersonation } : { ...failure, ...reason })}\n`,
      );
    },
  );
  return listen(server);
};

const pipe = (client: Socket, port: number, head: Buffer | undefined, greeting: Buffer | string): void => {
  const upstream = connect(port, "127.0.0.1", () => {
    client.write(greeting);
    if (head?.length) upstream.write(head);
    client.pipe(upstream).pipe(client);
  });
  for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
};

beforeAll(async () => {
  authority = await makeAuthority(makers);
  const other = await makeAuthority({ ...makers, clock: yearsAgo });
  admin = await makeLeaf(authority, { commonName: "somebody", use: "client" }, makers);
  api = await answering(await serverLeaf(authority));
  expired = await answering(await serverLeaf(other, yearsAgo));
  misnamed = await answering(await serverLeaf(authority, systemClock, ["elsewhere.example"]));
  inFile("ca.crt", authority.cert);
  inFile("other-ca.crt", other.cert);
  inFile("client.crt", admin.cert);
  inFile("client.key", admin.key);
  inFile("token", "from-a-file\n");
  const proxy = createHttp();
  proxy.on("connect", (request, socket: Socket, head: Buffer) => {
    tunnelled.push(`${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    if (request.url?.startsWith("closed")) socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    else pipe(socket, api, head, "HTTP/1.1 200 OK\r\n\r\n");
  });
  httpProxy = await listen(proxy);
  socksProxy = await listen(
    createTcp((socket) => {
      socket.once("data", () => {
        socket.write(Buffer.from([5, 0]));
        socket.once("data", (ask) => {
          const host = ask[3] === 3 ? ask.subarray(5, 5 + (ask[4] ?? 0)).toString() : [...ask.subarray(4, 8)].join(".");
          tunnelled.push(`socks ${host}`);
          pipe(socket, api, undefined, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        });
      });
    }),
  );
});
afterAll(() => at.close());

/** A kubeconfig with one context. */
const config = (user: object, cluster: object = {}): string =>
  at.config(user, { server: `https://127.0.0.1:${api}`, "certificate-authority": "ca.crt", ...cluster });
const plugin = (name: string, script: string): string => {
  const path = inFile(name, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `./${name}`;
};
const credential = (status: object, version = "v1") =>
  JSON.stringify({ apiVersion: `client.authentication.k8s.io/${version}`, kind: "ExecCredential", status });

type Asked = { readonly args?: readonly string[]; readonly env?: NodeJS.ProcessEnv };
const call = (program: Program, config: string, { args = [], env = {} }: Asked = {}): Promise<Result> =>
  at.call(program, ["get", "--raw", "/who", ...args], { KUBECONFIG: config, ...env });
/** Both say the same. @returns what they say, on both streams */
const bothSay = (config: string, { args = [], env = {} }: Asked = {}): Promise<string> =>
  at.bothSay(["get", "--raw", "/who", ...args], { KUBECONFIG: config, ...env });

const exec = (command: string, more: object = {}) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never", ...more },
});

test("certificates, tokens, passwords: from files and inline", async () => {
  const certificate = { "client-certificate": "client.crt", "client-key": "client.key" };
  const inline = { "client-certificate-data": base64(admin.cert), "client-key-data": base64(admin.key) };
  expect(await bothSay(config(certificate))).toContain('"certificate":"somebody"');
  expect(await bothSay(config(inline))).toContain('"certificate":"somebody"');
  expect(await bothSay(config({ token: "t" }))).toContain('"authorization":"Bearer t"');
  expect(await bothSay(config({ tokenFile: "token" }))).toContain('"authorization":"Bearer from-a-file"');
  expect(await bothSay(config({ username: "u", password: "p" }))).toContain(`"Basic ${base64("u:p")}"`);
  expect(await bothSay(config({}), { args: ["--token=flag"] })).toContain("Bearer flag");
  expect(await bothSay(config({}), { args: ["--username=a", "--password=b"] })).toContain(base64("a:b"));
  expect(await bothSay(config({}), { args: ["--client-certificate=client.crt", "--client-key=client.key"] })).toContain(
    "somebody",
  );
});

test("impersonation: of the kubeconfig and of flags", async () => {
  const as = { token: "t", as: "other", "as-uid": "7", "as-groups": ["g"], "as-user-extra": { Scope: ["one", "two"] } };
  expect(await bothSay(config(as))).toContain('"impersonate-extra-scope":"one, two"');
  expect(
    await bothSay(config({ token: "t" }), { args: ["--as=a", "--as-group=g", "--as-group=h", "--as-uid=9"] }),
  ).toContain('"impersonate-group":"g, h"');
});

test("exec plugins: tokens, certificates, environment, arguments, what they are told", async () => {
  const echo = plugin("token-plugin", `echo "$1 $GIVEN" >&2; cat <<END\n${credential({ token: "$1-$GIVEN" })}\nEND`);
  const said = await bothSay(config(exec(echo, { args: ["one"], env: [{ name: "GIVEN", value: "two" }] })));
  expect(said).toContain('"authorization":"Bearer one-two"');
  const pair = { clientCertificateData: admin.cert, clientKeyData: admin.key };
  inFile("pair.json", credential(pair));
  expect(await bothSay(config(exec(plugin("certificate-plugin", `cat ${join(dir, "pair.json")}`))))).toContain(
    '"certificate":"somebody"',
  );
  // What the plugin is told comes back as its token.
  const told = plugin(
    "told",
    `printf '${credential({ token: "%s" })}' "$(printf %s "$KUBERNETES_EXEC_INFO" | base64 -w0)"`,
  );
  const extension = { extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "a" } }] };
  const info = await bothSay(config(exec(told, { provideClusterInfo: true }), extension));
  const [, token = ""] = /Bearer ([^"]+)/.exec(info) ?? [];
  expect(JSON.parse(Buffer.from(token, "base64").toString())).toMatchObject({
    kind: "ExecCredential",
    spec: { interactive: false, cluster: { server: `https://127.0.0.1:${api}`, config: { audience: "a" } } },
  });
  expect(Buffer.from(/Bearer ([^"]+)/.exec(await bothSay(config(exec(told))))?.[1] ?? "", "base64").toString()).toBe(
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}\n',
  );
  const older = plugin("older", `echo '${credential({ token: "old" }, "v1beta1")}'`);
  expect(
    await bothSay(config({ exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: older } })),
  ).toContain("Bearer old");
  expect(await bothSay(config(exec(plugin("babbles", "echo no JSON"))))).toContain(
    "getting credentials: decoding stdout",
  );
  expect(await bothSay(config({ token: "t", ...exec(plugin("unused", "exit 1")) }))).toContain("Bearer t");
});

test("a plugin runs once until its credentials end, and again when they are refused", async () => {
  const runs = join(dir, "runs");
  const count = plugin(
    "counting",
    `echo x >> ${runs}; echo '${credential({ token: "TOKEN" })}' | sed "s/TOKEN/$(cat ${join(dir, "say")})/"`,
  );
  const ends = plugin(
    "ending",
    `echo x >> ${runs}; echo '${credential({ token: "t", expirationTimestamp: "2020-01-01T00:00:00Z" })}'`,
  );
  const number = () => readFileSync(runs, "utf8").length / 2;
  const open = async (command: string) =>
    createRestClient((await resolveContext(await loadKubeconfig([config(exec(command))]), "test")).rest);
  const ask = async (rest: Awaited<ReturnType<typeof open>>) => {
    const response = await rest.send({ method: "GET", path: "/" });
    return `${response.status} ${await readText(response)}`;
  };
  inFile("runs", "");
  inFile("say", "refused");
  const rest = await open(count);
  await Promise.all([ask(rest), ask(rest)]).then(([a]) => expect(a).toMatch(/^401/));
  inFile("say", "good");
  await ask(rest);
  const before = number();
  expect(await ask(rest)).toMatch(/^200 .*Bearer good/);
  expect(await ask(rest)).toMatch(/^200 .*Bearer good/);
  expect(number()).toBe(before);
  rest.close();
  inFile("runs", "");
  const ending = await open(ends);
  await ask(ending);
  await ask(ending);
  expect(number()).toBe(2);
  ending.close();
});

test("oidc: an ID token that has ended is renewed, and kept in the kubeconfig", async () => {
  const jwt = (exp: number) => `${base64("{}")}.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;
  const fresh = jwt(4_000_000_000);
  const issuer = await listen(
    createHttps({ ...(await serverLeaf(authority)) }, (request, response) => {
      if (request.url === "/.well-known/openid-configuration")
        response.end(JSON.stringify({ token_endpoint: `https://127.0.0.1:${issuer}/token` }));
      else {
        let body = "";
        request.on("data", (chunk) => {
          body += chunk;
        });
        request.on("end", () => {
          const fine =
            new URLSearchParams(body).get("refresh_token") === "again" &&
            request.headers.authorization === `Basic ${base64("id:secret")}`;
          response.writeHead(fine ? 200 : 400, { "content-type": "application/json" });
          response.end(
            JSON.stringify(
              fine
                ? { access_token: "a", token_type: "bearer", id_token: fresh, refresh_token: "next" }
                : { error: "invalid_grant" },
            ),
          );
        });
      }
    }),
  );
  const provider = (more: object) => ({
    "auth-provider": {
      name: "oidc",
      config: {
        "idp-issuer-url": `https://127.0.0.1:${issuer}`,
        "idp-certificate-authority-data": base64(authority.cert),
        "client-id": "id",
        "client-secret": "secret",
        ...more,
      },
    },
  });
  expect(await bothSay(config(provider({ "id-token": fresh })))).toContain(`Bearer ${fresh}`);
  const old = { "id-token": jwt(1), "refresh-token": "again" };
  const unnamed = { ...old, "idp-certificate-authority-data": "" };
  expect(await bothSay(config(provider(unnamed)))).toContain(
    `Get "https://127.0.0.1:${issuer}/.well-known/openid-configuration": tls: failed to verify certificate: x509: `,
  );
  for (const [given, env] of [
    [old, {}],
    [unnamed, { SSL_CERT_FILE: "ca.crt" }],
  ] as const) {
    const [theirs, ours] = [config(provider(given)), config(provider(given))];
    const answers = await Promise.all([call("real", theirs, { env }), call("ours", ours, { env })]);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[1]?.out).toContain(`Bearer ${fresh}`);
    expect(readFileSync(ours, "utf8")).toBe(readFileSync(theirs, "utf8"));
    expect(readFileSync(ours, "utf8")).toContain("refresh-token: next");
  }
  expect(await bothSay(config(provider({ ...old, "idp-issuer-url": "https://127.0.0.1:1" })))).toContain("was refused");
});

test("proxies: CONNECT and SOCKS 5, of the kubeconfig and of the environment", async () => {
  const through = async (file: string, asked?: Asked) => {
    tunnelled.length = 0;
    expect(await bothSay(file, asked)).toContain("Bearer t");
    expect(new Set(tunnelled).size).toBe(1);
    return tunnelled[0];
  };
  const away = { server: `https://away.example:${api}`, "tls-server-name": "localhost" };
  expect(await through(config({ token: "t" }, { ...away, "proxy-url": `http://127.0.0.1:${httpProxy}` }))).toBe(
    `away.example:${api}`,
  );
  expect(
    await through(config({ token: "t" }, { ...away, "proxy-url": `http://u:p@127.0.0.1:${httpProxy}` })),
  ).toContain(base64("u:p"));
  expect(await through(config({ token: "t" }, { ...away, "proxy-url": `socks5://127.0.0.1:${socksProxy}` }))).toBe(
    "socks away.example",
  );
  const env = { HTTPS_PROXY: `http://127.0.0.1:${httpProxy}` };
  expect(await through(config({ token: "t" }, away), { env })).toBe(`away.example:${api}`);
  tunnelled.length = 0;
  await bothSay(config({ token: "t" }), { env });
  expect(tunnelled).toEqual([]);
  const closed = config(
    { token: "t" },
    { server: "https://closed.example:1", "proxy-url": `http://127.0.0.1:${httpProxy}` },
  );
  expect(await bothSay(closed)).toContain("Forbidden");
});

test("certificates that do not convince, and refusals, in Go's words", async () => {
  const user = { token: "t" };
  const toPort = (port: number, more: object = {}) => config(user, { server: `https://127.0.0.1:${port}`, ...more });
  expect(await bothSay(toPort(api, { "certificate-authority": "client.crt" }))).toContain(
    "x509: certificate signed by unknown authority",
  );
  expect(await bothSay(toPort(misnamed))).toContain("127.0.0.1");
  expect(await bothSay(toPort(misnamed, { "tls-server-name": "wrong.example" }))).toContain(
    "certificate is valid for elsewhere.example, not wrong.example",
  );
  expect(await bothSay(toPort(misnamed, { "tls-server-name": "elsewhere.example" }))).toContain("Bearer t");
  expect(await bothSay(toPort(expired, { "certificate-authority": "other-ca.crt" }))).toContain(
    "certificate has expired or is not yet valid",
  );
  expect(
    await bothSay(
      config(user, {
        server: `https://127.0.0.1:${expired}`,
        "certificate-authority": "",
        "insecure-skip-tls-verify": true,
      }),
    ),
  ).toContain("Bearer t");
  expect(await bothSay(config({ token: "refused" }))).toContain("You must be logged in to the server");
  expect(await bothSay(config({ token: "forbidden" }))).toContain("Forbidden");
  expect(await bothSay(toPort(httpProxy))).toContain("server gave HTTP response to HTTPS client");
});
