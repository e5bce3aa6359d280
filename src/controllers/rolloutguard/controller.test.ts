/** The guard beside the Deployment and ReplicaSet controllers over the real registry, with no more than its own rights. */
import { afterEach, expect, test } from "vitest";
import type { Deployment, Pod } from "../../api/generated/types.ts";
import type { Client } from "../../client/client.ts";
import { createEventRecorder } from "../../client/events.ts";
import { createInformerFactory } from "../../client/informer.ts";
import { deployments, events as eventKind, pods, replicaSets } from "../../client/kinds.ts";
import { authorizedClient, createAuthorizer } from "../../cluster/authorized-client.ts";
import { createScheduler } from "../../scheduler/scheduler.ts";
import { faultyClient } from "../../testing/faulty-client.ts";
import { addNode, createTestPlane, playAgents, type TestPlane } from "../../testing/test-plane.ts";
import { createSeededRandom } from "../../testing/virtual-clock.ts";
import { key, setImage, web } from "../../testing/web-fixture.ts";
import { deploymentController } from "../deployment/controller.ts";
import { replicaSetController } from "../replicaset/controller.ts";
import { rolloutGuard } from "./controller.ts";

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});

const annotations = { "rollout.wherry.dev/on-failure": "undo", "rollout.wherry.dev/record": "true" };
const isBroken = (pod: Pod) => pod.spec?.containers[0]?.image?.startsWith("broken:") ?? false;

async function start(): Promise<TestPlane> {
  const plane = await createTestPlane();
  running.push(plane);
  await addNode(plane, "node-1");
  playAgents(plane, (pod) => !isBroken(pod));
  for (const part of [deploymentController(plane), replicaSetController(plane), createScheduler(plane)]) {
    running.push(part);
    await part.start();
  }
  return plane;
}

/** A guard in a process of its own. @param client what it has instead of the full API */
async function startGuard(plane: TestPlane, wrap: (client: Client) => Client = (client) => client) {
  const user = { name: "system:rollout-guard", groups: ["system:authenticated"] };
  const authorizer = createAuthorizer(plane.client, () => plane.informers.informer(pods));
  const client = wrap(authorizedClient(plane.client, user, authorizer));
  const informers = createInformerFactory({ ...plane, client });
  const events = createEventRecorder({ ...plane, client, source: { component: "rollout-guard" } });
  const controller = rolloutGuard()({ ...plane, client, informers, events });
  await controller.start();
  const stop = async () => {
    await controller.stop();
    await events.flush();
    await informers.stop();
  };
  running.push({ stop });
  return { stop, events };
}

const guarded = (image: string, marks: Readonly<Record<string, string>> = annotations): Deployment => ({
  ...web(image, 2),
  metadata: { ...key, annotations: marks },
});

/** Everything that the guard leaves behind, without what the clock and chance bring in. */
async function world(plane: TestPlane) {
  const { metadata, spec } = await plane.client.get(deployments, key);
  const sets = await plane.client.list(replicaSets, { namespace: "default" });
  return {
    annotations: metadata?.annotations,
    image: spec?.template.spec?.containers[0]?.image,
    sets: sets.items
      .map((rs) => ({
        annotations: rs.metadata?.annotations,
        labels: rs.metadata?.labels,
        replicas: rs.spec?.replicas,
        available: rs.status?.availableReplicas ?? 0,
      }))
      .sort((a, b) => JSON.stringify(a.labels).localeCompare(JSON.stringify(b.labels))),
  };
}
const history = async (plane: TestPlane) =>
  (await world(plane)).sets
    .map((rs) => [
      Number(rs.annotations?.["deployment.kubernetes.io/revision"]),
      rs.annotations?.["kubernetes.io/change-cause"],
    ])
    .sort(([a], [b]) => Number(a) - Number(b));
const said = async (plane: TestPlane) => {
  const { items } = await plane.client.list(eventKind, { namespace: "default" });
  return items
    .filter(({ source }) => source?.component === "rollout-guard")
    .map(({ type, reason, message, count }) => ({ type, reason, message, count }));
};

/** A good version, a better one, and one that does not start, each with all the time it takes behind a bad network. */
async function play(plane: TestPlane): Promise<void> {
  await plane.client.create(deployments, guarded("app:1"));
  await plane.clock.advance(300_000);
  await setImage(plane, "app:2");
  await plane.clock.advance(300_000);
  await setImage(plane, "broken:3");
  await plane.clock.advance(1_800_000);
}

const undone = [
  [1, "created with image app:1"],
  [3, "image app:2 → broken:3"],
  [4, "back to revision 2: image app:2 (revision 3 (image broken:3) exceeded its progress deadline)"],
];
const rolledBack = {
  type: "Warning",
  reason: "DeploymentRollback",
  message:
    'Rolled back deployment "web" to revision 2 (image app:2): revision 3 (image broken:3) exceeded its progress deadline',
  count: 1,
};

test("a version that does not start is undone after its ten minutes, and the old one serves all the while", async () => {
  const plane = await start();
  const { events } = await startGuard(plane);
  await plane.client.create(deployments, guarded("app:1"));
  await plane.clock.advance(30_000);
  await setImage(plane, "app:2");
  await plane.clock.advance(30_000);
  let least = Number.POSITIVE_INFINITY;
  plane.informers.informer(deployments).addHandlers({
    onUpdate({ status }) {
      least = Math.min(least, status?.availableReplicas ?? 0);
    },
  });
  await setImage(plane, "broken:3");
  await plane.clock.advance(599_000);
  expect((await world(plane)).image).toBe("broken:3");
  await plane.clock.advance(60_000);
  expect((await world(plane)).image).toBe("app:2");
  await events.flush();
  expect(await history(plane)).toEqual(undone);
  expect(await said(plane)).toEqual([rolledBack]);
  expect(least).toBe(2);
  const { items } = await plane.client.list(pods, { namespace: "default" });
  expect(items.map((pod) => pod.spec?.containers[0]?.image)).toEqual(["app:2", "app:2"]);
});

/** Dies after a number of writes: nothing gets through any more. */
const mortal =
  (writes: number, died: () => void) =>
  (client: Client): Client => {
    let left = writes;
    return {
      ...client,
      async update(kind, object, query) {
        if (left-- > 0) return client.update(kind, object, query);
        died();
        throw new Error("connection refused");
      },
    };
  };

test("stopped after any of its writes and started again, it leaves the same", async () => {
  let writes = 0;
  const undisturbed = await start();
  await startGuard(undisturbed, (client) => ({
    ...client,
    async update(kind, object, query) {
      const result = await client.update(kind, object, query);
      writes++;
      return result;
    },
  }));
  await play(undisturbed);
  const expected = await world(undisturbed);
  expect(expected.image).toBe("app:2");
  expect(writes).toBeGreaterThanOrEqual(7);
  for (let allowed = 0; allowed < writes; allowed++) {
    const plane = await start();
    let isDead = false;
    const first = await startGuard(
      plane,
      mortal(allowed, () => {
        isDead = true;
      }),
    );
    const watchdog = plane.clock.every(1_000, () => {
      if (!isDead) return;
      watchdog();
      void first.stop().then(() => startGuard(plane));
    });
    await play(plane);
    expect(isDead).toBe(true);
    expect(await world(plane), `stopped after ${allowed} writes`).toEqual(expected);
  }
});

test("whatever a network does to it, it leaves the same", async () => {
  const undisturbed = await start();
  await startGuard(undisturbed);
  await play(undisturbed);
  const expected = await world(undisturbed);
  for (let seed = 1; seed <= 10; seed++) {
    const plane = await start();
    let heal = () => {};
    await startGuard(plane, (client) => {
      const faults = { lostWrites: 0.3, lostAnswers: 0.3, watchDelay: 2_000, brokenWatches: 0.2 };
      const faulty = faultyClient(client, plane.clock, createSeededRandom(seed), faults);
      heal = faulty.heal;
      return faulty.client;
    });
    await play(plane);
    expect(await world(plane), `seed ${seed}`).toEqual(expected);
    // Events that are still to be written are, once they can be.
    heal();
    await plane.clock.advance(60_000);
  }
});

test("two at once do the work of one, and say it once", async () => {
  const made: string[] = [];
  const counting =
    (who: string) =>
    (client: Client): Client => ({
      ...client,
      async update(kind, object, query) {
        const result = await client.update(kind, object, query);
        made.push(who);
        return result;
      },
    });
  const alone = await start();
  await startGuard(alone, counting("one"));
  await play(alone);
  const expected = made.splice(0).length;
  const plane = await start();
  const guards = [await startGuard(plane, counting("first")), await startGuard(plane, counting("second"))];
  await play(plane);
  for (const { events } of guards) await events.flush();
  expect(made.length).toBe(expected);
  expect(await world(plane)).toEqual(await world(alone));
  expect(await said(plane)).toEqual([rolledBack]);
});

test("what nobody can mean is said once, with what is allowed", async () => {
  const plane = await start();
  const { events } = await startGuard(plane);
  const odd = { "rollout.wherry.dev/on-failure": "revert", "rollout.wherry.dev/onfailure": "undo" };
  await plane.client.create(deployments, guarded("app:1", odd));
  await plane.clock.advance(60_000);
  await setImage(plane, "broken:2");
  await plane.clock.advance(1_800_000);
  await events.flush();
  expect((await world(plane)).image).toBe("broken:2");
  expect(await said(plane)).toEqual([
    {
      type: "Warning",
      reason: "InvalidRolloutSetting",
      message:
        'metadata.annotations[rollout.wherry.dev/on-failure]: "revert" is not supported, and without effect; supported values: "undo"; ' +
        'metadata.annotations[rollout.wherry.dev/onfailure]: unknown, and without effect; known: "rollout.wherry.dev/on-failure", "rollout.wherry.dev/record"',
      count: 1,
    },
  ]);
});
