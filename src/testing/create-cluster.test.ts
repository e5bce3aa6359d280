import { expect, test } from "vitest";
import { createCluster } from "./index.ts";

const web = (image: string, replicas = 3) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: ${image}
`;

test("a manifest rolls out, stalls at its deadline and recovers, in no time", async () => {
  await using cluster = await createCluster({
    nodes: 2,
    images: [{ pattern: "*:missing", pullError: "manifest unknown" }],
  });
  await cluster.apply(web("app:1"));
  const deployment = () => cluster.get("deployment", "web");
  await cluster.clock.runUntil(async () => (await deployment()).status?.availableReplicas === 3);
  await cluster.apply(web("app:missing"));
  const progressing = async () =>
    (await deployment()).status?.conditions?.find(({ type }) => type === "Progressing")?.reason;
  await cluster.clock.runUntil(async () => (await progressing()) === "ProgressDeadlineExceeded");
  expect((await deployment()).status?.availableReplicas).toBe(3);
  await cluster.apply(web("app:1"));
  await cluster.clock.runUntil(async () => (await progressing()) === "NewReplicaSetAvailable");
  const nodes = await cluster.list("nodes");
  expect(nodes.map(({ metadata }) => metadata?.name)).toEqual(["node-1", "node-2"]);
});
