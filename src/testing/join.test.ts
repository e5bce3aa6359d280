import { existsSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { kubectl } from "../../test/tools/clients.ts";
import { run } from "../../test/tools/run.ts";
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

const images = { "*": { pullDelay: "100ms", readyAfter: "300ms", output: ["hello"] } };
const container = { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 } };

test("the real kubectl joins, its rollout status ends, and the clock can still be moved by hand", async () => {
  const cluster = kept(await createCluster({ nodes: 2, images }));
  const file = await cluster.kubeconfig();
  expect(await cluster.kubeconfig()).toBe(file);
  const type = (...args: string[]) => run(kubectl(), ["--kubeconfig", file, ...args], { timeout: 60_000 });
  await cluster.apply(workload("web", "app:1", 2, { container }));
  const status = await type("rollout", "status", "deployment/web");
  expect([status.err, status.code]).toEqual(["", 0]);
  expect(status.out).toMatch(/deployment "web" successfully rolled out/);
  await type("set", "image", "deployment/web", "main=app:2");
  expect((await type("rollout", "status", "deployment/web")).code).toBe(0);
  expect((await type("logs", "deployment/web")).out).toBe("hello\n");
  expect((await type("rollout", "undo", "deployment/web")).out).toBe("deployment.apps/web rolled back\n");
  await cluster.clock.advance("2h");
  expect((await type("get", "deployment", "web", "--no-headers")).out).toMatch(
    /^web +2\/2 +2 +2 +12\dm|^web +2\/2 +2 +2 +2h/,
  );
  const ca = await cluster.get("configmap", "kube-root-ca.crt");
  expect(ca.data?.["ca.crt"]).toMatch(/^-----BEGIN CERTIFICATE/);
  cluster.faults.killNode("node-1");
  cluster.faults.killNode("node-2");
  expect((await type("logs", "deployment/web")).err).toMatch(/no route to host|unable to/);
  await cluster.close();
  expect(existsSync(file)).toBe(false);
});

test("time stands still for those who want that", async () => {
  const cluster = kept(await createCluster({ images }));
  const before = cluster.clock.now();
  const file = await cluster.kubeconfig({ followClock: false });
  const answer = await run(kubectl(), ["--kubeconfig", file, "create", "deployment", "web", "--image=app:1"]);
  expect(answer.out).toBe("deployment.apps/web created\n");
  await cluster.clock.settle();
  expect(cluster.clock.now()).toBe(before);
  await cluster.clock.runUntil(async () => (await cluster.get("deployment", "web")).status?.availableReplicas === 1);
});
