/** The guided lesson, from its first step to its last, in Korean and with the keyboard alone. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "../tools/cluster.ts";
import { type Dashboard, screenshotsOf, startDashboard } from "./open.ts";

let cluster: TestCluster;
let dashboard: Dashboard;
let page: Page;

beforeAll(async () => {
  cluster = await startTestCluster({ runtime: "simulated" });
  dashboard = await startDashboard(cluster);
  page = await dashboard.open({ locale: "ko-KR" });
});
afterAll(async () => {
  await dashboard?.stop();
  await cluster?.stop();
});

/** Presses Tab until the element has the focus, then Enter. */
async function press(name: string, role: "button" | "link" = "button") {
  const target = page.getByRole(role, { name, exact: true });
  // One that cannot be pressed yet is passed over.
  await expect.poll(() => target.isEnabled()).toBe(true);
  for (let i = 0; i < 60; i++) {
    if (await target.evaluate((element) => element.matches(":focus"))) return page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reaches ${name}`);
}

async function step(title: string, done: string | RegExp) {
  await page.getByRole("heading", { name: title }).waitFor();
  await press("실행하기");
  await page.getByText(done).first().waitFor();
}

test("every step does what its command says, and waits until the cluster is there", async () => {
  await press("롤아웃 이야기 따라 하기", "link");
  await screenshotsOf(page, "lesson-first");
  await step("앱 배포하기", "이것이 리비전 1입니다.");
  expect((await cluster.ask("get", "pods", "-n", "wherry-lesson", "-o", "name")).trim().split("\n")).toHaveLength(3);
  await press("다음 단계");
  await step("변하지 않는 입구 만들기", "service/first-app exposed");
  await press("다음 단계");
  await step("이미지 업데이트하기", /타일이 리비전 1에서/);
  await press("다음 단계");
  await step("고장 내 보기", /롤아웃이 막혔지만/);
  await page.getByText("이미지를 가져올 수 없습니다: manifest unknown.").waitFor();
  await screenshotsOf(page, "lesson-broken");
  await press("다음 단계");
  await page.getByRole("heading", { name: "이유 알아보기" }).waitFor();
  await press("다음 단계");
  await step("되돌리기", /리비전 4로 돌아왔습니다/);
  await press("다음 단계");
  await page.getByRole("heading", { name: "기록 읽기" }).waitFor();
  await press("다음 단계");
  await step("번호로 되돌리기", /리비전 5로 다시 실행됩니다/);
  const rows = await cluster.ask("rollout", "history", "deployment/first-app", "-n", "wherry-lesson");
  expect(
    rows
      .trim()
      .split("\n")
      .slice(2)
      .map((row) => row.split(/\s/)[0]),
  ).toEqual(["3", "4", "5"]);
  await press("다음 단계");
  await step("정리하기", "아무것도 남지 않았습니다.");
  expect(await cluster.ask("get", "namespaces", "-o", "name")).not.toContain("wherry-lesson");
});

test("a lesson that cannot go on says why, and can be left at any step", async () => {
  await page.getByRole("button", { name: "처음부터 다시" }).click();
  await cluster.ask("create", "namespace", "wherry-lesson");
  await cluster.ask("create", "deployment", "first-app", "-n", "wherry-lesson", "--image=other:1");
  await page.getByRole("button", { name: "실행하기" }).click();
  expect(await page.getByRole("alert").textContent()).toBe('deployments.apps "first-app" already exists');
  await page.getByRole("button", { name: "그만두고 정리하기" }).click();
  await page.getByText("아직 아무것도 없습니다.").waitFor();
  await page.getByRole("button", { name: "그만두고 정리하기" }).waitFor({ state: "detached" });
});

test("who types the commands in a terminal, or loads the page again, goes on from there", async () => {
  const lesson = ["-n", "wherry-lesson"];
  const next = page.getByRole("button", { name: "다음 단계" });
  await cluster.ask("create", "namespace", "wherry-lesson");
  await cluster.ask("create", "deployment", "first-app", "--image=wherry/first-app:1", "--replicas=3", ...lesson);
  await next.click();
  await page.getByRole("heading", { name: "변하지 않는 입구 만들기" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "실행하기" }).click();
  await page.getByText("service/first-app exposed").waitFor();
  await page.reload();
  await next.click();
  // It is asked for before anything is known of the cluster.
  await page.reload();
  await page.getByRole("button", { name: "실행하기" }).click();
  await page.getByText("deployment.apps/first-app image updated").waitFor();
  await next.click();
  await page.getByRole("heading", { name: "고장 내 보기" }).waitFor();
});

test("a cluster that does not answer at first is taken for no other than it is", async () => {
  const early = await dashboard.open();
  const unknown = { context: "wherry", cluster: "wherry", namespace: "default", server: "", wherry: false };
  await early.route("**/info", (route) => route.fulfill({ json: unknown }), { times: 1 });
  await early.goto(`${early.url().split("#")[0]}#/lesson`);
  await early.reload();
  await early.getByText("--image=wherry/first-app:1").waitFor();
  expect(await early.getByLabel("First version").count()).toBe(0);
});
