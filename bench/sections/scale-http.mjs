// Large clusters of `wherry up --runtime simulated`, through the API over TLS, in real time.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { client } from "../lib/client.mjs";
import { startCluster } from "../lib/cluster.mjs";
import { bounded, seconds } from "../lib/report.mjs";
import { about, longest, size } from "../lib/scale.mjs";
import { deployment, each, isComplete, isReady, placedPod, tally } from "../lib/workload.mjs";

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const pods = "/api/v1/namespaces/default/pods";
/** Requests on their way at the same time. */
const concurrency = 16;
const highConcurrency = 64;

export async function measure(row) {
  const print = (key, figure, how) => {
    const [what, beside, goal] = about[key];
    row(`${what}, over HTTP${how}`, figure, beside, goal);
  };
  const run = (key, measure, how = "") =>
    bounded(
      measure,
      (ms) => print(key, seconds(ms), how),
      (why) => print(key, why, how),
    );
  const scratch = mkdtempSync(join(tmpdir(), "wb-"));
  const images = join(scratch, "images.json");
  writeFileSync(images, '[{ "pattern": "*", "startDelay": "1s" }]');
  try {
    await onCluster(["--nodes", "10", "--simulated-images", images], ({ api }) => run("rollout", () => rollout(api)));
    await onCluster(["--nodes", "10"], ({ api }) => run("deployments", () => manyDeployments(api)));
    for (const connections of [concurrency, highConcurrency])
      await onCluster(["--nodes", "100"], async ({ api }) => {
        const created = await run("created", () => createPods(api, connections), `, ${connections} connections`);
        // Where not all were created, more are still on their way.
        if (created && connections === concurrency) await run("deleted", () => deletePods(api));
      });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function onCluster(args, run) {
  const cluster = await startCluster("--runtime", "simulated", ...args);
  const api = client(cluster.connection);
  try {
    await run({ api });
  } finally {
    api.close();
    await cluster.stop();
  }
}

/** @returns milliseconds until `act` is done and the watch has shown what makes `reached` true */
async function until(api, path, reached, act) {
  const began = performance.now();
  const seen = api.watchUntil(`${path}?watch=true`, reached, longest);
  await Promise.all([act(), seen]);
  return performance.now() - began;
}

async function rollout(api) {
  const name = "bench";
  const complete = ({ object }) => isComplete(object);
  await until(api, deployments, complete, () => api.send("POST", deployments, deployment(name, size.rollout)));
  const { template } = deployment(name, size.rollout, 2).spec;
  // The watch begins with the Deployment as it is, which is complete.
  return until(
    api,
    deployments,
    (event) => event.object.spec.template.spec.containers[0].image === "bench:2" && complete(event),
    () => api.send("PATCH", `${deployments}/${name}`, { spec: { template } }),
  );
}

function manyDeployments(api) {
  const ready = tally(isReady);
  const reached = (event) => {
    ready.see(event);
    return ready.count === size.deployments * size.podsEach;
  };
  return until(api, pods, reached, () =>
    each(size.deployments, concurrency, (i) => api.send("POST", deployments, deployment(`bench-${i}`, size.podsEach))),
  );
}

async function createPods(api, connections) {
  const { object } = await api.send("GET", "/api/v1/nodes");
  const nodes = object.items.map(({ metadata }) => metadata.name);
  const running = tally(({ status }) => status?.phase === "Running");
  const allRun = (event) => {
    running.see(event);
    return running.count === size.pods;
  };
  return until(api, pods, allRun, () =>
    each(size.pods, connections, (i) => api.send("POST", pods, placedPod(`p-${i}`, nodes[i % nodes.length]))),
  );
}

function deletePods(api) {
  let gone = 0;
  const allGone = ({ type }) => type === "DELETED" && ++gone === size.pods;
  return until(api, pods, allGone, () => api.send("DELETE", `${pods}?gracePeriodSeconds=1`));
}
