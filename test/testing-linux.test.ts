/** `wherry/testing` with real containers. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { type Cluster, createCluster } from "wherry/testing";
import { kubectl } from "./tools/clients.ts";
import { run } from "./tools/run.ts";

const server = (text: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "web",
            image: "wherry/node",
            command: [
              "node",
              "-e",
              `console.log("${text}"); require("http").createServer((_, r) => r.end()).listen(8080)`,
            ],
            readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});

test("a rollout on real containers, with a controller that crashes; then nothing is left", async () => {
  let file = "";
  const rolledOut = (cluster: Cluster) =>
    cluster.clock.runUntil(() => cluster.rolledOut("deployment", "web"), { timeout: "50s" });
  {
    await using cluster = await createCluster({ runtime: "linux", nodes: 2 });
    file = await cluster.kubeconfig();
    await cluster.apply(server("one"));
    await rolledOut(cluster);
    await cluster.faults.restartController("deployment", { afterWrites: 2 });
    await cluster.apply(server("two"));
    await rolledOut(cluster);
    // Old ones may still be ending.
    const pods = (await cluster.list("pods")).filter(({ metadata }) => !metadata?.deletionTimestamp);
    expect(new Set(pods.map(({ spec }) => spec?.nodeName)).size).toBe(2);
    for (const { metadata } of pods)
      expect((await run(kubectl(), ["--kubeconfig", file, "logs", metadata?.name ?? ""])).out).toBe("two\n");
    expect(() => cluster.faults.killNode("node")).toThrow('no simulated node "node"');
    await expect(cluster.fork()).rejects.toThrow("only those in virtual time fork");
  }
  expect(existsSync(dirname(file))).toBe(false);
});

test("an archive that cannot be loaded is named, and nothing is left", async () => {
  const archive = new URL("../package.json", import.meta.url);
  await expect(createCluster({ runtime: "linux", imageArchives: [archive] })).rejects.toThrow(
    /^imageArchives: \/.*package\.json: /,
  );
});
