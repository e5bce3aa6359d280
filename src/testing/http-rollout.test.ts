import { expect, test } from "vitest";
import type { Deployment } from "../api/generated/types.ts";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { silentLogger as logger } from "../base/logger.ts";
import { createEventRecorder } from "../client/events.ts";
import { createHttpClient } from "../client/http/client.ts";
import { createRestClient } from "../client/http/rest.ts";
import { createInformerFactory } from "../client/informer.ts";
import { deployments, events as eventKind, pods } from "../client/kinds.ts";
import { deploymentController } from "../controllers/deployment/controller.ts";
import { replicaSetController } from "../controllers/replicaset/controller.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { testServer } from "./server-fixture.ts";
import { addNode, playAgents } from "./test-plane.ts";

const key = { namespace: "default", name: "web" };
const web: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: key,
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "app:1" }] } },
  },
};

/** Controllers cannot tell which transport they have. */
test.each([1, 2] as const)("a rollout, with every part talking HTTP/%i to the server", async (httpVersion) => {
  const server = await testServer({ clock });
  const rest = await createRestClient({
    server: `https://127.0.0.1:${server.port}`,
    ...server.tls(undefined),
    userAgent: "test",
    httpVersion,
  });
  const client = createHttpClient(rest);
  const informers = createInformerFactory({ client, clock, random, logger });
  const events = createEventRecorder({ client, clock, logger, source: { component: "test" } });
  const plane = { client, informers, events, clock, random, logger, stop: async () => {} };
  const parts = [deploymentController(plane), replicaSetController(plane), createScheduler(plane)];
  playAgents(plane);
  await addNode(plane, "node-1");
  await Promise.all(parts.map((part) => part.start()));

  const rolledOut = async (image: string) => {
    const watch = await client.watch(deployments, { resourceVersion: "0" });
    for await (const event of watch) {
      if (event.type === "BOOKMARK") continue;
      const { metadata, spec, status } = event.object;
      const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas];
      const settled = status?.observedGeneration === metadata?.generation && counts.every((c) => c === spec?.replicas);
      if (settled && spec?.template.spec?.containers[0]?.image === image) watch.close();
    }
  };
  await client.create(deployments, web);
  await rolledOut("app:1");
  const containers = [{ name: "web", image: "app:2" }];
  await client.patch(deployments, key, { spec: { template: { spec: { containers } } } }, { type: "strategic" });
  await rolledOut("app:2");
  const { items } = await client.list(pods, { namespace: "default" });
  const alive = items.filter((pod) => !pod.metadata?.deletionTimestamp);
  expect(alive.map((pod) => pod.spec?.containers[0]?.image)).toEqual(Array(4).fill("app:2"));
  await events.flush();
  const said = await client.list(eventKind, { namespace: "default" });
  expect(said.items.filter((event) => event.reason === "Scheduled").length).toBe(8);

  await Promise.all(parts.map((part) => part.stop()));
  await informers.stop();
  rest.close();
  await server.close();
});
