// `wherry/testing`: a cluster in process, a fork of it, and 500 pods until all are Ready, in virtual time.
import { execFileSync } from "node:child_process";
import { median } from "../lib/report.mjs";

const entry = new URL("../../dist/testing/index.js", import.meta.url).href;
const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
const pods = 500;

export async function measure(row) {
  const firsts = Array.from({ length: 5 }, () => firstImport());
  row("wherry/testing: first import in a new process (median of 5)", milliseconds(median(firsts)));

  const { createCluster } = await import(entry);
  const create = await times(30, async () => {
    const began = performance.now();
    const cluster = await createCluster();
    return { took: performance.now() - began, end: () => cluster.close() };
  });
  row("createCluster(), modules loaded (median of 30)", milliseconds(median(create)), "", "under 50 ms");
  row("createCluster(), the first one of a process", milliseconds(create[0]));

  const origin = await createCluster({ nodes: 3 });
  await rollOut(origin, 50);
  const fork = await times(20, async () => {
    const began = performance.now();
    const copy = await origin.fork();
    return { took: performance.now() - began, end: () => copy.close() };
  });
  await origin.close();
  row("fork() of a cluster with 3 nodes and 50 pods (median of 20)", milliseconds(median(fork)));

  const quiet = [];
  const ready = await times(5, async () => {
    const cluster = await createCluster();
    const took = await rollOut(cluster, pods);
    quiet.push(took.quiet);
    return { took: took.ready, end: () => cluster.close() };
  });
  row(
    `Deployment 0 to ${pods} pods, all Ready, in process and virtual time (median of 5)`,
    milliseconds(median(ready)),
    "",
    "under 250 ms",
  );
  row("  until nothing is left to do, all events written", milliseconds(median(quiet)));
}

/** @returns the milliseconds that each took */
async function times(n, once) {
  const all = [];
  for (let i = 0; i < n; i++) {
    const { took, end } = await once();
    all.push(took);
    await end();
  }
  return all;
}

function firstImport() {
  const code = `const began = performance.now(); await import(${JSON.stringify(entry)}); console.log(performance.now() - began);`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" }));
}

/** @returns milliseconds from the request until all are Ready, and until nothing is left to do */
async function rollOut(cluster, replicas) {
  const labels = { app: "bench" };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "bench" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "bench:1" }] } },
    },
  };
  let ready = Number.POSITIVE_INFINITY;
  const watch = await cluster.watch("deployments", ({ object }) => {
    if (object.status?.readyReplicas === replicas) ready = Math.min(ready, performance.now());
  });
  const began = performance.now();
  await cluster.apply(deployment);
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "bench"));
  watch.close();
  return { ready: ready - began, quiet: performance.now() - began };
}
