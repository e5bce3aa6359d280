/** A real `wherry dashboard` in a real browser. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { addressIn } from "../../scripts/lib/dashboard-address.mjs";
import { inBackground } from "../tools/background.ts";
import { repository, type TestHome, wherryProgram } from "../tools/cluster.ts";
import { eventually } from "../tools/eventually.ts";

/** Git-ignored: for people to look at. */
const screenshots = join(repository, "test-results/dashboard");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Dashboard {
  readonly address: string;
  readonly browser: Browser;
  /** A page of its own, in the size and language that are asked for; what it logs as an error fails `stop`. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** Ends the server, not the pages, and starts it again. @returns its new address */
  restart(): Promise<string>;
  stop(): Promise<void>;
}

/** Serves a context of a home's kubeconfig, the current one unless another is named. */
export async function startDashboard(home: TestHome, ...flags: readonly string[]): Promise<Dashboard> {
  const start = () => inBackground(process.execPath, [wherryProgram, "dashboard", "--no-open", ...flags], home.env);
  const printed = () =>
    eventually(() => {
      const found = addressIn(server.out);
      if (!found) throw new Error(`no address yet: ${server.out}`);
      return found;
    });
  let server = start();
  const address = await printed();
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    // Its sandbox is not for root.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const problems: string[] = [];
  return {
    address,
    browser,
    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US", ...options });
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      page.on("pageerror", (error) => problems.push(error.stack ?? error.message));
      page.on("console", (message) => {
        // What the server refuses is a failed load to the browser; the page says it in words.
        if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
          problems.push(message.text());
      });
      await page.goto(address);
      return page;
    },
    async restart() {
      await server.interrupt();
      server = start();
      return printed();
    },
    async stop() {
      await browser.close();
      expect(await server.interrupt()).toMatchObject({ code: 0, err: "" });
      expect(problems).toEqual([]);
    },
  };
}

/** Fails with what keeps people out, and where. */
export async function expectAccessible(page: Page): Promise<void> {
  await settled(page);
  // Evaluated as by a debugger: the page's policy lets no script in.
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    interface Violation {
      readonly id: string;
      readonly help: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }
    const result = await axe.run();
    return result.violations.map(({ id, help, nodes }) => [
      id,
      help,
      ...nodes.map((n) => `${n.html} ${n.failureSummary}`),
    ]);
  });
  expect(violations).toEqual([]);
}

/** Both sizes, in both themes; no part of the page may be wider than it. */
export async function screenshotsOf(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  const before = page.viewportSize();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await settled(page);
  for (const width of [320, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      // Both sizes and both themes, and not every pair of them: it takes its time.
      if ((width === 320) === (colorScheme === "light")) await expectAccessible(page);
      await page.screenshot({ path: join(screenshots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
    await expectNoWider(page, width, name);
  }
  // A desktop at 200 %, and 4K.
  for (const width of [720, 3840]) {
    await page.setViewportSize({ width, height: 900 });
    await settled(page);
    await expectNoWider(page, width, name);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  if (before) await page.setViewportSize(before);
}

const expectNoWider = async (page: Page, width: number, name: string) =>
  expect(await page.evaluate("document.documentElement.scrollWidth"), `width of ${name}`).toBeLessThanOrEqual(width);

/** A colour on its way to another one is neither of them: waits until nothing moves. */
const settled = (page: Page) =>
  page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)))`);
