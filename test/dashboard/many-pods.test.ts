/** A group of very many pods, and tiles that come and go. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";

let cluster: TestCluster;
let dashboard: Dashboard;
const open = async (name: string, options = {}): Promise<Page> => {
  const page = await dashboard.open(options);
  await page.goto(`${page.url().split("#")[0]}#/n/default/deployments/${name}`);
  return page;
};

beforeAll(async () => {
  cluster = await startTestCluster({ runtime: "simulated" });
  dashboard = await startDashboard(cluster);
});
afterAll(async () => {
  await dashboard?.stop();
  await cluster?.stop();
});

test("each of very many pods can be reached, with the keyboard alone", async () => {
  await cluster.ask("create", "deployment", "many", "--image=app:1", "--replicas=160");
  await cluster.ask("rollout", "status", "deployment/many");
  const page = await open("many");
  const group = page.getByRole("navigation", { name: "160 pods: arrow keys lead from one to the next" });
  const marks = group.getByRole("link");
  await expect.poll(() => marks.count()).toBe(160);
  await screenshotsOf(page, "rollout-many");

  const all = '[...document.querySelectorAll("nav.marks a")]';
  const focused = () => page.evaluate<number>(`${all}.indexOf(document.activeElement)`);
  const tabStops = () => page.evaluate<number>(`${all}.filter(({ tabIndex }) => tabIndex === 0).length`);
  expect(await tabStops()).toBe(1);
  await page.getByRole("link", { name: "YAML" }).focus();
  await page.keyboard.press("Tab");
  for (let i = 0; i < 20 && (await focused()) < 0; i++) await page.keyboard.press("Tab");
  expect(await focused()).toBe(0);
  await page.keyboard.press("ArrowDown");
  const row = await focused();
  expect(row).toBeGreaterThan(10);
  await page.keyboard.press("ArrowRight");
  expect(await focused()).toBe(row + 1);
  await page.keyboard.press("ArrowUp");
  expect(await focused()).toBe(1);
  await page.keyboard.press("End");
  expect(await focused()).toBe(159);
  expect(await tabStops()).toBe(1);
  const label = await marks.last().getAttribute("aria-label");
  const [pod = ""] = label?.split(" · ") ?? [];
  await page.getByText(`${pod} · available`).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: pod }).waitFor();
  await page.context().close();
});

/** Counts tiles that are on their way out, for as long as they are there. */
const countLeaving = `
  left = new Set();
  new MutationObserver(() => {
    for (const tile of document.querySelectorAll(".pod.leaving")) left.add(tile.textContent);
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
`;

test("a pod that is gone leaves its tile for a moment, unless less motion is wished for", async () => {
  await cluster.ask("create", "deployment", "few", "--image=app:1", "--replicas=3");
  await cluster.ask("rollout", "status", "deployment/few");
  const [moving, still] = [await open("few"), await open("few", { reducedMotion: "reduce" })];
  for (const page of [moving, still]) {
    await expect.poll(() => page.locator(".pod.available").count()).toBe(3);
    await page.evaluate(countLeaving);
  }
  await cluster.ask("scale", "deployment/few", "--replicas=1");
  for (const page of [moving, still]) {
    await page.getByText("The pod runs revision 1.").waitFor();
    await expect.poll(() => page.locator(".pod").count()).toBe(1);
  }
  expect(await moving.evaluate("left.size")).toBe(2);
  expect(await still.evaluate("left.size")).toBe(0);
});
