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

const available = (cluster: Cluster, image: string, count: number) => async () => {
  const { metadata, spec, status } = await cluster.get("deployment", "web");
  const current = spec?.template.spec?.containers[0]?.image === image;
  return (
    current &&
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === count &&
    status?.availableReplicas === count &&
    status?.replicas === count
  );
};
const images = async (cluster: Cluster) =>
  (await cluster.list("pods")).map((pod) => `${pod.spec?.containers[0]?.image} ${pod.status?.phase}`);

const options = { nodes: 2, images: { "*:missing": { pullError: "manifest unknown" }, "*": { pullDelay: "2s" } } };

test("a fork and its origin go on independently, with pods that keep running; a fork can be forked", async () => {
  const origin = kept(await createCluster(options));
  await origin.apply(workload("web", "app:1", 3));
  await origin.clock.runUntil(available(origin, "app:1", 3));
  const uids = async (cluster: Cluster) => (await cluster.list("pods")).map(({ metadata }) => metadata?.uid);
  const restarts = async (cluster: Cluster) =>
    (await cluster.list("pods")).map(({ status }) => status?.containerStatuses?.[0]?.restartCount);
  const before = await uids(origin);

  const fork = kept(await origin.fork());
  expect(fork.clock.now()).toBe(origin.clock.now());
  expect(await uids(fork)).toEqual(before);
  await fork.apply(workload("web", "app:2", 3));
  await fork.clock.runUntil(available(fork, "app:2", 3));
  expect(await images(fork)).toEqual(Array(3).fill("app:2 Running"));
  expect(await images(origin)).toEqual(Array(3).fill("app:1 Running"));
  expect(origin.clock.now()).toBeLessThan(fork.clock.now());

  const second = kept(await fork.fork());
  await second.apply(workload("web", "app:missing", 3));
  await second.clock.advance("11m");
  const reason = (await second.get("deployment", "web")).status?.conditions?.find((c) => c.type === "Progressing");
  expect(reason?.reason).toBe("ProgressDeadlineExceeded");
  await fork.clock.advance("11m");
  expect(await images(fork)).toEqual(Array(3).fill("app:2 Running"));
  // The origin's pods have been looked after all the time.
  await origin.clock.advance("11m");
  expect(await uids(origin)).toEqual(before);
  expect(await restarts(origin)).toEqual([0, 0, 0]);
  expect(await restarts(second)).toContain(0);
});

test("forking takes nothing from the origin: it goes on as if it had not been forked", async () => {
  const story = async (forks: number) => {
    const cluster = kept(await createCluster(options));
    const history = await recordHistory(cluster);
    await cluster.apply(workload("web", "app:1", 3));
    await cluster.clock.advance("5s");
    for (let i = 0; i < forks; i++) await (await cluster.fork()).close();
    await cluster.apply(workload("web", "app:2", 3));
    await cluster.clock.advance("30s");
    return await history.lines();
  };
  expect(await story(2)).toEqual(await story(0));
});

test("two forks of one moment are the same, in the middle of a pull as well", async () => {
  const origin = kept(await createCluster(options));
  await origin.apply(workload("web", "app:1", 3));
  await origin.clock.advance("1s");
  const goOn = async () => {
    const fork = kept(await origin.fork());
    await fork.clock.runUntil(available(fork, "app:1", 3), { timeout: "1m" });
    return (await fork.list("pods")).map((pod) => JSON.stringify(pod));
  };
  const [one, other] = [await goOn(), await goOn()];
  expect(one).toEqual(other);
});

test("a node that is off, and one that is cut off, stay so in a fork", async () => {
  const origin = kept(await createCluster({ nodes: 3 }));
  origin.faults.killNode("node-1");
  origin.faults.cutOffNode("node-2");
  const fork = kept(await origin.fork());
  const ready = async (name: string) =>
    (await fork.get("node", name)).status?.conditions?.find(({ type }) => type === "Ready")?.status;
  await fork.clock.advance("2m");
  expect([await ready("node-1"), await ready("node-2"), await ready("node-3")]).toEqual(["Unknown", "Unknown", "True"]);
  fork.faults.reconnectNode("node-2");
  await fork.faults.startNode("node-1");
  await fork.clock.advance("30s");
  expect([await ready("node-1"), await ready("node-2")]).toEqual(["True", "True"]);
});
