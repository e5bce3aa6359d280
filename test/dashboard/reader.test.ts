/** Readers differ: one speaks Korean, one has only a keyboard, one may not see everything. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { eventually } from "../tools/eventually.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";

const images = `
- pattern: "*:10"
  pullError: manifest unknown
- pattern: "*"
  readyAfter: 100ms
`;

describe("readers of the dashboard", () => {
  let cluster: TestCluster;
  let dashboard: Dashboard;
  const at = (page: Page, fragment: string) => page.goto(`${page.url().split("#")[0]}#${fragment}`);
  const focused = (page: Page) => page.evaluate("document.activeElement.textContent");

  beforeAll(async () => {
    cluster = await startTestCluster({ runtime: "simulated", simulatedImages: images });
    dashboard = await startDashboard(cluster);
    await cluster.ask("create", "deployment", "shop", "--image=shop:1", "--replicas=2");
    await cluster.ask("rollout", "status", "deployment/shop");
  });
  afterAll(async () => {
    await dashboard?.stop();
    await cluster?.stop();
  });

  test("in Korean: why it is stuck, and undo", async () => {
    await cluster.ask("set", "image", "deployment/shop", "shop=shop:10");
    const page = await dashboard.open({ locale: "ko-KR" });
    await page.getByRole("heading", { name: "개요" }).waitFor();
    await page.getByText("막힘").waitFor();
    await screenshotsOf(page, "ko-overview");
    await page.getByRole("link", { name: "shop" }).click();
    const findings = page.locator(".findings");
    await findings.getByText("이미지를 가져올 수 없습니다: manifest unknown. 파드 1개가 시작하지 못합니다.").waitFor();
    await findings.getByText("이전 파드 2개(리비전 1)가 계속 응답합니다.").waitFor();
    await screenshotsOf(page, "ko-rollout");
    await page.getByRole("button", { name: "되돌리기…" }).click();
    await page.locator("del", { hasText: "shop:10" }).waitFor();
    await page.getByRole("button", { name: "리비전 1로 돌아가기" }).click();
    await page.getByText("파드 2개 모두 리비전 3으로 실행 중입니다.").waitFor();
    expect(await page.title()).toBe("shop · wherry");
    expect(await page.evaluate("document.documentElement.lang")).toBe("ko");
    await page.context().close();
  });

  test("with the keyboard alone: find, update, see it stuck, undo, look back", async () => {
    const page = await dashboard.open();
    const keys = page.keyboard;
    await page.getByRole("link", { name: "shop" }).waitFor();
    await keys.press("Tab");
    expect(await focused(page)).toBe("Skip to the content");
    await keys.press("Enter");
    await keys.press("/");
    await keys.type("sho");
    await page.getByRole("option", { name: "shop" }).first().waitFor();
    await keys.press("Enter");
    // A screen reader says where it is now.
    await eventually(async () => expect(await focused(page)).toBe("shop"));
    await page.getByText("All 2 pods run revision 3.").waitFor();

    await keys.press("i");
    await page.getByLabel("Image of container shop").waitFor();
    await keys.press("Control+A");
    await keys.type("shop:10");
    await keys.press("Enter");
    await page.locator(".findings").getByText("cannot be pulled: manifest unknown").waitFor();
    // The pod may be known before its revision is: until then undo leads elsewhere.
    await page.getByText("2 old pods (revision 3) keep serving.").waitFor();

    await keys.press("u");
    await page.locator("del", { hasText: "shop:10" }).waitFor();
    await eventually(async () => {
      await keys.press("Tab");
      expect(await focused(page)).toBe("Go back to revision 3");
    });
    await keys.press("Enter");
    await page.getByText("All 2 pods run revision 5.").waitFor();

    await keys.press("2");
    await page.getByRole("heading", { name: "Revisions", exact: true }).waitFor();
    await keys.press("?");
    await page.getByText("Search for an object").waitFor();
    await screenshotsOf(page, "shortcuts");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await keys.press("o");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.context().close();
  });

  test("the key right after / is typed into the search, however long the next picture takes", async () => {
    const page = await dashboard.open();
    await page.getByRole("link", { name: "shop" }).waitFor();
    const takesKeys = await page.evaluate(`new Promise((done) => {
      dispatchEvent(new KeyboardEvent("keydown", { key: "/" }));
      setTimeout(() => done(document.activeElement.matches("dialog[open] input")));
    })`);
    expect(takesKeys).toBe(true);
    await page.context().close();
  });

  test("what is chosen stays chosen: language and colours", async () => {
    const page = await dashboard.open();
    await page.getByLabel("Language").selectOption("한국어");
    await page.getByLabel("색상").selectOption("어둡게");
    await page.reload();
    await page.getByRole("heading", { name: "개요" }).waitFor();
    expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
    expect(await page.evaluate("getComputedStyle(document.documentElement).colorScheme")).toBe("dark");
    await page.context().close();
  });

  test("who may only look at some of it: the rest is named, and what is refused is said where it was asked", async () => {
    const file = cluster.env.KUBECONFIG as string;
    const config = parse(readFileSync(file, "utf8"));
    const as = "system:serviceaccount:kube-system:deployment-controller";
    config.users.push({ name: "viewer", user: { ...config.users[0].user, as } });
    config.contexts.push({ name: "viewer", context: { ...config.contexts[0].context, user: "viewer" } });
    writeFileSync(file, stringify(config));
    const own = await startDashboard(cluster, "--context", "viewer");
    try {
      const page = await own.open();
      await page.locator(".workloads").getByRole("link", { name: "shop" }).waitFor();
      await page.getByText("You may not see StatefulSet here.").waitFor();
      await page.getByText("You may not see Nodes here.").waitFor();
      await screenshotsOf(page, "overview-forbidden");
      await page.getByRole("link", { name: "shop" }).click();
      await page.getByRole("button", { name: "Scale…" }).click();
      await page.getByLabel("Number of pods").fill("9");
      await page.getByRole("button", { name: "Scale", exact: true }).click();
      const refused = page.getByRole("dialog").getByRole("alert");
      await refused.waitFor();
      expect(await refused.textContent()).toMatch(
        /^deployments.apps "shop" is forbidden: User ".*:deployment-controller" cannot patch/,
      );
    } finally {
      await own.stop();
    }
  });

  test("what is not there is said", async () => {
    const page = await dashboard.open();
    await at(page, "/n/default/deployments/none");
    await page.getByText("There is no Deployment none.").waitFor();
    await at(page, "/nowhere");
    await page.getByText("There is no such page.").waitFor();
    await page.context().close();
  });
});
