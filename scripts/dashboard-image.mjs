// Draws the dashboard for README.md and the guide: docs/images/dashboard.webp, a rollout that gets stuck and its undo as
// they happen, and a picture of each page:
//   npm run build && node scripts/dashboard-image.mjs
// It needs Debian's `chromium` and `webp`, and a cluster of its own, which it starts and ends.
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { printedAddress } from "./lib/dashboard-address.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const images = join(root, "docs/images");
/** Milliseconds between two frames. */
const period = 250;
/** Milliseconds that the last frame stays. */
const rest = 4000;

const home = mkdtempSync(join(tmpdir(), "wi-"));
const env = { ...process.env, WHERRY_HOME: home, KUBECONFIG: join(home, "kubeconfig") };
const cli = join(root, "dist/cli/main.cjs");
const wherry = (...args) => promisify(execFile)(process.execPath, [cli, ...args], { env }).then((r) => r.stdout);
const kubectl = (...args) => wherry("kubectl", ...args);
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns the address that `wherry dashboard` prints, and how to end it */
async function serve() {
  const child = spawn(process.execPath, [cli, "dashboard", "--no-open"], { env, stdio: ["ignore", "pipe", "inherit"] });
  return { address: await printedAddress(child), end: () => child.kill("SIGINT") };
}

/** Takes a frame whenever one is due, until it is told to stop. @returns the files and how long each is shown */
function film(page) {
  let running = true;
  const frames = [];
  const done = (async () => {
    let last = performance.now();
    while (running) {
      const file = join(home, `frame-${String(frames.length).padStart(4, "0")}.png`);
      await page.screenshot({ path: file });
      await after(Math.max(0, period - (performance.now() - last)));
      const now = performance.now();
      frames.push({ file, ms: Math.round(now - last) });
      last = now;
    }
  })();
  return async () => {
    running = false;
    await done;
    return frames;
  };
}

await wherry("up", "--port", "0");
const { address, end } = await serve();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 860 }, locale: "en-US", colorScheme: "light" });
  const shot = async (name) => {
    // The bar stays at the top, and no colour is on its way to another one.
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.evaluate("scrollTo(0, 0)");
    await after(500);
    await page.screenshot({ path: join(images, `${name}.png`), fullPage: true });
  };
  const sees = (text) => page.getByText(text).first().waitFor();
  const press = (name) => page.getByRole("button", { name, exact: true }).click();
  await page.goto(address);
  await kubectl("create", "deployment", "first-app", "--image=wherry/first-app:1", "--replicas=6");
  await kubectl("expose", "deployment", "first-app", "--type=LoadBalancer", "--port=8080");
  await kubectl("create", "deployment", "shop", "--image=wherry/first-app:3", "--replicas=2");
  await kubectl("rollout", "status", "deployment/first-app");
  await page.goto(`${page.url().split("#")[0]}#/n/default/deployments/first-app`);
  await sees("All 6 pods run revision 1.");
  const cut = film(page);
  await after(1000);
  await kubectl("set", "image", "deployment/first-app", "first-app=wherry/first-app:2");
  await sees("All 6 pods run revision 2.");
  await after(1500);
  await kubectl("set", "image", "deployment/first-app", "first-app=wherry/first-app:10");
  await page.locator(".badge", { hasText: "Stuck" }).waitFor();
  await after(3000);
  await press("Undo…");
  await page.getByRole("button", { name: /^Go back to revision/ }).waitFor();
  await after(2500);
  await page.getByRole("button", { name: /^Go back to revision/ }).click();
  await sees("All 6 pods run revision 4.");
  await after(1000);
  const frames = await cut();
  frames.at(-1).ms = rest;
  const list = frames.flatMap(({ file, ms }) => ["-d", String(ms), file]);
  execFileSync("img2webp", [
    "-loop",
    "0",
    "-min_size",
    "-lossy",
    "-q",
    "70",
    ...list,
    "-o",
    join(images, "dashboard.webp"),
  ]);

  await kubectl("set", "image", "deployment/first-app", "first-app=wherry/first-app:10");
  await page.locator(".badge", { hasText: "Stuck" }).waitFor();
  await sees(/^Undo goes back to revision 4/);
  await sees(/keep serving/);
  await shot("dashboard-rollout");
  const go = (hash) => page.goto(`${page.url().split("#")[0]}#/n/default/${hash}`);
  await go("deployments/first-app/history");
  await page.getByText("What changed since revision").first().click();
  await page.locator("ins").first().waitFor();
  await shot("dashboard-history");
  await go("deployments/first-app/replay");
  await page.getByRole("slider", { name: "Time" }).press("End");
  await page.getByRole("region", { name: "Events" }).getByRole("listitem").first().waitFor();
  await shot("dashboard-replay");
  await go("services/first-app");
  await press("Send");
  await page.locator("pre.answer").waitFor();
  await shot("dashboard-service");
  await page.goto(`${page.url().split("#")[0]}#/n/default`);
  await sees(/cannot be pulled/);
  await shot("dashboard-overview");
} finally {
  await browser.close();
  end();
  await wherry("down");
  rmSync(home, { recursive: true, force: true });
}
