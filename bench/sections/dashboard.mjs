// The dashboard's page before 5,000 pods of which 200 a second change: how long its frames take, and what it keeps in
// memory. A real browser, a real cluster with simulated nodes. BENCH_DASHBOARD_SECONDS=600 for the long form.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { printedAddress } from "../../scripts/lib/dashboard-address.mjs";
import { client } from "../lib/client.mjs";
import { root, startCluster } from "../lib/cluster.mjs";
import { TookTooLong } from "../lib/report.mjs";
import { deployment, isComplete } from "../lib/workload.mjs";

const chromium = "/usr/bin/chromium";
const pods = Number(process.env.BENCH_DASHBOARD_PODS ?? 5000);
const perSecond = 200;
const seconds = Number(process.env.BENCH_DASHBOARD_SECONDS ?? 60);
/** Pods of one Deployment. */
const size = 100;
/** Milliseconds for all pods to be Ready. */
const longest = 600_000;

export async function measure(row) {
  if (!existsSync(chromium)) return row("the dashboard", "not measured", `${chromium} is not installed`);
  const cluster = await startCluster("--runtime", "simulated", "--nodes", "10");
  const api = client(cluster.connection);
  const dashboard = spawn(process.execPath, [join(root, "dist/cli/main.cjs"), "dashboard", "--no-open"], {
    env: { ...process.env, WHERRY_HOME: cluster.home, KUBECONFIG: join(cluster.home, "kubeconfig") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let browser;
  try {
    const names = Array.from({ length: pods / size }, (_, i) => `app-${i}`);
    const waiting = new Set(names);
    const ready = api.watchUntil(
      "/apis/apps/v1/namespaces/default/deployments?watch=true",
      ({ object }) => {
        if (isComplete(object)) waiting.delete(object.metadata.name);
        return waiting.size === 0;
      },
      longest,
    );
    for (const name of names)
      await api.send("POST", "/apis/apps/v1/namespaces/default/deployments", deployment(name, size));
    await ready;
    const { object } = await api.send("GET", "/api/v1/namespaces/default/pods");
    const all = object.items.map(({ metadata }) => metadata.name);

    const { chromium: browsers } = await import("playwright-core");
    const sandbox = process.getuid() === 0 ? ["--no-sandbox"] : [];
    browser = await browsers.launch({ executablePath: chromium, args: [...sandbox, "--js-flags=--expose-gc"] });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(await printedAddress(dashboard));
    await page
      .getByText(`${size} of ${size} ready`)
      .nth(names.length - 1)
      .waitFor({ timeout: 120_000 });

    // What is said of so many pods comes after them, and to the page too.
    await allSaid(api);
    const memory = () => page.evaluate("gc(), performance.memory.usedJSHeapSize");
    const before = await memory();
    await page.evaluate(`
      frames = [];
      last = performance.now();
      requestAnimationFrame(function look(now) { frames.push(now - last); last = now; requestAnimationFrame(look); });
    `);
    const changed = await change(api, all);
    const frames = (await page.evaluate("frames")).sort((a, b) => a - b);
    const after = await memory();
    const share = (p) => `${frames[Math.floor(frames.length * p)].toFixed(1)} ms`;
    const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
    const what = `the dashboard, ${pods} pods, ${Math.round(changed / seconds)} changes a second, ${seconds} s`;
    row(`${what}: a frame, 95 of 100`, share(0.95), `median ${share(0.5)}, 99 of 100 ${share(0.99)}`, "33 ms");
    row(`${what}: its memory`, megabytes(after), `before ${megabytes(before)}`, "flat");
  } finally {
    await browser?.close();
    dashboard.kill("SIGINT");
    api.close();
    await cluster.stop();
  }
}

/** Resolves when no Event has come for three seconds. */
async function allSaid(api) {
  const began = performance.now();
  for (let newest, since = began; performance.now() - since < 3000; ) {
    if (performance.now() - began > longest) throw new TookTooLong(longest);
    const { object } = await api.send("GET", "/api/v1/namespaces/default/events?limit=1");
    const count = object.metadata.remainingItemCount ?? 0;
    if (count !== newest) since = performance.now();
    newest = count;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Changes pods, one after the other, so many a second. @returns how many it came to */
async function change(api, names) {
  const began = performance.now();
  let sent = 0;
  let done = 0;
  const running = new Set();
  while (performance.now() - began < seconds * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; sent < due && running.size < 50; sent++) {
      const path = `/api/v1/namespaces/default/pods/${names[sent % names.length]}`;
      const one = api
        .send("PATCH", path, { metadata: { annotations: { "bench/turn": String(sent) } } })
        .then(() => done++)
        .finally(() => running.delete(one));
      running.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(running);
  return done;
}
