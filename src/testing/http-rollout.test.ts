/** Every part talks HTTP to the server, each under an identity of its own that may do only what its work takes. */
import { expect, test } from "vitest";
import { eventually } from "../../test/tools/eventually.ts";
import type { DaemonSet, Deployment, Pod, StatefulSet } from "../api/generated/types.ts";
import type { KindRef } from "../api/kind.ts";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { isStatus } from "../base/errors.ts";
import { silentLogger as logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { createHttpClient } from "../client/http/client.ts";
import { createRestClient } from "../client/http/rest.ts";
import { createInformerFactory } from "../client/informer.ts";
import {
  controllerRevisions,
  daemonSets,
  deployments,
  events as eventKind,
  pods,
  replicaSets,
  secrets,
  statefulSets,
} from "../client/kinds.ts";
import type { ControllerFactory } from "../controllers/controller.ts";
import { daemonSetController } from "../controllers/daemonset/controller.ts";
import { deploymentController } from "../controllers/deployment/controller.ts";
import { garbageCollector } from "../controllers/garbagecollector/controller.ts";
import { replicaSetController } from "../controllers/replicaset/controller.ts";
import { statefulSetController } from "../controllers/statefulset/controller.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { testServer } from "./server-fixture.ts";
import { addNode, playAgents } from "./test-plane.ts";

const verbs = ["list", "watch", "delete"] as const;
const collected = [deployments, replicaSets, statefulSets, daemonSets, controllerRevisions, pods];
const account = (name: string) => `system:serviceaccount:kube-system:${name}`;

const parts: Readonly<Record<string, ControllerFactory>> = {
  [account("deployment-controller")]: deploymentController,
  [account("replicaset-controller")]: replicaSetController,
  [account("statefulset-controller")]: statefulSetController,
  [account("daemon-set-controller")]: daemonSetController,
  [account("generic-garbage-collector")]: garbageCollector(collected.map((kind) => ({ ...kind, verbs }))),
  "system:kube-scheduler": createScheduler,
};

const template = (app: string, image: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image }] },
});
const spec = (app: string) => ({ selector: { matchLabels: { app } }, template: template(app, "app:1") });
const named = (name: string) => ({ namespace: "default", name });
const web: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: named("web"),
  spec: { ...spec("web"), replicas: 4, revisionHistoryLimit: 0 },
};
const db: StatefulSet = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: named("db"),
  spec: { ...spec("db"), replicas: 2, revisionHistoryLimit: 0 },
};
const logs: DaemonSet = { apiVersion: "apps/v1", kind: "DaemonSet", metadata: named("logs"), spec: spec("logs") };

type Workload = Deployment | StatefulSet | DaemonSet;
const workloads: readonly (readonly [KindRef<Workload>, Workload, pods: number])[] = [
  [deployments as KindRef<Workload>, web, 4],
  [statefulSets as KindRef<Workload>, db, 2],
  [daemonSets as KindRef<Workload>, logs, 2],
];

/** Waits, event by event, until the pods of an app are as they should be. */
async function podsBecome(client: Client, app: string, areRight: (pods: readonly Pod[]) => boolean): Promise<void> {
  const there = new Map<string, Pod>();
  let isComplete = false;
  const options = { sendInitialEvents: true, allowWatchBookmarks: true };
  const watch = await client.watch(pods, { namespace: "default", labelSelector: `app=${app}`, ...options });
  for await (const event of watch) {
    if (event.type === "BOOKMARK") isComplete ||= event.initialEventsEnd;
    else if (event.type === "DELETED") there.delete(event.object.metadata?.name ?? "");
    else there.set(event.object.metadata?.name ?? "", event.object);
    if (isComplete && areRight([...there.values()])) watch.close();
  }
}
const running = (image: string, count: number) => (all: readonly Pod[]) =>
  all.length === count &&
  all.every((pod) => pod.spec?.containers[0]?.image === image && pod.status?.phase === "Running");

async function start(httpVersion: 1 | 2) {
  const server = await testServer({ clock });
  const closing: (() => unknown)[] = [];
  const connect = async (user?: string): Promise<Client> => {
    const rest = await createRestClient({
      server: `https://127.0.0.1:${server.port}`,
      ...server.tls(user === undefined ? undefined : await server.pki.component(user)),
      userAgent: "test",
      httpVersion,
    });
    closing.push(() => rest.close());
    return createHttpClient(rest);
  };
  const contextOf = (client: Client) => {
    const informers = createInformerFactory({ client, clock, random, logger });
    const events = createEventRecorder({ client, clock, logger, source: { component: "test" } });
    closing.push(() => informers.stop());
    return { client, informers, events, clock, random, logger };
  };
  const admin = await connect();
  const plane = { ...contextOf(admin), stop: async () => {} };
  const answered = playAgents(plane);
  for (const name of ["node-1", "node-2"]) await addNode(plane, name);
  const clients = new Map<string, Client>();
  const flush: (() => Promise<void>)[] = [];
  for (const [user, factory] of Object.entries(parts)) {
    const client = await connect(user);
    clients.set(user, client);
    const context = contextOf(client);
    const part = factory(context);
    await part.start();
    flush.push(() => context.events.flush());
    closing.push(() => part.stop());
  }
  return {
    admin,
    clientOf: (user: string) => clients.get(user) as Client,
    flush: () => Promise.all(flush.map((one) => one())),
    async stop() {
      await answered();
      for (const close of closing.reverse()) await close();
      await server.close();
    },
  };
}

test.each([1, 2] as const)("rollouts of all three kinds and their end, over HTTP/%i", async (httpVersion) => {
  const { admin, flush, stop } = await start(httpVersion);
  for (const [kind, object] of workloads) await admin.create(kind, object);
  for (const [, { metadata }, count] of workloads)
    await podsBecome(admin, metadata?.name ?? "", running("app:1", count));
  for (const [kind, { metadata }] of workloads) {
    const name = metadata?.name ?? "";
    await admin.patch(kind, named(name), { spec: { template: template(name, "app:2") } }, { type: "merge" });
  }
  for (const [, { metadata }, count] of workloads)
    await podsBecome(admin, metadata?.name ?? "", running("app:2", count));

  // Who has deleted a pod hears of it as late as everybody else, and speaks of it only then.
  await eventually(async () => {
    await flush();
    const { items } = await admin.list(eventKind, { namespace: "default" });
    const told = (reason: string) => items.filter((event) => event.reason === reason).length;
    expect(told("Scheduled")).toBe(2 * (4 + 2 + 2));
    expect(told("SuccessfulDelete")).toBe(4 + 2 + 2);
  });

  for (const [kind, { metadata }] of workloads)
    await admin.delete(kind, named(metadata?.name ?? ""), { propagationPolicy: "Background" });
  for (const [, { metadata }] of workloads) await podsBecome(admin, metadata?.name ?? "", (all) => all.length === 0);
  await stop();
});

test("what its policy does not give it is refused to every part", async () => {
  const { clientOf, stop } = await start(2);
  const pod: Pod = { metadata: named("own"), spec: { containers: [{ name: "c", image: "app:1" }] } };
  const attempts: Readonly<Record<string, readonly ((client: Client) => Promise<unknown>)[]>> = {
    [account("deployment-controller")]: [
      (client) => client.create(deployments, web),
      (client) => client.create(pods, pod),
      (client) => client.delete(pods, named("web")),
      (client) => client.list(statefulSets),
    ],
    [account("replicaset-controller")]: [
      (client) => client.list(deployments),
      (client) => client.create(replicaSets, { metadata: named("own") }),
      (client) => client.update(pods, pod, { subresource: "status" }),
    ],
    [account("statefulset-controller")]: [
      (client) => client.delete(statefulSets, named("db")),
      (client) => client.list(daemonSets),
      (client) => client.get(secrets, named("own")),
    ],
    [account("daemon-set-controller")]: [
      (client) => client.update(daemonSets, logs),
      (client) => client.bind(named("own"), "node-1"),
      (client) => client.list(statefulSets),
    ],
    [account("generic-garbage-collector")]: [
      (client) => client.create(pods, pod),
      (client) => client.deleteCollection(pods, { namespace: "default" }),
    ],
    "system:kube-scheduler": [
      (client) => client.create(pods, pod),
      (client) => client.update(deployments, web),
      (client) => client.get(secrets, named("own")),
    ],
  };
  expect(Object.keys(attempts)).toEqual(Object.keys(parts));
  for (const [user, all] of Object.entries(attempts))
    for (const attempt of all) {
      const error = await attempt(clientOf(user)).catch((error: unknown) => error);
      expect(isStatus(error, "Forbidden"), `${user}: ${attempt}`).toBe(true);
      expect(String(error)).toContain(`User ${JSON.stringify(user)} cannot`);
    }
  await stop();
});
