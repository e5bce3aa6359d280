import { expect, test } from "vitest";
import type { ReplicaSet } from "../../api/generated/types.ts";
import { pods, replicaSets } from "../../client/kinds.ts";
import { startActor } from "../../testing/fault-runs/actor.ts";
import { addNode, createTestPlane, playAgents } from "../../testing/test-plane.ts";
import { replicaSetController } from "./controller.ts";

const labels = { app: "web" };
const key = { namespace: "default", name: "web" };
const web: ReplicaSet = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: key,
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { nodeName: "node", containers: [{ name: "c", image: "app:1" }] } },
  },
};

test("a pod that was deleted does not count as available while the cache still shows it", async () => {
  const plane = await createTestPlane();
  const { client, clock } = plane;
  await addNode(plane, "node");
  playAgents(plane);
  const late = { fault: "delay", ms: 1000 } as const;
  const actor = startActor(plane, replicaSetController, late, plane.events, () => "1");
  await client.create(replicaSets, web);
  const available = async () => (await client.get(replicaSets, key)).status?.availableReplicas;
  await clock.runUntil(async () => (await available()) === 2);
  await clock.advance(10_000);
  await client.patch(replicaSets, key, { spec: { replicas: 1 } }, { type: "merge" });
  await clock.runUntil(async () => (await client.list(pods)).items.length === 1);
  expect(await available()).toBe(1);
  actor.stop();
  await plane.stop();
});
