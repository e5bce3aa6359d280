import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubeconfigFor } from "../server/pki/kubeconfig.ts";
import { testServer } from "../testing/server-fixture.ts";
import { dashboard } from "./dashboard.ts";

const dir = mkdtempSync(join(tmpdir(), "dashboard-"));
let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
  const { pki, port } = server;
  const at = `https://127.0.0.1:${port}`;
  const config = kubeconfigFor({ name: "mine", server: at, ca: pki.ca, credentials: pki.admin });
  writeFileSync(join(dir, "kubeconfig"), JSON.stringify(config));
  writeFileSync(join(dir, "none"), "");
  writeFileSync(join(dir, "index.html"), "<!doctype html><title>page</title>");
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

const io = (stdout: PassThrough) => ({
  stdin: new PassThrough(),
  stdout,
  stderr: new PassThrough(),
  env: { KUBECONFIG: join(dir, "kubeconfig") },
});

test("serves the context of the kubeconfig with its credentials, until interrupted", async () => {
  const stdout = new PassThrough();
  let interrupt = () => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  const ended = dashboard({ open: true }, io(stdout), dir, interrupted);
  const said = await new Promise<string>((resolve) => stdout.once("data", (chunk) => resolve(String(chunk))));
  const [, context, address = ""] =
    /^dashboard of context "(.*)" \(https:.*\): (http:\S+)\nCtrl-C ends it\n$/.exec(said) ?? [];
  expect(context).toBe("mine");
  const opened = await fetch(address, { redirect: "manual" });
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  const get = (path: string) => fetch(new URL(path, address), { headers: { cookie } });
  expect(await (await get("/")).text()).toContain("<title>page</title>");
  expect(await (await get("/info")).json()).toMatchObject({ context: "mine", user: { username: "kubernetes-admin" } });
  expect((await get("/k8s/api/v1/namespaces/default/pods")).status).toBe(200);
  interrupt();
  expect(await ended).toBe(0);
  await expect(get("/")).rejects.toThrow();
});

test("asks a program for credentials where the kubeconfig says so", async () => {
  const { ca, admin } = server.pki;
  const status = { clientCertificateData: admin.cert, clientKeyData: admin.key };
  const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
  writeFileSync(join(dir, "credential"), JSON.stringify(credential));
  const user = {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "/bin/cat",
      args: [join(dir, "credential")],
      interactiveMode: "Never",
    },
  };
  const cluster = {
    server: `https://127.0.0.1:${server.port}`,
    "certificate-authority-data": Buffer.from(ca).toString("base64"),
  };
  const config = {
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "by-program", context: { cluster: "c", user: "u", namespace: "team" } }],
  };
  writeFileSync(join(dir, "exec"), JSON.stringify(config));
  const stdout = new PassThrough();
  const ended = dashboard(
    { open: false, kubeconfig: join(dir, "exec"), context: "by-program" },
    io(stdout),
    dir,
    new Promise((resolve) => stdout.once("end", resolve)),
  );
  const said = await new Promise<string>((resolve) => stdout.once("data", (chunk) => resolve(String(chunk))));
  const address = /http:\/\/127\S+/.exec(said)?.[0] ?? "";
  const cookie = (await fetch(address, { redirect: "manual" })).headers.get("set-cookie")?.split(";")[0] ?? "";
  const info = await fetch(new URL("/info", address), { headers: { cookie } });
  expect(await info.json()).toMatchObject({
    context: "by-program",
    namespace: "team",
    user: { username: "kubernetes-admin" },
  });
  stdout.resume().end();
  expect(await ended).toBe(0);
});

test("says at once why it cannot", async () => {
  const run = (flags: object, page = dir) => dashboard({ open: false, ...flags }, io(new PassThrough()), page);
  await expect(run({ context: "nowhere" })).rejects.toThrow('context "nowhere" does not exist');
  await expect(run({ kubeconfig: join(dir, "none") })).rejects.toThrow(
    "the kubeconfig has no current context; name one with --context",
  );
  await expect(run({}, join(dir, "nothing"))).rejects.toThrow("the dashboard's page is not in this installation");
  await expect(run({ port: server.port })).rejects.toThrow(`port ${server.port} on 127.0.0.1 is taken`);
});
