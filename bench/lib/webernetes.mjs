// The comparator of a cluster in process: a Deployment on `@ngrok/webernetes`, a simulator for the browser. As published
// its files do not load in Node.js, so they are bundled first.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root } from "./cluster.mjs";
import { inProcess } from "./in-process.mjs";
import { deployment } from "./workload.mjs";

/** @returns `run(pods)`: milliseconds until so many pods are Ready, in a process of its own; and `close` */
export async function webernetes() {
  const { build } = await import("esbuild");
  const scratch = mkdtempSync(join(tmpdir(), "wb-"));
  const bundle = join(scratch, "webernetes.mjs");
  await build({
    stdin: { contents: 'export * from "@ngrok/webernetes"', resolveDir: root },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: bundle,
    logLevel: "error",
    // Some of its dependencies are CommonJS and require Node's modules.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  writeFileSync(join(scratch, "package.json"), '{"type":"module"}');
  const file = fileURLToPath(import.meta.url);
  return {
    run: async (pods) => (await inProcess("webernetes", { bundle, pods }, { file, timeout: 120_000 })).wallMs,
    close: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

async function measure({ bundle, pods }) {
  const { Cluster, BaseImage } = await import(pathToFileURL(bundle).href);
  class Bench extends BaseImage {
    static imageName = "bench";
    static imageVersion = "1";
    defaultCommand = ["wait"];
    exec(context) {
      return context.waitUntilKilled();
    }
  }
  const cluster = new Cluster();
  cluster.registerImage(Bench);
  await cluster.init();
  const began = performance.now();
  const ready = new Promise((resolve) => {
    cluster.informer("deployments", (_, { status }) => status?.readyReplicas === pods && resolve());
  });
  await cluster.apply([deployment("bench", pods)]);
  await ready;
  return { wallMs: performance.now() - began };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Nobody waits for it any more.
  process.on("disconnect", () => process.exit(1));
  process.once("message", async ({ args }) => {
    const result = await measure(args);
    process.send(result, () => process.exit(0));
  });
}
