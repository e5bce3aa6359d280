import { afterEach, expect, test } from "vitest";
import { type Cluster, type ClusterOptions, createCluster } from "./index.ts";
import { workload } from "./workload-fixture.ts";

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});
async function start(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await createCluster(options);
  open.push(cluster);
  return cluster;
}
const settled = (cluster: Cluster, image: string) => async () => {
  const { metadata, spec, status } = await cluster.get("deployment", "web");
  return (
    spec?.template.spec?.containers[0]?.image === image &&
    status?.observedGeneration === metadata?.generation &&
    [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((n) => n === spec?.replicas)
  );
};
async function rolledOut(options: ClusterOptions = {}, replicas = 3): Promise<Cluster> {
  const cluster = await start(options);
  await cluster.apply(workload("web", "app:1", replicas));
  await cluster.clock.runUntil(settled(cluster, "app:1"));
  return cluster;
}
const nodeReady = async (cluster: Cluster, name: string) =>
  (await cluster.get("node", name)).status?.conditions?.find(({ type }) => type === "Ready")?.status;
const pods = async (cluster: Cluster) =>
  (await cluster.list("pods")).filter(({ metadata }) => !metadata?.deletionTimestamp);

test("a killed node turns Unknown, its pods are replaced, and it comes back with nothing running but its images", async () => {
  const cluster = await rolledOut({ nodes: 2, images: { "*": { pullDelay: "30s" } } }, 4);
  cluster.faults.killNode("node-1");
  await cluster.clock.advance("39s");
  expect(await nodeReady(cluster, "node-1")).toBe("True");
  await cluster.clock.advance("20s");
  expect(await nodeReady(cluster, "node-1")).toBe("Unknown");
  await cluster.clock.advance("6m");
  expect((await pods(cluster)).map(({ spec }) => spec?.nodeName)).toEqual(Array(4).fill("node-2"));
  await cluster.faults.startNode("node-1");
  expect(await nodeReady(cluster, "node-1")).toBe("True");
  expect((await cluster.get("node", "node-1")).status?.images?.length).toBe(1);
  await cluster.clock.advance("1m");
  expect((await cluster.list("pods")).length).toBe(4);
});

test("a node that is killed and started at once restarts the containers of its pods", async () => {
  const cluster = await rolledOut();
  const before = (await pods(cluster)).map(({ metadata }) => metadata?.uid);
  cluster.faults.killNode("node-1");
  await cluster.faults.startNode("node-1");
  await cluster.clock.advance("1m");
  const after = await pods(cluster);
  expect(after.map(({ metadata }) => metadata?.uid)).toEqual(before);
  expect(after.map(({ status }) => status?.containerStatuses?.[0]?.restartCount)).toEqual([1, 1, 1]);
  expect(await settled(cluster, "app:1")()).toBe(true);
});

test("what runs on a node that is cut off goes on, and is still there when it is joined again", async () => {
  const cluster = await rolledOut({ nodes: 1 });
  const before = (await pods(cluster)).map(({ metadata }) => metadata?.uid);
  cluster.faults.cutOffNode("node-1");
  await cluster.clock.advance("2m");
  expect(await nodeReady(cluster, "node-1")).toBe("Unknown");
  cluster.faults.reconnectNode("node-1");
  await cluster.clock.advance("30s");
  expect(await nodeReady(cluster, "node-1")).toBe("True");
  const after = await pods(cluster);
  expect(after.map(({ metadata }) => metadata?.uid)).toEqual(before);
  expect(after.map(({ status }) => status?.containerStatuses?.[0]?.restartCount)).toEqual([0, 0, 0]);
});

test("delayed watches: the component acts so much later, in order; once healed, at once", async () => {
  const cluster = await start();
  const late = cluster.faults.delayWatches({ component: "kube-scheduler", by: "30s" });
  await cluster.apply(workload("web", "app:1", 2));
  const bound = async () => (await pods(cluster)).filter(({ spec }) => spec?.nodeName).length;
  await cluster.clock.advance("29s");
  expect([(await pods(cluster)).length, await bound()]).toEqual([2, 0]);
  await cluster.clock.advance("2s");
  expect(await bound()).toBe(2);
  await cluster.apply(workload("web", "app:1", 4));
  await cluster.clock.advance("5s");
  expect(await bound()).toBe(2);
  late.heal();
  await cluster.clock.advance("1s");
  expect(await bound()).toBe(4);
});

test.each([false, true])("dropped watches are resumed with what happened meanwhile (forgotten: %s)", async (forget) => {
  const cluster = await rolledOut();
  cluster.faults.dropWatches({ component: "kube-controller-manager", for: "1m", forget });
  await cluster.apply(workload("web", "app:2", 3));
  await cluster.clock.advance("30s");
  expect((await cluster.get("deployment", "web")).status?.observedGeneration).toBe(1);
  await cluster.clock.runUntil(settled(cluster, "app:2"), { timeout: "2m" });
  expect((await pods(cluster)).length).toBe(3);
});

test("conflicts: the next writes are refused and made again", async () => {
  const cluster = await rolledOut();
  cluster.faults.conflictWrites({ component: "deployment", resource: "replicaset", count: 3 });
  await cluster.apply(workload("web", "app:2", 3));
  await cluster.clock.runUntil(settled(cluster, "app:2"), { timeout: "1m" });
  expect((await pods(cluster)).length).toBe(3);
});

test("a controller that crashes between two writes leaves nothing undone and does nothing twice", async () => {
  const cluster = await rolledOut({}, 5);
  for (let writes = 1; writes <= 6; writes++) {
    await cluster.faults.restartController("deployment", { afterWrites: writes });
    await cluster.faults.restartController("replicaset", { afterWrites: writes });
    await cluster.apply(workload("web", `app:${writes + 1}`, 5));
    await cluster.clock.runUntil(settled(cluster, `app:${writes + 1}`), { timeout: "2m" });
    expect((await pods(cluster)).length).toBe(5);
  }
  expect((await cluster.list("replicasets")).length).toBe(7);
});

test("a slow store: commits take their time, the test's own included", async () => {
  const cluster = await rolledOut();
  const before = cluster.clock.now();
  const slow = cluster.faults.slowStore("50ms");
  await cluster.apply(workload("web", "app:2", 3));
  expect(cluster.clock.now() - before).toBe(50);
  await cluster.clock.runUntil(settled(cluster, "app:2"));
  expect(cluster.clock.now() - before).toBeGreaterThan(1000);
  slow.heal();
  const after = cluster.clock.now();
  await cluster.apply(workload("web", "app:3", 3));
  expect(cluster.clock.now()).toBe(after);
});

test("a container that crashes is started again", async () => {
  const cluster = await rolledOut({}, 1);
  const [pod] = await pods(cluster);
  cluster.faults.crashContainer(pod?.metadata?.name ?? "", { exitCode: 137 });
  await cluster.clock.advance("5s");
  const [after] = await pods(cluster);
  expect(after?.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 137 } },
  });
});

test("what cannot be struck is said", async () => {
  const cluster = await start();
  expect(() => cluster.faults.killNode("node-9")).toThrow('no simulated node "node-9"; there are: node-1');
  expect(() => cluster.faults.crashContainer("web")).toThrow('of pod "default/web" runs on a node');
  expect(() => cluster.faults.slowStore("soon")).toThrow('slowStore: "soon" is neither milliseconds nor a duration');
  await expect(cluster.faults.restartController("deploy")).rejects.toThrow(
    'no controller "deploy"; there are: daemonset,',
  );
  await expect(cluster.faults.startNode("node-1")).rejects.toThrow('node "node-1" is on');
  cluster.faults.killNode("node-1");
  expect(() => cluster.faults.cutOffNode("node-1")).toThrow('node "node-1" is off');
});
