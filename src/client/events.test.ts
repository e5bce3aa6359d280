import { afterEach, beforeEach, expect, test } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import type { Clock } from "../base/clock.ts";
import { nextTurn } from "../base/turn.ts";
import { createTestPlane, type TestPlane } from "../testing/test-plane.ts";
import type { Client } from "./client.ts";
import { createEventRecorder } from "./events.ts";
import { events } from "./kinds.ts";

let plane: TestPlane;
beforeEach(async () => {
  plane = await createTestPlane();
});
afterEach(() => plane.stop());

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", uid: "u1", resourceVersion: "7" },
};
const recorder = (client: Client = plane.client) =>
  createEventRecorder({
    client,
    clock: plane.clock,
    logger: plane.logger,
    source: { component: "kubelet", host: "n1" },
  });
const written = async () => (await plane.client.list(events, { namespace: "default" })).items;

test("an event names its object, source, time and reason", async () => {
  const about = recorder();
  about.event(pod, "Warning", "Failed", "no image", "spec.containers{web}");
  await about.flush();
  const [event] = await written();
  expect(event?.metadata.name).toMatch(/^web\.[0-9a-f]{16}$/);
  expect(event).toMatchObject({
    involvedObject: {
      apiVersion: "v1",
      kind: "Pod",
      name: "web",
      namespace: "default",
      uid: "u1",
      fieldPath: "spec.containers{web}",
    },
    type: "Warning",
    reason: "Failed",
    message: "no image",
    count: 1,
    source: { component: "kubelet", host: "n1" },
    reportingComponent: "kubelet",
    reportingInstance: "n1",
    firstTimestamp: "2025-01-01T00:00:00Z",
    lastTimestamp: "2025-01-01T00:00:00Z",
  });
});

test("an event of an object with the longest name can be written", async () => {
  const about = recorder();
  const name = `${"a".repeat(234)}.${"b".repeat(18)}`;
  about.event({ ...pod, metadata: { ...pod.metadata, name } }, "Normal", "Pulling", "a");
  await about.flush();
  const [event] = await written();
  expect(event?.involvedObject.name).toBe(name);
  expect(event?.metadata.name?.length).toBeLessThanOrEqual(253);
});

test("the same again counts up; another message or source is another event", async () => {
  const about = recorder();
  about.event(pod, "Normal", "Pulling", "a");
  await plane.clock.advance(5000);
  about.event(pod, "Normal", "Pulling", "a");
  about.event(pod, "Normal", "Pulling", "b");
  about.as({ component: "other" }).event(pod, "Normal", "Pulling", "a");
  await about.flush();
  const all = (await written()).map((e) => [
    e.source?.component,
    e.message,
    e.count,
    e.firstTimestamp,
    e.lastTimestamp,
  ]);
  expect(all.sort()).toEqual([
    ["kubelet", "a", 2, "2025-01-01T00:00:00Z", "2025-01-01T00:00:05Z"],
    ["kubelet", "b", 1, "2025-01-01T00:00:05Z", "2025-01-01T00:00:05Z"],
    ["other", "a", 1, "2025-01-01T00:00:05Z", "2025-01-01T00:00:05Z"],
  ]);
});

test("an event that has expired meanwhile is written anew", async () => {
  const about = recorder();
  about.event(pod, "Normal", "Pulling", "a");
  await about.flush();
  const [event] = await written();
  await plane.client.delete(events, { namespace: "default", name: event?.metadata.name ?? "" });
  about.event(pod, "Normal", "Pulling", "a");
  await about.flush();
  expect((await written()).map((e) => e.count)).toEqual([2]);
});

test("many different messages become one, and a chatterbox is cut off", async () => {
  const about = recorder();
  for (let i = 0; i < 40; i++) about.event(pod, "Normal", "Created", `Created pod: p${i}`);
  await about.flush();
  const all = await written();
  expect(all.length).toBe(10);
  const combined = all.find((event) => event.message?.startsWith("(combined from similar events): "));
  expect(combined?.count).toBe(16);
  expect(all.reduce((sum, event) => sum + (event.count ?? 0), 0)).toBe(25);
  await plane.clock.advance(300_000);
  about.event(pod, "Normal", "Deleted", "one more");
  about.event(pod, "Normal", "Deleted", "and another");
  await about.flush();
  expect((await written()).filter((event) => event.reason === "Deleted").length).toBe(1);
});

test("a lost connection is tried again, a refusal is not, and neither reaches the caller", async () => {
  let attempts = 0;
  const client: Client = {
    ...plane.client,
    create(kind, object, query) {
      attempts++;
      return attempts < 3 ? Promise.reject(new Error("connection refused")) : plane.client.create(kind, object, query);
    },
  };
  const about = recorder(client);
  about.event(pod, "Normal", "Pulling", "a");
  about.event({ ...pod, metadata: { ...pod.metadata, namespace: "missing" } }, "Normal", "Pulling", "refused");
  about.event(pod, "Normal", "Pulled", "b");
  await plane.clock.advance(60_000);
  await about.flush();
  expect((await written()).map((event) => event.message).sort()).toEqual(["a", "b"]);
  expect(attempts).toBe(5);
});

test("two recorders that speak of one object at the same moment are both heard", async () => {
  const [one, other] = [recorder(), recorder()];
  one.event(pod, "Normal", "Pulling", "one");
  other.event(pod, "Normal", "Pulling", "other");
  await Promise.all([one.flush(), other.flush()]);
  expect((await written()).map((event) => event.message).sort()).toEqual(["one", "other"]);
});

test("who has an instance writes events of the new form, and what happens again continues a series", async () => {
  const about = recorder().as({ component: "default-scheduler", instance: "default-scheduler-a" });
  const say = async (message: string) => {
    about.event(pod, "Warning", "FailedScheduling", message, { action: "Scheduling" });
    await about.flush();
  };
  await say("0/1 nodes are available");
  const [event] = await written();
  expect(event).toMatchObject({
    type: "Warning",
    reason: "FailedScheduling",
    action: "Scheduling",
    message: "0/1 nodes are available",
    eventTime: "2025-01-01T00:00:00.000000Z",
    reportingComponent: "default-scheduler",
    reportingInstance: "default-scheduler-a",
    firstTimestamp: null,
    lastTimestamp: null,
    source: {},
  });
  expect(event).not.toHaveProperty("count");
  await plane.clock.advance(5_000);
  // The message may differ.
  await say("0/2 nodes are available");
  await say("0/3 nodes are available");
  expect(await written()).toMatchObject([
    { message: "0/1 nodes are available", series: { count: 3, lastObservedTime: "2025-01-01T00:00:05.000000Z" } },
  ]);
  await plane.clock.advance(360_001);
  await say("0/4 nodes are available");
  expect(await written()).toHaveLength(2);
});

/** A clock that sees no turn of the event loop without other work, and goes on when it is told to. */
function busyClock() {
  let now = plane.clock.now();
  let monotonic = 0;
  const clock: Clock = Object.create(plane.clock, {
    now: { value: () => now },
    monotonic: { value: () => (monotonic += 10) },
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { clock, pass };
}
const reasons = async () => {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  return (await written()).map((event) => event.reason).sort();
};

test("while the process is busy an event waits, a warning and what was said before it less long", async () => {
  const { client, logger } = plane;
  const { clock, pass } = busyClock();
  const about = createEventRecorder({ client, clock, logger, source: { component: "kubelet" } });
  about.event(pod, "Normal", "Pulled", "a");
  pass(4_900);
  expect(await reasons()).toEqual([]);
  pass(200);
  expect(await reasons()).toEqual(["Pulled"]);
  about.event(pod, "Normal", "Created", "a");
  about.event(pod, "Warning", "Failed", "a");
  about.event(pod, "Normal", "Killing", "a");
  pass(900);
  expect(await reasons()).toEqual(["Pulled"]);
  pass(200);
  expect(await reasons()).toEqual(["Created", "Failed", "Pulled"]);
  await about.flush();
  expect(await reasons()).toEqual(["Created", "Failed", "Killing", "Pulled"]);
});
