// Scenarios on a cluster of `wherry/testing`, each in a process of its own: its memory and its compiled code are nobody
// else's, and its end is the end of the cluster.
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TookTooLong } from "./report.mjs";
import { deployment, each, isComplete, isReady, placedPod, tally } from "./workload.mjs";

/** Milliseconds that a scenario may take. */
const longest = 300_000;

/**
 * @param scenario a name in `scenarios`
 * @throws TookTooLong when the timeout passes
 * @returns what it measured: milliseconds of real time (`wallMs`), of processor time (`cpuMs`) and of the cluster's own
 * (`virtualMs`), and more
 */
export function inProcess(scenario, args = {}, { timeout = longest, file = fileURLToPath(import.meta.url) } = {}) {
  return new Promise((resolve, reject) => {
    const child = fork(file, [], { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: [] });
    const limit = setTimeout(() => {
      reject(new TookTooLong(timeout));
      child.kill("SIGKILL");
    }, timeout);
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(limit);
      reject(new Error(`${scenario} ended: ${signal ?? `exit code ${code}`}`));
    });
    child.send({ scenario, args });
  });
}

const scenarios = {
  /** A Deployment until all its pods are Ready; the cluster is there already. */
  async pods({ createCluster, kinds }, { pods }) {
    const cluster = await createCluster({ nodes: 3 });
    const done = stopwatch(cluster);
    await cluster.client.create(kinds.deployments, deployment("bench", pods));
    await cluster.clock.runUntil(async () => (await cluster.get("deployment", "bench")).status?.readyReplicas === pods);
    return done();
  },

  /** A rolling update of all pods of a Deployment; a container takes a second to start. */
  async rollingUpdate({ createCluster, kinds }, { pods }) {
    const cluster = await createCluster({ nodes: 10, images: { "*": { startDelay: "1s" } } });
    const complete = async () => isComplete(await cluster.get("deployment", "bench"));
    await cluster.client.create(kinds.deployments, deployment("bench", pods));
    await cluster.clock.runUntil(complete);
    const done = stopwatch(cluster);
    const { template } = deployment("bench", pods, 2).spec;
    await cluster.client.patch(kinds.deployments, key("bench"), { spec: { template } }, { type: "merge" });
    await cluster.clock.runUntil(complete);
    return done();
  },

  /** Many Deployments at once. */
  async deployments({ createCluster, kinds }, { deployments, pods }) {
    const cluster = await createCluster({ nodes: 10 });
    const ready = follow(cluster, kinds.pods, isReady);
    const done = stopwatch(cluster);
    await each(deployments, 50, (i) => cluster.client.create(kinds.deployments, deployment(`bench-${i}`, pods)));
    await cluster.clock.runUntil(() => ready.count === deployments * pods);
    return done();
  },

  /** Nodes until all are Ready. */
  async nodes({ createCluster, kinds }, { nodes }) {
    const done = stopwatch();
    const cluster = await createCluster({ nodes });
    const { items } = await cluster.client.list(kinds.nodes);
    if (items.filter(isReady).length !== nodes) throw new Error(`not all ${nodes} nodes are Ready`);
    return done();
  },

  /** Pods whose nodes are chosen already, until all run; and their deletion. */
  async podsAndBack({ createCluster, kinds }, { nodes, pods }) {
    const cluster = await createCluster({ nodes });
    const running = follow(cluster, kinds.pods, (pod) => pod.status?.phase === "Running");
    const there = follow(cluster, kinds.pods, () => true);
    const created = stopwatch(cluster);
    await each(pods, 50, (i) => cluster.client.create(kinds.pods, placedPod(`p-${i}`, `node-${1 + (i % nodes)}`)));
    await cluster.clock.runUntil(() => running.count === pods);
    const up = created();
    const deleted = stopwatch(cluster);
    await cluster.client.deleteCollection(kinds.pods, { namespace: "default" }, { gracePeriodSeconds: 1 });
    await cluster.clock.runUntil(() => there.count === 0);
    return { up, down: deleted() };
  },

  /** What a process takes that holds so many nodes with so many pods, or with as many as there are in so much time. */
  async memory({ createCluster, kinds }, { nodes, pods, limitMs }) {
    const done = stopwatch();
    const cluster = await createCluster({ nodes });
    const ready = follow(cluster, kinds.pods, isReady);
    for (let i = 0; ready.count < pods && done().wallMs < limitMs; i++) {
      await cluster.client.create(kinds.deployments, deployment(`bench-${i}`, 1000));
      await cluster.clock.runUntil(() => ready.count === (i + 1) * 1000);
    }
    const rollup = readFileSync("/proc/self/smaps_rollup", "utf8");
    const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0) * 1024;
    return { ...done(), pods: ready.count, pss: bytes("Pss"), rss: bytes("Rss") };
  },
};

const key = (name) => ({ namespace: "default", name });

function stopwatch(cluster) {
  const [wall, cpu, virtual] = [performance.now(), process.cpuUsage(), cluster?.clock.now() ?? 0];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      wallMs: performance.now() - wall,
      cpuMs: (user + system) / 1000,
      virtualMs: (cluster?.clock.now() ?? 0) - virtual,
    };
  };
}

/** Counts the objects that fit, by a watch. */
function follow(cluster, kind, fits) {
  const counted = tally(fits);
  const watch = async () => {
    for await (const event of await cluster.client.watch(kind)) counted.see(event);
  };
  watch().catch(() => {}); // ends with the cluster
  return counted;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Nobody waits for it any more.
  process.on("disconnect", () => process.exit(1));
  process.once("message", async ({ scenario, args }) => {
    const testing = await import("../../dist/testing/index.js");
    const result = await scenarios[scenario](testing, args);
    process.send(result, () => process.exit(0));
  });
}
