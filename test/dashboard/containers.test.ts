/** The story once more on real containers, under traffic: what the page shows is what happens. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock as clock } from "../../src/base/clock.ts";
import { startTraffic, type Traffic } from "../../src/cli/cluster/demo/traffic.ts";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { eventually } from "../tools/eventually.ts";
import { oneAfterTheOther } from "../tools/sequence.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";

const image = (version: number) => `axel9309/kub-first-app:${version}`;

describe("real containers in the dashboard", () => {
  oneAfterTheOther();
  let cluster: TestCluster;
  let dashboard: Dashboard;
  let page: Page;
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.buildFirstApp(3, 4);
    await cluster.ask("create", "deployment", "first-app", `--image=${image(3)}`, "--replicas=2");
    await cluster.ask("expose", "deployment", "first-app", "--type=LoadBalancer", "--port=8080");
    await cluster.ask("rollout", "status", "deployment/first-app");
    dashboard = await startDashboard(cluster);
    page = await dashboard.open();
  });
  afterAll(async () => {
    await traffic?.stop();
    await dashboard?.stop();
    await cluster?.stop();
  });

  test("who gets how many connections is seen at the pods", async () => {
    const host = await eventually(
      async () => (await cluster.object("service", "first-app")).status.loadBalancer.ingress[0].ip as string,
    );
    // A node that has no answer is asked again.
    const unavailable = { status: 503, body: "the node is away" };
    await page.route("**/metrics/proxy", (route) => route.fulfill(unavailable), { times: 1 });
    traffic = startTraffic({ host, port: 8080, perSecond: 25, clock });
    await page.locator(".workloads").getByRole("link", { name: "first-app" }).click();
    await page.getByText("All 2 pods run revision 1.").waitFor();
    await page
      .getByText(/conn\/s/)
      .first()
      .waitFor();
  });

  test("an update, one that is missing, undo: not one request fails", async () => {
    const setImage = async (version: number) => {
      await page.getByRole("button", { name: "Set image…" }).click();
      await page.getByLabel("Image of container kub-first-app").fill(image(version));
      await page.getByRole("button", { name: "Set image", exact: true }).click();
    };
    await setImage(4);
    await page.getByText("All 2 pods run revision 2.").waitFor();
    await setImage(10);
    await page
      .locator(".findings")
      .getByText(/cannot be pulled/)
      .waitFor();
    await page.getByText("2 old pods (revision 2) keep serving.").waitFor();
    await screenshotsOf(page, "containers-stuck");
    await page.getByRole("button", { name: "Undo…" }).click();
    await page.getByRole("button", { name: "Go back to revision 2" }).click();
    await page.getByText("All 2 pods run revision 4.").waitFor();
    expect(traffic?.counts().failures).toEqual({});
    expect(traffic?.counts().served).toBeGreaterThan(0);
  });
});
