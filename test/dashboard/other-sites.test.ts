/** The cluster's own dashboard. What a page of another server of this machine can do in a browser that has it open: nothing. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressIn } from "../../scripts/lib/dashboard-address.mjs";
import { startTestCluster, succeeded, type TestCluster } from "../tools/cluster.ts";

let cluster: TestCluster;
let browser: Browser;
let context: BrowserContext;
let other: Server;
/** Of the dashboard that the cluster itself serves. */
let origin: string;
let address: string;

beforeAll(async () => {
  cluster = await startTestCluster({ runtime: "simulated" });
  const status = succeeded(await cluster.wherry(["status"]), "wherry status");
  address = addressIn(status) ?? "";
  ({ origin } = new URL(address));
  // Its sandbox is not for root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  context = await browser.newContext();
  // To cookies the same site: they do not tell ports apart.
  other = createServer((_, response) => response.setHeader("content-type", "text/html").end("<h1>other</h1>"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await browser?.close();
  other?.closeAllConnections();
  other?.close();
  await cluster?.stop();
});

test("`wherry up` prints the same address again", async () => {
  expect(succeeded(await cluster.wherry(["up"]), "wherry up")).toContain(`dashboard: ${address}\n`);
});

test("the token leaves the address, and no script sees the cookie", async () => {
  const page = await context.newPage();
  await page.goto(address);
  expect(page.url()).toBe(`${origin}/`);
  expect(await page.title()).toContain("wherry");
  expect(await page.evaluate("document.cookie")).toBe("");
  const info = await page.evaluate("fetch('/info').then((answer) => answer.json())");
  expect(info).toMatchObject({ context: "wherry", wherry: true, user: { username: "kubernetes-admin" } });
  expect((await context.cookies(origin)).map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([
    [true, "Strict"],
  ]);
});

test("another page neither reads, writes nor frames", async () => {
  const evil = await context.newPage();
  await evil.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
  const outcome = (code: string) => evil.evaluate(`(async () => { ${code} })().catch(() => "refused")`);
  const secrets = `${origin}/k8s/api/v1/secrets`;
  expect(await outcome(`return (await fetch("${secrets}", { credentials: "include" })).status`)).toBe("refused");
  // What a form could send as well: the browser asks nobody first.
  const body = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"evil"}}';
  const form = JSON.stringify({ method: "POST", mode: "no-cors", credentials: "include", body });
  expect(await outcome(`return (await fetch("${origin}/k8s/api/v1/namespaces", ${form})).type`)).toBe("refused");
  expect(await cluster.ask("get", "namespaces", "-o", "name")).not.toContain("evil");
  const socket = `new WebSocket("${origin.replace("http", "ws")}/k8s/api/v1/secrets?watch=true")`;
  const open = `s.onopen = () => done("open"); s.onerror = () => done("refused")`;
  expect(await evil.evaluate(`new Promise((done) => { const s = ${socket}; ${open} })`)).toBe("refused");
  const frame = `const f = document.createElement("iframe"); f.src = "${origin}/"; f.onload = done; document.body.append(f)`;
  await evil.evaluate(`new Promise((done) => { ${frame} })`);
  // Another origin's document is not to be looked into, nor is that of a refused frame; but one of them has the page.
  expect(
    await evil
      .frames()[1]
      ?.title()
      .catch(() => ""),
  ).not.toContain("wherry");
});

test("a dashboard that is started anew says what to do", async () => {
  const page = await browser.newPage();
  const answer = await page.goto(`${origin}/`);
  expect(answer?.status()).toBe(401);
  expect(await page.textContent("body")).toContain(
    "The address that the dashboard printed when it was started opens it.",
  );
});
