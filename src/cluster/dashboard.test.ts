import { statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../test/tools/free-port.ts";
import { systemRandom as random } from "../base/clock.ts";
import { silentLogger as logger } from "../base/logger.ts";
import { testServer } from "../testing/server-fixture.ts";
import { type ClusterDashboard, dashboardAddress, serveDashboard } from "./dashboard.ts";
import type { ClusterRecord } from "./record.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

/** The token is where a cluster of this name has it. */
const env = () => ({ WHERRY_HOME: join(server.dir, "..") });
const name = () => server.dir.split("/").at(-1) ?? "";
const start = (port?: number) =>
  serveDashboard({
    cluster: "mine",
    paths: { dashboardToken: join(server.dir, "dashboard-token"), socket: server.socketPath },
    port,
    server: `https://127.0.0.1:${server.port}`,
    pki: server.pki,
    env: { LANG: "de_DE.UTF-8" },
    random,
    logger,
  });
const addressOf = ({ port }: ClusterDashboard) =>
  dashboardAddress({ name: name(), dashboardPort: port } as ClusterRecord, env()) ?? "";
const cookieFrom = async (address: string) =>
  (await fetch(address, { redirect: "manual" })).headers.get("set-cookie")?.split(";")[0] ?? "";

test("is there for whoever has the token, also when the server has been started again", async () => {
  const first = await start(await freePort());
  const address = addressOf(first);
  expect(statSync(join(server.dir, "dashboard-token")).mode & 0o777).toBe(0o600);
  // Several at once, while it is being loaded.
  const [cookie, refused] = await Promise.all([cookieFrom(address), fetch(new URL("/info", address))]);
  expect(refused.status).toBe(401);
  const info = async () => (await fetch(new URL("/info", address), { headers: { cookie } })).json();
  const expected = {
    context: "mine",
    cluster: "mine",
    namespace: "default",
    language: "de-DE",
    server: `https://127.0.0.1:${server.port}`,
    version: "v1.34.0+wherry",
    user: { username: "kubernetes-admin" },
    wherry: true,
  };
  expect(await info()).toMatchObject(expected);
  first.close();
  await expect(info()).rejects.toThrow();
  const second = await start(first.port);
  expect([second.port, addressOf(second)]).toEqual([first.port, address]);
  expect(await info()).toMatchObject(expected);
  second.close();
});

test("takes another port when its own is taken, and ends with connections that are open", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  const dashboard = await start(port);
  expect(dashboard.port).not.toBe(port);
  other.close();
  const address = addressOf(dashboard);
  const path = "/k8s/api/v1/namespaces?watch=true";
  const watch = await fetch(new URL(path, address), { headers: { cookie: await cookieFrom(address) } });
  expect(watch.status).toBe(200);
  dashboard.close();
  await expect(watch.text()).rejects.toThrow();
});

test("a cluster that was started before it had one has none", () => {
  expect(dashboardAddress({ name: name() } as ClusterRecord, env())).toBeUndefined();
  expect(dashboardAddress({ name: "nothing", dashboardPort: 1 } as ClusterRecord, env())).toBeUndefined();
});
