/** Every flow of the page on real containers, under traffic, in each of its languages: what it shows is what happens. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock as clock } from "../../src/base/clock.ts";
import { startTraffic, type Traffic } from "../../src/cli/cluster/demo/traffic.ts";
import type { Finding } from "../../src/dashboard/model/explain.ts";
import { lessonSteps } from "../../src/dashboard/model/lesson.ts";
import { en } from "../../src/dashboard/text/en.ts";
import { ko } from "../../src/dashboard/text/ko.ts";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { eventually } from "../tools/eventually.ts";
import { oneAfterTheOther } from "../tools/sequence.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";

const image = (version: number) => `axel9309/kub-first-app:${version}`;
const container = "kub-first-app";
/** Words with names in them mark these by backquotes. */
const plain = (text: string) => text.replaceAll("`", "");

let cluster: TestCluster;
let dashboard: Dashboard;
beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.buildFirstApp(3, 4);
  dashboard = await startDashboard(cluster);
});
afterAll(async () => {
  await dashboard?.stop();
  await cluster?.stop();
});

describe.each([
  ["en-US", en],
  ["ko-KR", ko],
])("in %s", (locale, words) => {
  oneAfterTheOther();
  const name = `app-${locale.slice(0, 2)}`;
  let page: Page;
  let traffic: Traffic | undefined;
  const sees = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const heading = (text: string) => page.getByRole("heading", { name: text, exact: true }).first();
  const button = (text: string) => page.getByRole("button", { name: text, exact: true });
  const tab = (text: string) => page.getByRole("link", { name: text, exact: true }).click();
  const region = (text: string) => page.getByRole("region", { name: text, exact: true });
  const dialog = () => page.getByRole("dialog");
  const badge = (text: string) => page.locator(".badge", { hasText: text }).first().waitFor();
  const go = (hash: string) => page.goto(`${page.url().split("#")[0]}#/${hash}`);
  const complete = (pods: number, revision: bigint) =>
    sees(words.findings.complete({ is: "complete", pods, revision } as Finding & { is: "complete" }));
  const setImage = async (version: number) => {
    await button(words.actions.image.open).click();
    await page.getByLabel(words.actions.image.container(container)).fill(image(version));
    await button(words.actions.image.does).click();
  };

  beforeAll(async () => {
    await cluster.ask("create", "deployment", name, `--image=${image(3)}`, "--replicas=2");
    await cluster.ask("expose", "deployment", name, "--type=LoadBalancer", "--port=8080");
    await cluster.ask("rollout", "status", `deployment/${name}`);
    page = await dashboard.open({ locale });
  });
  afterAll(async () => {
    await traffic?.stop();
    await page?.context().close();
  });

  test("the overview has the workload, its Service with its addresses, and the node; the search leads to it", async () => {
    const row = region(words.overview.workloads).getByRole("row").filter({ hasText: name });
    await row.getByText(words.states.complete).waitFor();
    await row.getByText(words.overview.readyOf(2, 2)).waitFor();
    const service = region(words.overview.services).getByRole("row").filter({ hasText: name });
    const address = await eventually(
      async () => (await cluster.object("service", name)).status.loadBalancer.ingress[0].ip as string,
    );
    await service.getByText(address).waitFor();
    await region(words.overview.nodes).getByText(words.overview.nodeReady).waitFor();
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: words.search.placeholder }).fill(name);
    await page.getByRole("option", { name }).first().waitFor();
    await page.keyboard.press("Enter");
    await heading(name).waitFor();
    await complete(2, 1n);
  });

  test("who gets how many connections is seen at the pods", async () => {
    const { ip: host } = (await cluster.object("service", name)).status.loadBalancer.ingress[0];
    traffic = startTraffic({ host, port: 8080, perSecond: 25, clock });
    // A node that has no answer is asked again.
    const unavailable = { status: 503, body: "the node is away" };
    await page.route("**/metrics/proxy", (route) => route.fulfill(unavailable), { times: 1 });
    await page.reload();
    await sees(words.rollout.connections(1).replace("1.0", "").trim());
  });

  test("an update, one that is missing, why, and an undo that was looked at first", async () => {
    await setImage(4);
    await complete(2, 2n);
    await setImage(10);
    await badge(words.states.stuck);
    const findings = page.locator(".findings");
    const missing = { is: "imagePull", image: image(10), detail: "@", pods: 1 } as Finding & { is: "imagePull" };
    const [beginning = ""] = plain(words.findings.imagePull(missing)).split("@");
    await findings.getByText(beginning).waitFor();
    await findings
      .getByText(words.findings.oldServe({ is: "oldServe", pods: 2, revision: 2n } as Finding & { is: "oldServe" }))
      .waitFor();
    await findings.getByText(words.rollout.evidence).first().click();
    await findings.getByText(/^Failed to pull image/).waitFor();
    await screenshotsOf(page, `containers-stuck-${locale}`);
    await button(words.actions.undo.open).click();
    const changes = region(words.actions.undo.preview);
    await changes.locator("del", { hasText: image(10) }).waitFor();
    await changes.locator("ins", { hasText: image(4) }).waitFor();
    await button(words.actions.undo.does(2n)).click();
    await complete(2, 4n);
  });

  test("the history: what changed, any two compared, back to any of them", async () => {
    await tab(words.workload.tabs.history);
    await page.getByText(words.history.changed(1n)).click();
    await region(words.history.changed(1n))
      .locator("ins", { hasText: image(10) })
      .waitFor();
    const compared = region(words.history.compare);
    await compared.getByRole("combobox").first().selectOption(words.rollout.revision(1n));
    await compared.locator("ins", { hasText: image(4) }).waitFor();
    await screenshotsOf(page, `containers-history-${locale}`);
    await button(words.history.undo(1n)).click();
    await button(words.actions.undo.does(1n)).click();
    await complete(2, 5n);
  });

  test("pause, scale, resume, restart", async () => {
    await button(words.actions.pause).click();
    await badge(words.states.paused);
    await button(words.actions.scale.open).click();
    await dialog().getByRole("spinbutton", { name: words.actions.scale.replicas }).fill("3");
    await button(words.actions.scale.does).click();
    await page.locator(".pod").nth(2).waitFor();
    await button(words.actions.resume).click();
    await complete(3, 5n);
    await button(words.actions.restart.open).click();
    await button(words.actions.restart.does).click();
    await complete(3, 6n);
  });

  test("YAML: what the server refuses, what it accepts, and what is saved", async () => {
    await tab(words.workload.tabs.yaml);
    const type = async (text: string) => {
      await page
        .getByRole("textbox", { name: words.yaml.label })
        .getByText(/^ {2}replicas: /)
        .click();
      await page.keyboard.press("End");
      await page.keyboard.press("Shift+Home");
      await page.keyboard.type(`replicas: ${text}`);
    };
    await type("-1");
    await button(words.yaml.check).click();
    await page.getByRole("alert").getByText("spec.replicas: Invalid value: -1").waitFor();
    await type("2");
    await button(words.yaml.check).click();
    await region(words.yaml.checked).locator("ins", { hasText: "replicas: 2" }).waitFor();
    await button(words.yaml.save).click();
    await sees(words.yaml.saved);
    await tab(words.workload.tabs.rollout);
    await complete(2, 6n);
  });

  test("a replay, from the first revision on, and in a file of its own", async () => {
    await tab(words.workload.tabs.replay);
    await badge(words.states.complete);
    await page.getByRole("slider", { name: words.replay.time }).press("Home");
    await heading(words.rollout.revision(6n)).waitFor({ state: "detached" });
    await button(words.replay.play).click();
    await heading(words.rollout.revision(2n)).waitFor();
    await page.getByRole("slider", { name: words.replay.time }).press("End");
    await region(words.replay.marks).getByText("ScalingReplicaSet").first().waitFor();
    await screenshotsOf(page, `containers-replay-${locale}`);
    const download = page.waitForEvent("download");
    await button(words.replay.save).click();
    const file = join(cluster.dir, `${name}.html`);
    await (await download).saveAs(file);
    const alone = await page.context().newPage();
    await alone.goto(pathToFileURL(file).href);
    await alone
      .getByRole("heading", { name: words.replay.of(words.workload.kinds.deployments, name, "default") })
      .waitFor();
    await alone.close();
  });

  test("the Service: who is behind it, how many connections each gets, and an answer", async () => {
    await go(`n/default/services/${name}`);
    await sees(`${name}.default.svc.cluster.local`);
    const rows = region(words.service.backends).locator("tbody tr");
    await expect.poll(() => rows.locator(".badge.good").count()).toBe(2);
    await rows
      .getByText(/\d+ ?%/)
      .first()
      .waitFor();
    await button(words.service.send).click();
    const [, pod = ""] =
      /^first-app version 3 on (\S+)/.exec((await page.locator("pre.answer").textContent()) ?? "") ?? [];
    await sees(words.service.answered(pod));
    await screenshotsOf(page, `containers-service-${locale}`);
  });

  test("a pod: its container, its Events, its log and its YAML; the logs of all pods together", async () => {
    await region(words.service.backends).getByRole("link").first().click();
    const article = page.getByRole("article", { name: container });
    await article.getByText(words.pod.running).first().waitFor();
    await article.getByText(words.pod.noProbes).waitFor();
    await region(words.pod.events).getByText("Started").first().waitFor();
    await screenshotsOf(page, `containers-pod-${locale}`);
    await tab(words.pod.tabs.logs);
    await page
      .getByRole("log")
      .getByText(/first-app version 3 listens/)
      .waitFor();
    await tab(words.pod.tabs.yaml);
    await sees(/restartPolicy: Always/);
    await go(`n/default/deployments/${name}/logs`);
    await expect.poll(() => page.getByRole("log").getByText("listens on port").count()).toBe(2);
  });

  test("in all this not one request failed; delete names what goes along", async () => {
    expect(traffic?.counts().failures).toEqual({});
    expect(traffic?.counts().served).toBeGreaterThan(0);
    await traffic?.stop();
    await go(`n/default/deployments/${name}`);
    await button(words.actions.delete.open).click();
    await dialog()
      .getByText(/^ReplicaSet \(\d\)/)
      .waitFor();
    await dialog().getByRole("button", { name: words.actions.delete.does, exact: true }).click();
    await heading(words.overview.title).waitFor();
    await region(words.overview.workloads).getByRole("link", { name, exact: true }).waitFor({ state: "detached" });
  });

  test("the lesson, from its first step to its last", async () => {
    await tab(words.lesson.invite);
    for (const step of lessonSteps) {
      const { title, look } = words.lesson.steps[step];
      await heading(title).waitFor();
      if (look) {
        await button(words.lesson.run).click();
        await sees(plain(look));
      }
      if (step === "why") await sees("ErrImagePull");
      if (step !== lessonSteps.at(-1)) await button(words.lesson.next).click();
    }
    await sees(words.lesson.finished);
    await button(words.lesson.again).click();
    await heading(words.lesson.steps[lessonSteps[0]].title).waitFor();
  });
});
