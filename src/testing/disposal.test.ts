/** What is left of a cluster when it is closed: nothing. In processes of their own, from the built package. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../../test/tools/run.ts";

const cwd = fileURLToPath(new URL("../..", import.meta.url));
const script = (text: string, ...flags: string[]) =>
  run(process.execPath, [...flags, "--input-type=module", "--eval", text], { cwd, timeout: 170_000 });

test("a node:test file ends by itself, also when clients have joined and faults were in force", async () => {
  const text = `
    import { test } from "node:test";
    import { createCluster } from "wherry/testing";
    test("cluster", async () => {
      const cluster = await createCluster({ nodes: 3 });
      await cluster.kubeconfig();
      await cluster.apply(new URL("examples/testing/shop.yaml", "file://${cwd}"));
      await cluster.clock.advance("1m");
      cluster.faults.killNode("node-1");
      cluster.faults.cutOffNode("node-2");
      cluster.faults.slowStore("1s");
      const fork = await cluster.fork();
      await fork.close();
      await cluster.close();
      await cluster.close();
    });
    process.on("exit", () => console.log("left: " + process.getActiveResourcesInfo().filter((r) => r !== "PipeWrap").join()));`;
  const { out, err, code } = await script(text, "--test-reporter=tap");
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect(out).toMatch(/# pass 1\n/);
  expect(out).toMatch(/left: \n/);
});

test("node --test runs the example to its end", async () => {
  const { out, code } = await run(
    process.execPath,
    ["--test", "--test-reporter=tap", "examples/testing/rollout.test.js"],
    {
      cwd,
      timeout: 60_000,
    },
  );
  expect(out).toMatch(/# pass 1\n# fail 0\n/);
  expect(code).toBe(0);
});

test("a hundred clusters in one file stay under 2 GB, and a closed one gives its memory back", {
  timeout: 180_000,
}, async () => {
  const text = `
    import { createCluster } from "wherry/testing";
    const manifest = new URL("examples/testing/shop.yaml", "file://${cwd}");
    const open = [];
    const used = () => { gc(); return process.memoryUsage().heapUsed; };
    const one = async () => {
      const cluster = await createCluster({ nodes: 3 });
      await cluster.apply(manifest);
      await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "shop"));
      return cluster;
    };
    for (let i = 0; i < 3; i++) await (await one()).close();
    const before = used();
    for (let i = 0; i < 100; i++) open.push(await one());
    const during = used();
    const rss = process.memoryUsage().rss;
    for (const cluster of open.splice(0)) await cluster.close();
    await new Promise((resolve) => setImmediate(resolve));
    const after = used();
    console.log(JSON.stringify({ before, during, after, rss }));`;
  const { out, err } = await script(text, "--expose-gc");
  expect(err).toBe("");
  const { before, during, after, rss } = JSON.parse(out) as Record<"before" | "during" | "after" | "rss", number>;
  const mb = (bytes: number) => Math.round(bytes / 1e6);
  console.log(
    `100 open clusters: ${mb(during - before)} MB of heap, ${mb(rss)} MB resident; closed: ${mb(after - before)} MB`,
  );
  expect(rss).toBeLessThan(2e9);
  expect(after - before).toBeLessThan((during - before) / 10 + 5e6);
});
