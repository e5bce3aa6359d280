/** The page beside an upstream API server, which has nothing of wherry's own: see `upstream-api.ts`. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestHome, testHome } from "../tools/cluster.ts";
import { oneAfterTheOther } from "../tools/sequence.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";
import { type UpstreamApi, upstreamApi } from "./upstream-api.ts";

describe("the dashboard of an upstream cluster", () => {
  oneAfterTheOther();
  let home: TestHome;
  let api: UpstreamApi;
  let dashboard: Dashboard;
  let page: Page;
  const sees = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const tab = (name: string) => page.getByRole("link", { name, exact: true }).click();
  const go = (hash: string) => page.goto(`${page.url().split("#")[0]}#/${hash}`);
  const stuck = () => page.locator(".badge", { hasText: "Stuck" }).first().waitFor();

  beforeAll(async () => {
    home = testHome();
    api = await upstreamApi(home);
    dashboard = await startDashboard(home);
    page = await dashboard.open();
  });
  afterAll(async () => {
    await dashboard?.stop();
    await api?.close();
    home?.remove();
  });

  test("knows that it is not one of wherry's", async () => {
    const info = await page.evaluate("fetch('/info').then((answer) => answer.json())");
    expect(info).toEqual({
      context: "upstream",
      cluster: "upstream",
      namespace: "story",
      server: api.server,
      version: "v1.34.9",
      user: expect.objectContaining({ username: "kubernetes-admin" }),
      wherry: false,
    });
  });

  test("what is made there appears by itself", async () => {
    await sees("No workload runs here yet.");
    await sees("No Service here.");
    await page.getByRole("region", { name: "Nodes" }).getByText("localhost").waitFor();
    await api.kubectl("create", "deployment", "web", "-n", "story", "--image=web:1", "--replicas=3", "--port=80");
    await api.kubectl("expose", "deployment", "web", "-n", "story", "--port=80");
    await sees("3 of 3 ready");
    await page.getByRole("cell", { name: "ClusterIP" }).first().waitFor();
    await screenshotsOf(page, "upstream-overview");
  });

  test("a new version rolls out, and nobody speaks of connections that nobody counts", async () => {
    await page.locator(".workloads").getByRole("link", { name: "web" }).click();
    await sees("All 3 pods run revision 1.");
    await button("Set image…").click();
    await page.getByLabel("Image of container web").fill("web:2");
    await button("Set image").click();
    await sees("All 3 pods run revision 2.");
    await expect.poll(() => page.locator(".pod.available").count()).toBe(3);
    expect(await page.getByText("conn/s").count()).toBe(0);
  });

  test("one that is missing: why it is stuck, what still serves, where undo leads", async () => {
    await api.kubectl("set", "image", "deployment/web", "-n", "story", "web=web:none");
    await stuck();
    const findings = page.locator(".findings");
    await findings.getByText("web:none cannot be pulled: not found. 1 pod cannot start without it.").waitFor();
    await findings.getByText("3 old pods (revision 2) keep serving.").waitFor();
    await findings.getByText("Undo goes back to revision 2 (web:2).").waitFor();
    await findings.getByText("Where this is from").first().click();
    await findings.getByText(/^Failed to pull image/).waitFor();
    await screenshotsOf(page, "upstream-stuck");
  });

  test("a pod: its containers, conditions and events; logs that nobody can read say why", async () => {
    await page.locator(".pod.failing a").click();
    await page.getByRole("article", { name: "web" }).getByText("ImagePullBackOff").first().waitFor();
    await page.getByRole("region", { name: "Events" }).getByText("Scheduled", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Conditions" }).getByText("PodScheduled").waitFor();
    await screenshotsOf(page, "upstream-pod");
    await tab("Logs");
    await page.locator(".note").first().waitFor();
    await screenshotsOf(page, "upstream-pod-logs");
    await tab("YAML");
    await page.getByRole("region", { name: "YAML" }).getByText("image: web:none").first().waitFor();
    for (let i = 0; i < 3; i++) await page.goBack();
  });

  test("undo shows what the server says will change, then it happens", async () => {
    await button("Undo…").click();
    const changes = page.getByRole("region", { name: "This is what will change; the server has checked it." });
    await changes.waitFor();
    expect((await changes.locator("del").allTextContents()).join("")).toContain("image: web:none");
    expect((await changes.locator("ins").allTextContents()).join("")).toContain("image: web:2");
    await button("Go back to revision 2").click();
    await sees("All 3 pods run revision 4.");
  });

  test("history: what changed in each revision", async () => {
    await tab("History");
    await page.getByText("What changed since revision 1").click();
    const changes = page.getByRole("region", { name: "What changed since revision 1" });
    await changes.locator("del", { hasText: "web:1" }).waitFor();
    await changes.locator("ins", { hasText: "web:none" }).waitFor();
    await screenshotsOf(page, "upstream-history");
  });

  test("any moment of it can be seen again", async () => {
    await tab("Replay");
    await page.getByRole("heading", { name: "Revision 4" }).waitFor();
    await page.getByRole("slider", { name: "Time" }).press("End");
    await page.getByRole("region", { name: "Events" }).getByText("ScalingReplicaSet").first().waitFor();
    await screenshotsOf(page, "upstream-replay");
    await page.getByRole("slider", { name: "Time" }).press("Home");
    await page.getByRole("heading", { name: "Revision 4" }).waitFor({ state: "detached" });
  });

  test("YAML: what the server refuses, and what it accepts without doing it", async () => {
    await tab("YAML");
    const type = async (replicas: string) => {
      await page
        .getByRole("textbox", { name: "YAML of the object" })
        .getByText(/^ {2}replicas: /)
        .click();
      await page.keyboard.press("End");
      await page.keyboard.press("Shift+Home");
      await page.keyboard.type(`replicas: ${replicas}`);
      await button("Check").click();
    };
    await type("-1");
    await page.getByRole("alert").getByText("spec.replicas: Invalid value: -1").waitFor();
    await type("4");
    const changes = page.getByRole("region", { name: "The server accepts it. This is what would change:" });
    await changes.locator("ins").first().waitFor();
    expect(await changes.locator("ins").allTextContents()).toEqual(["+   replicas: 4"]);
    await button("Discard changes").click();
  });

  test("a Service: who is behind it", async () => {
    await go("n/story/services/web");
    await sees("web.story.svc.cluster.local");
    const rows = page.getByRole("region", { name: "Who is behind it" }).locator("tbody tr");
    await expect.poll(() => rows.locator(".badge.good").count()).toBe(3);
    expect(await page.getByRole("columnheader", { name: "New connections" }).count()).toBe(0);
    await screenshotsOf(page, "upstream-service");
  });

  test("the lesson, with images that this cluster has", async () => {
    await go("lesson");
    await sees("Two versions of an image that this cluster can pull, and one that does not exist.");
    const step = async (title: string, done: string | RegExp) => {
      await page.getByRole("heading", { name: title, exact: true }).waitFor();
      await button("Do it").click();
      await sees(done);
      await button("Next step").click();
    };
    await step("Deploy an app", "They are revision 1.");
    await step("Give it one stable entry", "service/first-app exposed");
    await step("Update the image", /The tiles move from revision 1/);
    await step("Break it", /The rollout is stuck, and revision 2 still serves/);
    await page
      .locator(".findings")
      .getByText(/nginx:none-such cannot be pulled: not found/)
      .waitFor();
    await screenshotsOf(page, "upstream-lesson");
    await button("Next step").click();
    await step("Go back", /Revision 2 is back, under a new number: revision 4/);
    await button("Next step").click();
    await step("Go back to a revision by its number", /Revision 1 runs again, now as revision 5/);
    await button("Do it").click();
    await sees("Nothing is left.");
  });

  test("a connection that is lost, to a server that then has forgotten: nothing is missed", async () => {
    await go("n/story");
    await sees("3 of 3 ready");
    api.cut();
    await sees("Connection lost, trying again…");
    await api.kubectl("scale", "deployment/web", "-n", "story", "--replicas=2");
    await api.kubectl("create", "configmap", "last", "-n", "story");
    api.mend(true);
    await sees("The connection is back.");
    await sees("2 of 2 ready");
  });

  test("who may only look, and only here: the rest is named", async () => {
    const own = await startDashboard(home, "--context", "viewer");
    try {
      page = await own.open();
      await sees("2 of 2 ready");
      await sees("You may not see Nodes here.");
      await screenshotsOf(page, "upstream-viewer");
      await go("n/story/services/web");
      await button("Send").click();
      await page
        .getByRole("alert")
        .getByText(/is forbidden: User "viewer" cannot get resource "pods\/proxy"/)
        .waitFor();
      expect(await page.getByText(/^Answered by/).count()).toBe(0);
      await go("n/story/deployments/web");
      await button("Scale…").click();
      await page.getByLabel("Number of pods").fill("9");
      await button("Scale").click();
      await page
        .getByRole("alert")
        .getByText(/^deployments.apps "web" is forbidden: User "viewer" cannot patch/)
        .waitFor();
    } finally {
      await own.stop();
    }
  });
});
