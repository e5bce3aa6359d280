/** The rollout story in the dashboard: see it, see why it is stuck, undo it, look back. Simulated nodes, a real server. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { oneAfterTheOther } from "../tools/sequence.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";

const images = `
- pattern: "*:10"
  pullError: 'failed to resolve reference "docker.io/axel9309/kub-first-app:10": manifest unknown'
- pattern: "*:crash"
  crashAfter: 100ms
  exitCode: 3
  output: ["cannot reach the database"]
- pattern: "*"
  startDelay: 100ms
  readyAfter: 300ms
`;
const image = (version: number) => `axel9309/kub-first-app:${version}`;

describe("the rollout story in the dashboard", () => {
  oneAfterTheOther();
  let cluster: TestCluster;
  let dashboard: Dashboard;
  let page: Page;
  const badge = (text: string) => page.locator(".badge", { hasText: text }).first().waitFor();
  const sees = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const tab = (name: string) => page.getByRole("link", { name, exact: true }).click();
  const editor = () => page.getByRole("textbox", { name: "YAML of the object" });
  /** In the editor, as a person does. */
  const selectReplicas = async () => {
    await editor()
      .getByText(/^ {2}replicas: /)
      .click();
    await page.keyboard.press("End");
    await page.keyboard.press("Shift+Home");
  };
  const typeReplicas = async (text: string) => {
    await selectReplicas();
    await page.keyboard.type(`replicas: ${text}`);
  };
  const typed = (text: string) => editor().getByText(`  replicas: ${text}`, { exact: true }).waitFor();
  const deployment = () => cluster.object("deployment", "first-app");

  beforeAll(async () => {
    cluster = await startTestCluster({ runtime: "simulated", simulatedImages: images });
    dashboard = await startDashboard(cluster);
    page = await dashboard.open();
  });
  afterAll(async () => {
    await dashboard?.stop();
    await cluster?.stop();
  });

  test("an empty cluster says what to do first", async () => {
    await sees("No workload runs here yet.");
    await sees(/^kubectl create deployment/);
    await screenshotsOf(page, "overview-empty");
  });

  test("what kubectl makes appears by itself", async () => {
    await cluster.ask("create", "deployment", "first-app", `--image=${image(3)}`, "--replicas=4");
    await cluster.ask("expose", "deployment", "first-app", "--port=8080");
    await sees("4 of 4 ready");
    await badge("Complete");
    await page.getByRole("cell", { name: "ClusterIP" }).first().waitFor();
  });

  test("the search finds it", async () => {
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Name of an object" }).fill("first");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "first-app" }).waitFor();
    await sees("All 4 pods run revision 1.");
    await expect.poll(() => page.locator(".pod.available").count()).toBe(4);
  });

  test("a new version is set and seen rolling out", async () => {
    await button("Set image…").click();
    await page.getByLabel("Image of container kub-first-app").fill(image(4));
    await button("Set image").click();
    await page.getByRole("heading", { name: "Revision 2" }).waitFor();
    await sees("All 4 pods run revision 2.");
    await screenshotsOf(page, "rollout-complete");
  });

  test("one that is missing: why it is stuck, what still serves, where undo leads, and where all that is from", async () => {
    await cluster.ask("set", "image", "deployment/first-app", `kub-first-app=${image(10)}`);
    await badge("Stuck");
    const findings = page.locator(".findings");
    await findings.getByText("cannot be pulled: manifest unknown. 2 pods cannot start without it.").waitFor();
    await findings.getByText("3 old pods (revision 2) keep serving.").waitFor();
    expect(await findings.getByText("Undo goes back").textContent()).toBe(
      `Undo goes back to revision 2 (${image(4)}).`,
    );
    await findings.getByText("Where this is from").first().click();
    await findings.getByText(/^Failed to pull image/).waitFor();
    await screenshotsOf(page, "rollout-stuck");
    await page.goto(`${page.url().split("#")[0]}#/`);
    await sees(/cannot be pulled: manifest unknown/);
    await screenshotsOf(page, "overview-stuck");
    await page.goBack();
  });

  test("undo shows exactly what will change, then it happens", async () => {
    await button("Undo…").click();
    const changes = page.getByRole("region", { name: "This is what will change; the server has checked it." });
    await changes.waitFor();
    expect((await changes.locator("del").allTextContents()).join("")).toContain(image(10));
    expect((await changes.locator("ins").allTextContents()).join("")).toContain(image(4));
    await screenshotsOf(page, "undo-preview");
    await button("Go back to revision 2").click();
    await sees("All 4 pods run revision 4.");
    expect((await deployment()).spec.template.spec.containers[0].image).toBe(image(4));
  });

  test("history: what changed in each revision, any two compared, back to any of them", async () => {
    await tab("History");
    await page.getByText("What changed since revision 1").click();
    const changes = page.getByRole("region", { name: "What changed since revision 1" });
    await changes.locator("del", { hasText: image(3) }).waitFor();
    await changes.locator("ins", { hasText: image(10) }).waitFor();
    await page.getByLabel("From").selectOption("Revision 1");
    const compared = page.getByRole("region", { name: "Revision 1 → Revision 4" });
    await compared.locator("ins", { hasText: image(4) }).waitFor();
    await screenshotsOf(page, "history");
    await button("Undo to revision 1…").click();
    await button("Go back to revision 1").click();
    await sees("All 4 pods run revision 5.");
    expect((await deployment()).spec.template.spec.containers[0].image).toBe(image(3));
  });

  test("pause, scale, resume, restart", async () => {
    await button("Pause").click();
    await badge("Paused");
    await sees(/The rollout is paused/);
    await button("Scale…").click();
    await page.getByLabel("Number of pods").fill("6");
    await button("Scale").click();
    await page.locator(".pod").nth(5).waitFor();
    await button("Resume").click();
    await sees("All 6 pods run revision 5.");
    await button("Restart…").click();
    await button("Restart").click();
    await sees("All 6 pods run revision 6.");
  });

  test("what the server refuses is said beside the control that asked", async () => {
    await tab("YAML");
    await typeReplicas("-1");
    await button("Check").click();
    await page.getByRole("alert").getByText("spec.replicas: Invalid value: -1").waitFor();
    await typeReplicas("3");
    await button("Check").click();
    const changes = page.getByRole("region", { name: "The server accepts it. This is what would change:" });
    await changes.waitFor();
    expect(await changes.locator("ins").allTextContents()).toEqual(["+   replicas: 3"]);
    await screenshotsOf(page, "yaml");
  });

  test("who was quicker is not overwritten", async () => {
    await cluster.ask("label", "deployment", "first-app", "team=other");
    await button("Save").click();
    await sees(/Somebody else changed the object since you began/);
    await page.locator("ins", { hasText: "team: other" }).waitFor();
    await button("Load the newest version").click();
    await typeReplicas("3");
    await button("Save").click();
    await sees("Saved.");
    await tab("Rollout");
    await sees(/All 3 pods run revision/);
  });

  test("a status that is written while one saves is nobody's edit", async () => {
    const status = JSON.stringify({ status: { collisionCount: 1 } });
    let isFirst = true;
    await page.route(/\/deployments\/first-app\?/, async (route) => {
      if (route.request().method() === "PUT" && isFirst) {
        isFirst = false;
        await cluster.ask("patch", "deployment", "first-app", "--subresource=status", "--type=merge", "-p", status);
      }
      await route.continue();
    });
    await tab("YAML");
    await typeReplicas("4");
    await button("Save").click();
    await sees("Saved.");
    expect(isFirst).toBe(false);
    await page.unrouteAll();
    await tab("Rollout");
    await sees(/All 4 pods run revision/);
  });

  test("typing goes on where it was, whatever others do meanwhile", async () => {
    await tab("YAML");
    await selectReplicas();
    await cluster.ask("label", "deployment", "first-app", "squad=late");
    await editor().getByText("squad: late").waitFor();
    await page.keyboard.type("replicas: 2");
    await typed("2");
    await tab("Rollout");
    await page.getByRole("heading", { name: "Pods over time" }).waitFor();
    await tab("YAML");
    await typed("2");
    expect((await deployment()).spec.replicas).toBe(4);
  });

  test("a status that changes while it is saved is no conflict; what is typed meanwhile stays", async () => {
    const status = { conditions: [{ type: "Tested", status: "True" }] };
    await page.route(
      (url) => url.pathname.endsWith("/deployments/first-app"),
      async (route) => {
        await cluster.ask(
          ...["patch", "deployment", "first-app", "--subresource=status", "-p", JSON.stringify({ status })],
        );
        await typeReplicas("1");
        await route.continue();
      },
      { times: 1 },
    );
    await button("Save").click();
    await sees("Saved.");
    expect((await deployment()).spec.replicas).toBe(2);
    await typed("1");
    await button("Save").click();
    await expect.poll(async () => (await deployment()).spec.replicas).toBe(1);
    await tab("Rollout");
    await sees(/The pod runs revision/);
  });

  test("a container that ends: its exit code, and its last lines on demand", async () => {
    await cluster.ask("create", "deployment", "crashy", "--image=app:crash");
    await page.goto(`${page.url().split("#")[0]}#/n/default/deployments/crashy`);
    await sees(/ends with exit code 3 in 1 pod/);
    await page.getByText("Where this is from").first().click();
    await button("Show its last lines").click();
    await sees("cannot reach the database");
    await screenshotsOf(page, "rollout-crash");
    // One restart more, and the finding is the same: what was opened and read stays.
    const [pod] = (await cluster.ask("get", "pods", "-l", "app=crashy", "-o", "name")).trim().split("\n");
    const restarts = [{ op: "replace", path: "/status/containerStatuses/0/restartCount", value: 7 }];
    await cluster.ask("patch", `${pod}`, "--subresource=status", "--type=json", "-p", JSON.stringify(restarts));
    await sees(/7 times/);
    expect(await page.getByText("cannot reach the database").count()).toBe(1);
  });

  test("delete names what goes along", async () => {
    await button("Delete…").click();
    await sees(/^ReplicaSet \(1\)/);
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByRole("link", { name: "crashy" }).waitFor({ state: "detached" });
  });

  test("a dialog means what it said when it was opened, whatever others do meanwhile", async () => {
    const setImage = (version: number) =>
      cluster.ask("set", "image", "deployment/moving", `kub-first-app=${image(version)}`);
    await cluster.ask("create", "deployment", "moving", `--image=${image(1)}`);
    await cluster.ask("rollout", "status", "deployment/moving");
    await setImage(2);
    await page.goto(`${page.url().split("#")[0]}#/n/default/deployments/moving`);
    await sees("The pod runs revision 2.");
    await button("Undo…").click();
    await page.locator("ins", { hasText: image(1) }).waitFor();
    await setImage(3);
    await sees("The pod runs revision 3.");
    await button("Go back to revision 1").click();
    await sees("The pod runs revision 4.");
    expect((await cluster.object("deployment", "moving")).spec.template.spec.containers[0].image).toBe(image(1));

    await button("Set image…").click();
    const field = page.getByLabel("Image of container kub-first-app");
    await expect.poll(() => field.inputValue()).toBe(image(1));
    await setImage(2);
    await expect.poll(() => field.inputValue()).toBe(image(2));
    expect(await button("Set image").isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
  });
});
