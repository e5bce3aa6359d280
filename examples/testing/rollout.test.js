import assert from "node:assert/strict";
import { test } from "node:test";
import { createCluster } from "wherry/testing";

test("a bad image is noticed after ten minutes, and undo brings the shop back", async (t) => {
  const cluster = await createCluster({ images: { "shop:2": { pullError: "manifest unknown" } } });
  t.after(() => cluster.close());
  const rolledOut = () => cluster.rolledOut("deployment", "shop");

  const [deployment] = await cluster.apply(new URL("shop.yaml", import.meta.url));
  await cluster.clock.runUntil(rolledOut);

  const broken = structuredClone(deployment);
  broken.spec.template.spec.containers[0].image = "shop:2";
  await cluster.apply(broken);
  await assert.rejects(cluster.clock.runUntil(rolledOut), /exceeded its progress deadline/);

  await cluster.undo("deployment", "shop");
  await cluster.clock.runUntil(rolledOut, { timeout: "1m" });
});
