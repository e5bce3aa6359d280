import { expect, test } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import { testAgent } from "../testing/agent-fixture.ts";
import { createCluster } from "../testing/create-cluster.ts";
import { createAgent } from "./agent.ts";

const port = (hostPort: number, more: object = {}) => ({
  containers: [{ name: "main", image: "app:1", ports: [{ containerPort: 80, hostPort, ...more }] }],
});
const refused = {
  phase: "Failed",
  reason: "NodePorts",
  message: "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  qosClass: "BestEffort",
};

test("a pod whose host port is taken on its node fails, and nothing of it runs", async () => {
  const { clock, run, get, events, runtime, agent } = await testAgent();
  await run("first", port(8080));
  await clock.settle();
  const { metadata } = await run("second", port(8080));
  await clock.advance(1500);
  const { status } = await get("second");
  expect(status).toMatchObject(refused);
  expect(status).not.toHaveProperty("containerStatuses");
  expect(status).not.toHaveProperty("podIP");
  expect(await events("second")).toEqual([
    "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  ]);
  expect(await runtime.sandboxes(metadata?.uid)).toEqual([]);
  expect((await get("first")).status?.phase).toBe("Running");
  await agent.stop();
});

test("other ports, protocols and addresses are free", async () => {
  const { clock, run, get, agent } = await testAgent();
  await run("first", port(8080, { hostIP: "10.0.0.1" }));
  await run("port", port(8081));
  await run("protocol", port(8080, { protocol: "UDP" }));
  await run("address", port(8080, { hostIP: "10.0.0.2" }));
  await run("all", port(8080));
  await run("none");
  await clock.advance(1500);
  const phase = async (name: string) => (await get(name)).status?.phase;
  for (const name of ["first", "port", "protocol", "address", "none"]) expect(await phase(name)).toBe("Running");
  expect(await phase("all")).toBe("Failed");
  await agent.stop();
});

test("a port is free again when its pod has ended, and not before", async () => {
  const images = [{ pattern: "*", stopDelay: 3000 }];
  const { clock, run, remove, exists, get, agent } = await testAgent({ images });
  await run("first", port(8080));
  await clock.advance(1500);
  await remove("first");
  await clock.settle();
  await run("early", port(8080));
  await clock.advance(1500);
  expect(await exists("first")).toBe(true);
  expect((await get("early")).status).toMatchObject(refused);
  await clock.advance(5000);
  expect(await exists("first")).toBe(false);
  await run("late", port(8080));
  await clock.advance(1500);
  expect((await get("late")).status?.phase).toBe("Running");
  await remove("early", 0);
  await remove("late");
  await clock.advance(10_000);
  expect([await exists("early"), await exists("late")]).toEqual([false, false]);
  await agent.stop();
});

test("an agent that starts again admits its pods in the order in which they were made", async () => {
  const { agent, options, clock, run, get } = await testAgent();
  await run("zeta", port(8080));
  await clock.advance(1500);
  await agent.stop();
  await run("alpha", port(8080));
  const next = await createAgent(options);
  await next.start();
  await clock.advance(1500);
  expect((await get("zeta")).status?.phase).toBe("Running");
  expect((await get("alpha")).status).toMatchObject(refused);
  await next.stop();
});

test("a StatefulSet makes its refused pod anew until the port is free", async () => {
  const cluster = await createCluster({ nodes: 1 });
  const template = (name: string) => ({
    metadata: { labels: { app: name } },
    spec: { nodeName: "node-1", terminationGracePeriodSeconds: 1, ...port(8080) },
  });
  await cluster.apply({ apiVersion: "v1", kind: "Pod", ...template("holder"), metadata: { name: "holder" } });
  await cluster.clock.advance("5s");
  await cluster.apply({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: { serviceName: "db", replicas: 1, selector: { matchLabels: { app: "db" } }, template: template("db") },
  });
  const uids = new Set<string | undefined>();
  for (let second = 0; second < 5; second++) {
    await cluster.clock.advance("1s");
    const [pod] = (await cluster.list("pods")).filter(({ metadata }) => metadata?.name === "db-0") as Pod[];
    uids.add(pod?.metadata?.uid);
    expect(pod?.status?.phase).not.toBe("Running");
  }
  expect(uids.size).toBeGreaterThan(2);
  await cluster.delete("pod", "holder");
  await cluster.clock.advance("20s");
  expect((await cluster.get("pod", "db-0")).status?.phase).toBe("Running");
  await cluster.close();
});
