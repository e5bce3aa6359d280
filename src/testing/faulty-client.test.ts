import { expect, test } from "vitest";
import type { ReplicaSet } from "../api/generated/types.ts";
import { createEventRecorder } from "../client/events.ts";
import { byController, controllerIndex, createInformerFactory } from "../client/informer.ts";
import { deployments, pods, replicaSets } from "../client/kinds.ts";
import { deploymentController } from "../controllers/deployment/controller.ts";
import { isActive } from "../controllers/pod-state.ts";
import { replicaSetController } from "../controllers/replicaset/controller.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { type ClientFaults, faultyClient } from "./faulty-client.ts";
import { addNode, createTestPlane, playAgents, type TestPlane } from "./test-plane.ts";
import { createSeededRandom } from "./virtual-clock.ts";
import { isSettled, setImage, web } from "./web-fixture.ts";

const replicas = 6;
const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } };
const first = web("app:0", replicas, { strategy });

/** Controllers and scheduler with a faulty client; a fresh set of them is what a restart is. */
function startParts(plane: TestPlane, seed: number, faults: ClientFaults) {
  const random = createSeededRandom(seed);
  const { client, heal } = faultyClient(plane.client, plane.clock, random, faults);
  const { clock, logger } = plane;
  const informers = createInformerFactory({ client, clock, random, logger });
  const events = createEventRecorder({ client, clock, logger, source: { component: "test" } });
  const context = { client, informers, events, clock, random, logger };
  const parts = [deploymentController(context), replicaSetController(context), createScheduler(context)];
  // Starting takes virtual time, which is not passing yet.
  for (const part of parts) void part.start();
  return {
    heal,
    /** A crash: nothing is waited for. */
    kill() {
      for (const part of parts) void part.stop();
      void informers.stop();
    },
  };
}

async function expectSettled(plane: TestPlane, image: string): Promise<void> {
  await plane.clock.runUntil(isSettled(plane));
  const sets = (await plane.client.list(replicaSets, { namespace: "default" })).items;
  const inUse = sets.filter((rs) => rs.spec?.replicas !== 0);
  expect(inUse.map((rs) => rs.spec?.template?.spec?.containers[0]?.image)).toEqual([image]);
  const running = (await plane.client.list(pods, { namespace: "default" })).items.filter(isActive);
  expect(running.length).toBe(replicas);
}

const seeds = Array.from({ length: 8 }, (_, i) => i + 1);

test.each(seeds)("lost writes and answers, late and broken watches, restarts: seed %i ends right", async (seed) => {
  const plane = await createTestPlane();
  await addNode(plane, "node-1");
  playAgents(plane);
  const faults = { lostWrites: 0.15, lostAnswers: 0.15, watchDelay: 200, brokenWatches: 0.05 };
  await plane.client.create(deployments, first);
  let parts = startParts(plane, seed, faults);
  for (let image = 1; image <= 4; image++) {
    await plane.clock.advance(400 * seed);
    parts.kill();
    await setImage(plane, `app:${image}`);
    parts = startParts(plane, seed * 100 + image, faults);
  }
  await plane.clock.advance(5000);
  parts.heal();
  await expectSettled(plane, "app:4");
  parts.kill();
  await plane.stop();
});

test.each(seeds)("late and broken watches and lost writes make no pod twice: seed %i", async (seed) => {
  const plane = await createTestPlane();
  await addNode(plane, "node-1");
  playAgents(plane);
  // Pods may outnumber what a rollout allows while old ones are on their way out, but no ReplicaSet ever has more of
  // them than it was asked for.
  const asked = new Map<string, number>();
  const most = new Map<string, number>();
  const note = (all: Map<string, number>, uid: string, count: number) =>
    all.set(uid, Math.max(all.get(uid) ?? 0, count));
  const noteAsked = (rs: ReplicaSet) => note(asked, rs.metadata?.uid ?? "", rs.spec?.replicas ?? 0);
  plane.informers.informer(replicaSets).addHandlers({ onAdd: noteAsked, onUpdate: noteAsked });
  const informer = plane.informers.informer(pods);
  informer.addIndex(controllerIndex, byController);
  informer.addHandlers({
    onAdd(pod) {
      const [uid = ""] = byController(pod);
      note(most, uid, informer.byIndex(controllerIndex, uid).filter(isActive).length);
    },
  });
  await plane.client.create(deployments, first);
  const parts = startParts(plane, seed, { lostWrites: 0.2, watchDelay: 300, brokenWatches: 0.1 });
  for (let image = 1; image <= 3; image++) {
    await plane.clock.advance(1000 * seed);
    await setImage(plane, `app:${image}`);
  }
  await plane.clock.advance(10_000);
  parts.heal();
  await expectSettled(plane, "app:3");
  expect(most.size).toBeGreaterThan(1);
  for (const [uid, count] of most) expect(count).toBeLessThanOrEqual(asked.get(uid) ?? 0);
  parts.kill();
  await plane.stop();
});
