/** `wherry dashboard` beside an API server that has nothing of wherry's own, and goes away. */
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Background, inBackground } from "../tools/background.ts";
import { startTestCluster, succeeded, type TestCluster, wherryProgram } from "../tools/cluster.ts";
import { eventually } from "../tools/eventually.ts";
import { oneAfterTheOther } from "../tools/sequence.ts";
import { type UpstreamLike, upstreamLike } from "../tools/upstream-like.ts";

oneAfterTheOther();
let cluster: TestCluster;
let upstream: UpstreamLike;
let dashboard: Background;
let address: string;
let cookie: string;

beforeAll(async () => {
  cluster = await startTestCluster({ runtime: "simulated" });
  const file = join(cluster.dir, "upstream");
  upstream = await upstreamLike(join(cluster.dir, "kubeconfig"), file);
  const args = [wherryProgram, "dashboard", "--no-open", "--kubeconfig", file];
  dashboard = inBackground(process.execPath, args, cluster.env);
  address = await eventually(() => {
    const [found] = /http:\/\/127\S+token=\S+/.exec(dashboard.out) ?? [];
    if (!found) throw new Error(`no address yet: ${dashboard.out}`);
    return found;
  });
  cookie = (await fetch(address, { redirect: "manual" })).headers.get("set-cookie")?.split(";")[0] ?? "";
});
afterAll(async () => {
  await dashboard?.interrupt();
  await upstream?.close();
  await cluster?.stop();
});

const get = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, address), { ...init, headers: { cookie, ...init.headers } });

// biome-ignore lint/suspicious/noExplicitAny: answers of all kinds, read by tests
const read = async (answer: Promise<Response>): Promise<any> => (await answer).json();

test("knows that it is not one of wherry's", async () => {
  expect(await read(get("/info"))).toMatchObject({
    context: "upstream",
    cluster: "upstream",
    server: upstream.server,
    version: "v1.34.0",
    wherry: false,
  });
  const { items } = await read(get("/k8s/api/v1/nodes"));
  expect(items[0].status.nodeInfo.kubeletVersion).toBe("v1.34.0");
  const metrics = read(get("/k8s/api/v1/nodes/wherry/proxy/metrics/proxy"));
  expect(await metrics).toMatchObject({ code: 403, reason: "Forbidden" });
  expect(await (await get("/")).text()).toMatch(/^<!doctype html>/i);
});

test("reads, writes and watches", async () => {
  const path = "/api/v1/namespaces/default/configmaps";
  const watched = await new Promise<string>((resolve, reject) => {
    const query = `path=${encodeURIComponent(`${path}?watch=true&fieldSelector=metadata.name=seen`)}`;
    const asked = request(new URL(`/watches?${query}`, address), { headers: { cookie } }, (answer) => {
      const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "seen" } });
      const headers = { origin: new URL(address).origin, "content-type": "application/json" };
      get(`/k8s${path}`, { method: "POST", body, headers }).catch(reject);
      answer.once("data", (chunk) => {
        resolve(String(chunk));
        asked.destroy();
      });
    });
    asked.once("error", reject).end();
  });
  const event = { type: "ADDED", object: { metadata: { name: "seen" } } };
  expect(JSON.parse(watched)).toMatchObject({ watch: 0, event });
});

test("says when the API server is away", async () => {
  await upstream.close();
  expect(await read(get("/k8s/api/v1/pods"))).toMatchObject({
    code: 502,
    message: expect.stringContaining(`cannot reach the API server at ${upstream.server}: connect ECONNREFUSED`),
  });
  expect((await read(get("/info"))).problem).toContain("ECONNREFUSED");
});

test("ends in order", async () => {
  expect(await dashboard.interrupt()).toMatchObject({ code: 0, err: "" });
  await expect(get("/")).rejects.toThrow();
});

test("beside it the cluster serves its own, at the address that is told", async () => {
  const told = succeeded(await cluster.wherry(["status"]), "wherry status");
  const again = succeeded(await cluster.wherry(["up"]), "wherry up");
  const [own = ""] = /http:\/\/127\S+token=\S+/.exec(told) ?? [];
  expect(again).toContain(`dashboard: ${own}\n`);
  const entered = await fetch(own, { redirect: "manual" });
  const [pair = ""] = entered.headers.get("set-cookie")?.split(";") ?? [];
  const info = await fetch(new URL("/info", own), { headers: { cookie: pair } });
  expect(await info.json()).toMatchObject({ context: "wherry", wherry: true, user: { username: "kubernetes-admin" } });
});
