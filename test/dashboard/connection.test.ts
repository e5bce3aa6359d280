/** What comes between the page and the cluster: the page says so, comes back by itself, and has missed nothing. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Cable, cableTo } from "../tools/cable.ts";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { freePort } from "../tools/free-port.ts";
import { type Dashboard, expectAccessible, startDashboard } from "./open.ts";

/** What may see Deployments, ReplicaSets and pods, and no more: the rest is named on the page. */
const account = ["deployment-controller", "--namespace", "kube-system"];

describe("between the page and the cluster", () => {
  let cluster: TestCluster;
  let cable: Cable;
  let config: ReturnType<typeof parse>;
  const kubeconfig = () => join(cluster.dir, "by-cable");
  const tokenFile = () => join(cluster.dir, "token");

  /** By the cable, as `user` of a kubeconfig. */
  const writeConfig = (user: object) => {
    const [{ cluster: known }] = config.clusters;
    const own = {
      ...config,
      clusters: [{ name: "wherry", cluster: { ...known, server: `https://127.0.0.1:${cable.port}` } }],
      users: [{ name: "reader", user }],
      contexts: [{ name: "by-cable", context: { cluster: "wherry", user: "reader" } }],
      "current-context": "by-cable",
    };
    writeFileSync(kubeconfig(), stringify(own));
  };
  const newToken = async () => {
    await cluster.ask("create", "serviceaccount", ...account);
    return (await cluster.ask("create", "token", ...account)).trim();
  };
  const endToken = () => cluster.ask("delete", "serviceaccount", ...account, "--ignore-not-found");
  const start = (...flags: string[]) => startDashboard(cluster, "--kubeconfig", kubeconfig(), ...flags);
  const shows = (page: Page, pods: number) => page.getByText(`${pods} of ${pods} ready`).waitFor();
  const scale = async (replicas: number) => {
    await cluster.ask("scale", "deployment/shop", `--replicas=${replicas}`);
    await cluster.ask("rollout", "status", "deployment/shop");
  };
  const isBack = (page: Page) => page.getByText("The connection is back.").waitFor();

  beforeAll(async () => {
    cluster = await startTestCluster({ runtime: "simulated" });
    config = parse(readFileSync(cluster.env.KUBECONFIG as string, "utf8"));
    cable = await cableTo(Number(new URL(config.clusters[0].cluster.server).port));
    await cluster.ask("create", "deployment", "shop", "--image=shop:1", "--replicas=2");
    await cluster.ask("rollout", "status", "deployment/shop");
  });
  afterAll(async () => {
    await cable?.close();
    await cluster?.stop();
  });

  test("a lost connection, while much happens", async () => {
    writeConfig(config.users[0].user);
    await cluster.ask("create", "deployment", "short", "--image=short:1");
    const dashboard = await start();
    try {
      const page = await dashboard.open();
      await shows(page, 2);
      await page.getByRole("link", { name: "short" }).waitFor();
      cable.cut();
      await page.getByText("Connection lost, trying again…").waitFor();
      await expectAccessible(page);
      await scale(3);
      await cluster.ask("delete", "deployment", "short");
      await cluster.ask("create", "deployment", "late", "--image=late:1");
      cable.mend();
      await isBack(page);
      await shows(page, 3);
      await page.getByRole("link", { name: "late" }).waitFor();
      await page.getByRole("link", { name: "short" }).waitFor({ state: "detached" });
    } finally {
      await dashboard.stop();
    }
  });

  const program = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "/bin/cat",
    interactiveMode: "Never",
  };
  test.each([
    ["in the kubeconfig", (token: string) => writeConfig({ token })],
    [
      "that a program gives",
      (token: string) => {
        const credential = { apiVersion: program.apiVersion, kind: "ExecCredential", status: { token } };
        writeFileSync(tokenFile(), JSON.stringify(credential));
        writeConfig({ exec: { ...program, args: [tokenFile()] } });
      },
    ],
    [
      "of a file",
      (token: string) => {
        writeFileSync(tokenFile(), `${token}\n`);
        writeConfig({ tokenFile: tokenFile() });
      },
    ],
  ])("a token %s that ends, and is renewed", async (_, keep) => {
    keep(await newToken());
    await scale(2);
    const dashboard = await start();
    try {
      const page = await dashboard.open();
      await shows(page, 2);
      // Its account goes, and the token with it: watches that stand go on, new requests are refused.
      await endToken();
      cable.cut();
      cable.mend();
      await page.getByText(/^The cluster does not accept the credentials any more/).waitFor();
      await expectAccessible(page);
      await scale(4);
      keep(await newToken());
      await isBack(page);
      await shows(page, 4);
    } finally {
      await dashboard.stop();
      await endToken();
    }
  });

  test("a file whose token is replaced before the old one ends", async () => {
    writeFileSync(tokenFile(), await newToken());
    writeConfig({ tokenFile: tokenFile() });
    await scale(2);
    const dashboard = await start();
    try {
      const page = await dashboard.open();
      await shows(page, 2);
      const old = readFileSync(tokenFile(), "utf8");
      await endToken();
      writeFileSync(tokenFile(), await newToken());
      expect(readFileSync(tokenFile(), "utf8")).not.toBe(old);
      // What is asked next is asked with the old one, which is kept for a minute.
      cable.cut();
      await page.getByText("Connection lost, trying again…").waitFor();
      await scale(3);
      cable.mend();
      await isBack(page);
      await shows(page, 3);
    } finally {
      await dashboard.stop();
      await endToken();
    }
  });

  test("a dashboard that is started again has another token: its address opens the old page too", async () => {
    writeConfig(config.users[0].user);
    await scale(2);
    const dashboard: Dashboard = await start("--port", String(await freePort()));
    try {
      const page = await dashboard.open();
      await shows(page, 2);
      const address = await dashboard.restart();
      await page.getByText(/^The dashboard was started anew since this page was opened/).waitFor();
      await expectAccessible(page);
      await scale(3);
      const second = await page.context().newPage();
      // It says so for some seconds only.
      const back = isBack(page);
      await second.goto(address);
      await back;
      await shows(second, 3);
      await shows(page, 3);
    } finally {
      await dashboard.stop();
    }
  });

  test("a server that is started again", async () => {
    const dashboard = await startDashboard(cluster);
    try {
      const page = await dashboard.open();
      await shows(page, 3);
      expect((await cluster.wherry(["down", "--keep-data"])).code).toBe(0);
      await page.getByText("Connection lost, trying again…").waitFor();
      await page.getByRole("button", { name: "Try now" }).click();
      const back = isBack(page);
      expect((await cluster.wherry(["up", "--runtime", "simulated"])).code).toBe(0);
      await back;
      await scale(2);
      await shows(page, 2);
    } finally {
      await dashboard.stop();
    }
  });
});
