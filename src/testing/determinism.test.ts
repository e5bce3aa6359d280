import { afterEach, expect, test } from "vitest";
import { recordHistory } from "./history-fixture.ts";
import { type Cluster, createCluster } from "./index.ts";
import { workload } from "./workload-fixture.ts";

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});
/** Closes it after the test. */
const kept = (cluster: Cluster): Cluster => {
  open.push(cluster);
  return cluster;
};

/** A rollout, a bad one, a node lost and back, a slow store, lagging watches: 15 minutes of the cluster's time. */
async function story(seed: number): Promise<string[]> {
  const cluster = kept(
    await createCluster({
      nodes: 3,
      seed,
      images: {
        "*:missing": { pullError: "manifest unknown", pullDelay: "300ms" },
        "*": { pullDelay: "2s", startDelay: "500ms", readyAfter: "1s" },
      },
    }),
  );
  const { clock, faults } = cluster;
  const history = await recordHistory(cluster);
  await cluster.apply(workload("web", "app:1", 6));
  await clock.advance("20s");
  await cluster.apply(workload("web", "app:missing", 6));
  faults.killNode("node-2");
  await clock.advance("3m");
  faults.delayWatches({ component: "kube-controller-manager", by: "2s" });
  faults.slowStore("5ms");
  await cluster.apply(workload("web", "app:2", 4));
  await clock.advance("6m");
  faults.heal();
  await faults.startNode("node-2");
  await faults.restartController("replicaset");
  await clock.advance("5m");
  return await history.lines();
}

test("the same seed and the same calls give the same history, to the last uid", async () => {
  const first = await story(7);
  expect(first.length).toBeGreaterThan(150);
  expect(await story(7)).toEqual(first);
});

test("another seed gives other names", async () => {
  expect(await story(8)).not.toEqual(await story(7));
});
