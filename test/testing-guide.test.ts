/** Runs what the guide's page about testing shows, each block on a cluster of its own where the shop is rolled out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Cluster, createCluster, kinds } from "wherry/testing";
import { blocksOf, read } from "./docs/pages.ts";
import { repository } from "./tools/cluster.ts";

const page = join(repository, "docs/guide/testing.md");
const blocks = blocksOf(read(page)).filter(({ language }) => language === "js");
const shop = readFileSync(join(repository, "examples/testing/shop.yaml"), "utf8");

type Shown = (
  expectation: typeof expect,
  create: (...args: Parameters<typeof createCluster>) => Promise<Cluster>,
  names: typeof kinds,
  given: Cluster,
) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => Shown;

test("it shows blocks to run", () => expect(blocks.length).toBeGreaterThan(4));

test.each(blocks.map((block) => [block.line, block.text] as const))("line %i", async (_, text) => {
  const made: Cluster[] = [];
  const create = async (...args: Parameters<typeof createCluster>) => {
    const cluster = await createCluster(...args);
    made.push(cluster);
    return cluster;
  };
  const given = await create({ nodes: 2 });
  try {
    await given.apply(shop);
    await given.clock.runUntil(() => given.rolledOut("deployment", "shop"));
    // What a block calls `cluster` itself is another one.
    const own = /const cluster =/.test(text);
    await new AsyncFunction("expect", "createCluster", "kinds", own ? "given" : "cluster", text)(
      expect,
      create,
      kinds,
      given,
    );
  } finally {
    for (const cluster of made) await cluster.close();
  }
});
