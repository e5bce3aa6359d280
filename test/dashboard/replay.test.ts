/** A rollout looked at again, moment by moment, and saved as a file that needs no cluster. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { type Dashboard, expectAccessible, screenshotsOf, startDashboard } from "./open.ts";

const images = `
- pattern: "*:2"
  startDelay: 200ms
- pattern: "*:10"
  pullError: manifest unknown
`;

let cluster: TestCluster;
let dashboard: Dashboard;
let page: Page;

beforeAll(async () => {
  cluster = await startTestCluster({ runtime: "simulated", simulatedImages: images });
  dashboard = await startDashboard(cluster);
  page = await dashboard.open();
});
afterAll(async () => {
  await dashboard?.stop();
  await cluster?.stop();
});

/** Puts the scrubber at a share of the recording. */
async function scrub(on: Page, key: "Home" | "End") {
  await on.getByRole("slider", { name: "Time" }).press(key);
}

/** The Deployment may have been seen before it had a ReplicaSet: the very first moment need not have a revision. */
async function playedFromTheBeginning(on: Page) {
  await scrub(on, "Home");
  await on.getByRole("heading", { name: "Revision 3" }).waitFor({ state: "detached" });
  await on.getByRole("button", { name: "Play" }).click();
  await on.getByRole("heading", { name: "Revision 1" }).waitFor();
  await on.getByRole("heading", { name: "Revision 3" }).waitFor();
}

test("any moment can be seen again; the file shows the same without a cluster", async () => {
  await cluster.ask("create", "deployment", "web", "--image=app:1", "--replicas=3");
  await page.getByText("3 of 3 ready").waitFor();
  await page.getByRole("link", { name: "web", exact: true }).click();
  await cluster.ask("set", "image", "deployment/web", "app=app:2");
  await page.getByText("All 3 pods run revision 2.").waitFor();
  await cluster.ask("set", "image", "deployment/web", "app=app:10");
  await page.locator(".badge", { hasText: "Stuck" }).waitFor();
  await page.getByRole("link", { name: "Replay", exact: true }).click();

  await page.getByRole("heading", { name: "Revision 3" }).waitFor();
  await page.locator(".pod.failing").first().waitFor();
  await playedFromTheBeginning(page);
  await scrub(page, "End");
  await page.getByRole("region", { name: "Events" }).getByText("ScalingReplicaSet").first().waitFor();
  await screenshotsOf(page, "replay");

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file" }).click();
  const file = join(cluster.dir, "replay.html");
  const saved = await download;
  expect(saved.suggestedFilename()).toMatch(/^web-\d{4}-\d\d-\d\dT\d{6}Z\.html$/);
  await saved.saveAs(file);

  const alone = await dashboard.browser.newPage({ reducedMotion: "reduce" });
  const asked: string[] = [];
  alone.on("request", (request) => asked.push(request.url()));
  const address = pathToFileURL(file).href;
  await alone.goto(address);
  await alone.getByRole("heading", { name: "Deployment web in default" }).waitFor();
  await alone.getByRole("heading", { name: "Revision 3" }).waitFor();
  await playedFromTheBeginning(alone);
  await expectAccessible(alone);
  expect(asked).toEqual([address]);
});

test("a page that is opened later tells what was before of what the cluster still knows", async () => {
  const later = await dashboard.open();
  // The Events come last: what was before is not known without them.
  let come = () => {};
  const waits = new Promise<void>((resolve) => {
    come = resolve;
  });
  await later.route(
    ({ pathname }) => pathname.endsWith("/events"),
    async (route) => {
      await waits;
      await route.continue();
    },
  );
  await later.goto(`${later.url().split("#")[0]}#/n/default/deployments/web/replay`);
  await later.reload();
  await later.locator(".badge").first().waitFor();
  await later.getByText("Loading…").waitFor();
  expect(await later.getByRole("slider", { name: "Time" }).count()).toBe(0);
  come();
  await later.getByText(/^Seen since .* What is before is put together of Events/).waitFor();
  await later.locator(".pod.failing").first().waitFor();
  await scrub(later, "Home");
  await later.getByRole("heading", { name: "Revision 1" }).waitFor();
  await later.getByRole("heading", { name: "Revision 2" }).waitFor({ state: "detached" });
  await later.getByRole("button", { name: "Play" }).click();
  await later.getByRole("heading", { name: "Revision 2" }).waitFor();
  await later.locator(".pod.available").nth(2).waitFor();
  await scrub(later, "End");
  await later.locator(".replay-controls", { hasText: "Stuck" }).waitFor();
  await screenshotsOf(later, "replay-later");
});
