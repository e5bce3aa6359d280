/** A test runner's own timers: whoever has put them in the place of the system's gets a cluster all the same. */
import { afterEach, expect, test, vi } from "vitest";
import { createCluster } from "./create-cluster.ts";
import { workload } from "./workload-fixture.ts";

afterEach(() => void vi.useRealTimers());

test("a cluster in virtual time minds no fake timers, not even of microtasks", async () => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "setInterval", "setImmediate", "Date", "performance", "queueMicrotask"],
  });
  const cluster = await createCluster({ nodes: 3, images: { "app:*": { pullDelay: "2s" } } });
  await cluster.apply(workload("web", "app:1", 2));
  const began = cluster.clock.now();
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "web"));
  expect(cluster.clock.now() - began).toBe(2000);
  const fork = await cluster.fork();
  fork.faults.killNode("node-1");
  await fork.clock.advance("10m");
  expect((await fork.get("node", "node-1")).spec?.taints).toHaveLength(2);
  await fork.close();
  await cluster.close();
});
