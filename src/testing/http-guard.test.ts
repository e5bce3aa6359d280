import { expect, test } from "vitest";
import type { Deployment } from "../api/generated/types.ts";
import { type Clock, systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { silentLogger as logger } from "../base/logger.ts";
import { createEventRecorder } from "../client/events.ts";
import { createHttpClient } from "../client/http/client.ts";
import { createRestClient } from "../client/http/rest.ts";
import { createInformerFactory } from "../client/informer.ts";
import { deployments, events as eventKind, replicaSets } from "../client/kinds.ts";
import { deploymentController } from "../controllers/deployment/controller.ts";
import { replicaSetController } from "../controllers/replicaset/controller.ts";
import { rolloutGuard } from "../controllers/rolloutguard/controller.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { testServer } from "./server-fixture.ts";
import { addNode, playAgents } from "./test-plane.ts";
import { isComplete, key, setImage, web } from "./web-fixture.ts";

const annotations = { "rollout.wherry.dev/on-failure": "undo", "rollout.wherry.dev/record": "true" };

test.each([1, 2] as const)("a rollout undone over HTTP/%i, with the guard's own rights", async (httpVersion) => {
  const server = await testServer({ clock });
  const connect = async (impersonate?: { user: string }) => {
    const rest = await createRestClient({
      server: `https://127.0.0.1:${server.port}`,
      ...server.tls(undefined),
      userAgent: "test",
      httpVersion,
      ...(impersonate ? { impersonate } : {}),
    });
    const client = createHttpClient(rest);
    const informers = createInformerFactory({ client, clock, random, logger });
    const events = createEventRecorder({ client, clock, logger, source: { component: "test" } });
    const stop = async () => {
      await events.flush();
      await informers.stop();
      rest.close();
    };
    return { client, informers, events, clock, random, logger, stop };
  };
  const plane = await connect();
  // The deadline passes for who decides about it; nothing else hurries.
  let ahead = 0;
  const later: Clock = { ...clock, now: () => clock.now() + ahead };
  const own = await connect({ user: "system:rollout-guard" });
  const { client } = plane;
  const parts = [
    deploymentController({ ...plane, clock: later }),
    replicaSetController(plane),
    createScheduler(plane),
    rolloutGuard()(own),
  ];
  const answered = playAgents(plane, (pod) => pod.spec?.containers[0]?.image !== "app:missing");
  await addNode(plane, "node-1");
  await Promise.all(parts.map((part) => part.start()));

  const until = async (holds: (deployment: Deployment) => boolean) => {
    const watch = await client.watch(deployments, { resourceVersion: "0" });
    for await (const event of watch) if (event.type !== "BOOKMARK" && holds(event.object)) return watch.close();
  };
  const imageOf = ({ spec }: Deployment) => spec?.template.spec?.containers[0]?.image;

  await client.create(deployments, { ...web("app:1", 1), metadata: { ...key, annotations } });
  await until(isComplete);
  await setImage(plane, "app:missing");
  await until(
    ({ metadata, status }) =>
      status?.observedGeneration === metadata?.generation && status?.updatedReplicas === 1 && status.replicas === 2,
  );
  ahead = 601_000;
  // Labels make the controller look again, and change nothing for it.
  await client.patch(deployments, key, { metadata: { labels: { looked: "again" } } }, { type: "merge" });
  await until((deployment) => imageOf(deployment) === "app:1" && isComplete(deployment));
  await answered();
  for (const part of parts) await part.stop();
  await own.stop();
  const { items } = await client.list(replicaSets, { namespace: "default" });
  const revisions = items.map(({ metadata }) => metadata?.annotations?.["deployment.kubernetes.io/revision"]);
  expect(revisions.sort()).toEqual(["2", "3"]);
  const said = (await client.list(eventKind, { namespace: "default" })).items.filter(
    ({ source }) => source?.component === "rollout-guard",
  );
  expect(said.map(({ reason, message }) => [reason, message])).toEqual([
    [
      "DeploymentRollback",
      'Rolled back deployment "web" to revision 1 (image app:1): revision 2 (image app:missing) exceeded its progress deadline',
    ],
  ]);
  await plane.stop();
  await server.close();
});
