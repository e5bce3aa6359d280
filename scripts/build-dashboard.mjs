// Builds the dashboard's page into dist/dashboard, and fails when what it loads at first has grown too big.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outDir = join(root, "dist/dashboard");
/** Bytes, gzipped: all that is loaded before a lazy part is asked for. */
const budget = 120 * 1024;

/** What knows `light-dark()`, so that it stays as it is written. */
const cssTarget = ["chrome123", "edge123", "firefox120", "safari17.5"];

const shared = {
  configFile: false,
  root: join(root, "src/dashboard"),
  base: "./",
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
};

/** The viewer of saved replays: one script and one style sheet, which the page puts into the file that it saves. */
async function buildViewer() {
  await build({
    ...shared,
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      outDir: join(outDir, "replay"),
      emptyOutDir: true,
      target: "es2023",
      cssTarget,
      reportCompressedSize: false,
      lib: {
        entry: "viewer.tsx",
        formats: ["iife"],
        name: "wherryReplay",
        fileName: () => "viewer.js",
        cssFileName: "viewer",
      },
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  });
}

export async function buildDashboard() {
  rmSync(outDir, { recursive: true, force: true });
  const { output } = await build({
    ...shared,
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2023",
      cssTarget,
      // The page's policy allows images of its own server and inline ones, but nothing else that is inline.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  });
  await buildViewer();
  const chunks = new Map(output.map((file) => [file.fileName, file]));
  const first = new Set();
  const load = (name) => {
    if (first.has(name) || !chunks.has(name)) return;
    first.add(name);
    for (const other of chunks.get(name).imports ?? []) load(other);
  };
  load("index.html");
  for (const file of output) if (file.isEntry || file.fileName.endsWith(".css")) load(file.fileName);
  const size = [...first].reduce((sum, name) => sum + gzipSync(readFileSync(join(outDir, name))).length, 0);
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  console.log(`dashboard: ${kilobytes(size)} gzipped of at most ${kilobytes(budget)} before its lazy parts`);
  if (size > budget) throw new Error(`the dashboard's page is larger than ${kilobytes(budget)}`);
}
