/** A Service, its pods and their logs, on real containers. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { oneAfterTheOther } from "../tools/sequence.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: wherry/first-app:2
          readinessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 1 }
        - name: chatter
          image: wherry/node
          command: [node, -e, 'console.log("first words"); setInterval(() => console.log("tick"), 1000)']
---
apiVersion: v1
kind: Pod
metadata: { name: deaf, labels: { app: web } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: app
      image: wherry/first-app:1
      readinessProbe: { httpGet: { path: /, port: 9 }, periodSeconds: 1 }
    - name: short
      image: wherry/node
      command: [node, -e, 'console.log("goodbye"); setTimeout(() => process.exit(7), 100)']
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: lost }
spec: { selector: { app: nobody }, ports: [{ port: 80 }] }
`;

describe("what is behind a Service, in the dashboard", () => {
  oneAfterTheOther();
  let cluster: TestCluster;
  let dashboard: Dashboard;
  let page: Page;
  const go = (hash: string) => page.goto(`${page.url().split("#")[0]}#/n/default/${hash}`);
  const link = (name: string) => page.getByRole("link", { name, exact: true });

  beforeAll(async () => {
    cluster = await startTestCluster({ runtime: "linux" });
    await cluster.apply(manifest);
    await cluster.ask("rollout", "status", "deployment/web");
    dashboard = await startDashboard(cluster);
    page = await dashboard.open();
  });
  afterAll(async () => {
    await dashboard?.stop();
    await cluster?.stop();
  });

  test("the pods behind it, ready or not, and why not", async () => {
    await page.getByRole("region", { name: "Services" }).getByRole("link", { name: "web", exact: true }).click();
    await page.getByText("web.default.svc.cluster.local").waitFor();
    const rows = page.getByRole("region", { name: "Who is behind it" }).locator("tbody tr");
    await expect.poll(() => rows.count()).toBe(3);
    const deaf = rows.filter({ has: link("deaf") });
    expect(await deaf.textContent()).toMatch(/no/);
    await deaf.getByText(/containers with unready status: \[app/).waitFor();
    await expect.poll(() => rows.locator(".badge.good").count()).toBe(2);
  });

  test("requests go to one ready pod after the other, and each says who it was", async () => {
    const seen = new Set<string>();
    for (let sent = 1; sent <= 2; sent++) {
      await page.getByRole("button", { name: "Send" }).click();
      const answers = page.locator(".tally dd");
      await expect.poll(async () => (await answers.allTextContents()).reduce((n, s) => n + Number(s), 0)).toBe(sent);
      const text = await page.locator("pre.answer").textContent();
      const [, pod = ""] = /^first-app version 2 on (\S+)/.exec(text ?? "") ?? [];
      await page.getByText(`Answered by ${pod}`).waitFor();
      seen.add(pod);
    }
    expect(seen.size).toBe(2);
    await screenshotsOf(page, "service");
  });

  test("a Service whose selector matches nothing says so", async () => {
    await go("services/lost");
    await page.getByText("The selector matches no pod here").waitFor();
    await screenshotsOf(page, "service-lost");
  });

  test("a pod: containers, the last run, the probe that fails, conditions, events", async () => {
    await go("pods/deaf");
    const short = page.getByRole("article", { name: "short" });
    await short
      .getByText(/exit code 7/)
      .first()
      .waitFor();
    const app = page.getByRole("article", { name: "app" });
    await app.getByText("GET http :9/").waitFor();
    await app.getByText(/^Readiness probe failed: .*connection refused/).waitFor();
    await page.getByRole("region", { name: "Events" }).getByText("Successfully assigned default/deaf").waitFor();
    await screenshotsOf(page, "pod");
    await page.keyboard.press("3");
    await page.getByRole("region", { name: "YAML" }).getByText("terminationGracePeriodSeconds: 0").waitFor();
    await screenshotsOf(page, "pod-yaml");
  });

  test("logs: of the last run too", async () => {
    await go("pods/deaf/logs");
    await page.getByLabel("Container").selectOption("short");
    await page.getByLabel("Previous run").check();
    await page.getByRole("log").getByText("goodbye").first().waitFor();
  });

  test("logs of all pods together: they come by themselves, can be searched, and a pod left out", async () => {
    await go("deployments/web/logs");
    await page.getByLabel("Container").selectOption("chatter");
    const lines = page.getByRole("log").locator(".line");
    await page.getByLabel("Only lines with").fill("FIRST");
    await expect.poll(() => lines.count()).toBe(2);
    expect(await lines.locator("mark").allTextContents()).toEqual(["first", "first"]);
    const pods = page.getByRole("group", { name: "Pods whose lines are shown" }).getByRole("button");
    await pods.first().click();
    await expect.poll(() => lines.count()).toBe(1);
    await pods.first().click();
    await page.getByLabel("Only lines with").fill("tick");
    const before = await lines.count();
    await expect.poll(() => lines.count()).toBeGreaterThan(before + 4);
    await screenshotsOf(page, "logs");
  });
});
