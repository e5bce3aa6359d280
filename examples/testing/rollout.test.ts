import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createCluster } from "wherry/testing";

const manifest = readFileSync(new URL("shop.yaml", import.meta.url), "utf8");
const version = (tag: number) => manifest.replace("shop:1", `shop:${tag}`);

/** How the images behave. Nothing runs, and nothing is pulled: this is all there is to them. */
const images = {
  "shop:3": { readyAfter: "never" },
  "shop:*": { pullDelay: "8s", startDelay: "1s", readyAfter: "20s" },
} as const;

test("an update keeps three of four pods available, and has at most five", async () => {
  await using cluster = await createCluster({ nodes: 3, images });
  await cluster.apply(version(1));
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"));

  let fewest = 4;
  let most = 4;
  await cluster.watch("deployments", ({ object: { status } }) => {
    fewest = Math.min(fewest, status?.availableReplicas ?? 0);
    most = Math.max(most, status?.replicas ?? 0);
  });
  await cluster.apply(version(2));
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"));
  expect([fewest, most]).toEqual([3, 5]);
});

test("a version that never gets ready stalls after ten minutes, serves all the while, and can be undone", async () => {
  await using cluster = await createCluster({ nodes: 3, images });
  await cluster.apply(version(1));
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"));

  await cluster.apply(version(3));
  await cluster.clock.advance("11m");
  await expect(cluster.rolledOut("deployment", "shop")).rejects.toThrow("exceeded its progress deadline");
  expect((await cluster.get("deployment", "shop")).status?.availableReplicas).toBe(3);

  await cluster.undo("deployment", "shop");
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"), { timeout: "2m" });
  const pods = await cluster.list("pods", { labelSelector: "app=shop" });
  expect(pods.map((pod) => pod.spec?.containers[0]?.image)).toEqual(Array(4).fill("shop:1"));
});

test("an update comes through when a node dies in the middle of it", async () => {
  await using cluster = await createCluster({ nodes: 3, images });
  await cluster.apply(version(1));
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"));

  await cluster.apply(version(2));
  await cluster.clock.advance("15s");
  cluster.faults.killNode("node-1");
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"), { timeout: "10m" });
});

test("from one moment on, two ways it could go", async () => {
  await using cluster = await createCluster({ images });
  await cluster.apply(version(1));
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"));

  await using other = await cluster.fork();
  await cluster.apply(version(2));
  await other.apply(version(3));
  await Promise.all([cluster.clock.advance("5m"), other.clock.advance("5m")]);
  expect(await cluster.rolledOut("deployment", "shop")).toBe(true);
  expect(await other.rolledOut("deployment", "shop")).toBe(false);
});
