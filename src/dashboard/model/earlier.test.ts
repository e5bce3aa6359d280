import { expect, test } from "vitest";
import type { CoreEvent, Deployment, Pod, ReplicaSet } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { earlierOf } from "./earlier.ts";
import { momentAt, Recorder } from "./recording.ts";
import { rolloutOf } from "./rollout.ts";

const noon = Date.parse("2026-01-01T12:00:00Z");
/** Seconds after noon. */
const time = (s: number) => formatTime(noon + s * 1000);
const at = (s: number) => noon + s * 1000;

const set = (name: string, revision: string, created: number, history?: string): ReplicaSet => ({
  metadata: {
    name,
    uid: `uid-${name}`,
    creationTimestamp: time(created),
    annotations: {
      "deployment.kubernetes.io/revision": revision,
      ...(history ? { "deployment.kubernetes.io/revision-history": history } : {}),
    },
  },
  spec: { selector: {}, template: { spec: { containers: [{ name: "c", image: `app:${name}` }] } } },
});
const pod = (name: string, created: number, ready: number): Pod => ({
  metadata: { name, uid: `uid-${name}`, creationTimestamp: time(created) },
  spec: { nodeName: "n", containers: [] },
  status: {
    phase: "Running",
    conditions: [
      { type: "PodScheduled", status: "True", lastTransitionTime: time(created) },
      { type: "Ready", status: "True", lastTransitionTime: time(ready) },
    ],
  },
});
const event = (s: number, kind: string, name: string, reason: string, message: string): CoreEvent => ({
  metadata: { name: `${name}.${s}.${reason}`, namespace: "default" },
  involvedObject: { kind, name, uid: `uid-${name}` },
  reason,
  message,
  lastTimestamp: time(s),
});
const scaledUp = (s: number, name: string) =>
  event(s, "Deployment", "web", "ScalingReplicaSet", `Scaled up replica set ${name} from 0 to 1`);
const life = (revision: string, name: string, from: number, to?: number): CoreEvent[] => [
  event(from, "ReplicaSet", revision, "SuccessfulCreate", `Created pod: ${name}`),
  event(from, "Pod", name, "Scheduled", `Successfully assigned default/${name} to n`),
  ...(to === undefined ? [] : [event(to, "ReplicaSet", revision, "SuccessfulDelete", `Deleted pod: ${name}`)]),
];

const web: Deployment = {
  metadata: { name: "web", uid: "uid-web", generation: 1, annotations: { "deployment.kubernetes.io/revision": "3" } },
  spec: { replicas: 1, selector: {}, template: {} },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
};

/** `one` ran, `two` could not start, `one` came back as revision 3. */
const rollout = rolloutOf(
  { plural: "deployments", object: web },
  [set("one", "3", -9000, "1"), set("two", "2", 10)],
  (uid) => (uid === "uid-one" ? [pod("one-new", 30, 32)] : []),
);
const events = [
  scaledUp(10, "two"),
  ...life("two", "two-a", 10, 31),
  event(11, "Pod", "two-a", "Failed", 'Failed to pull image "app:two"'),
  event(11, "Pod", "two-a", "Failed", "Error: ErrImagePull"),
  event(20, "ReplicaSet", "one", "SuccessfulDelete", "Deleted pod: one-old"),
  scaledUp(30, "one"),
];

test("what is gone is put together of events, what is there of its times", () => {
  const recorder = new Recorder();
  recorder.begin(earlierOf(rollout, events, at(60)));
  recorder.add(rollout, "complete", at(60));
  const about = { kind: "deployments", namespace: "default", name: "web", marks: [] };
  const recording = recorder.recording(about, at(70));
  if (!recording) throw new Error("nothing was recorded");
  expect([recording.began, recording.seen]).toEqual([at(9), at(60)]);
  const shape = (s: number) => {
    const moment = momentAt(recording, at(s));
    return [
      moment?.setting.state,
      ...(moment?.revisions ?? []).map(
        ({ number, pods }) =>
          `${number}: ${pods.map((one) => [one.name, one.phase, one.reason].filter(Boolean).join(" "))}`,
      ),
    ];
  };
  expect(shape(9)).toEqual(["rolling", "2: ", "1: one-old available"]);
  expect(shape(10)).toEqual(["rolling", "2: two-a starting", "1: one-old available"]);
  expect(shape(15)).toEqual(["stuck", "2: two-a failing ErrImagePull", "1: one-old available"]);
  expect(shape(25)).toEqual(["stuck", "2: two-a failing ErrImagePull"]);
  expect(shape(30)).toEqual(["stuck", "3: one-new starting", "2: two-a failing ErrImagePull"]);
  expect(shape(40)).toEqual(["complete", "3: one-new available"]);
  expect(shape(65)).toEqual(["complete", "3: one-new available"]);
});

test("times that are more exact than others do not change the order", () => {
  const exact = { eventTime: "2026-01-01T12:00:10.700000Z", lastTimestamp: undefined };
  const life10 = life("two", "two-b", 10, 31).map((one) => (one.reason === "Scheduled" ? { ...one, ...exact } : one));
  const known = earlierOf(
    rollout,
    [...events, ...life10, event(10, "Pod", "two-b", "Started", "Started container c")],
    at(60),
  );
  const phases = known?.changes.flatMap((change) => (change.pod === "two-b" ? [change.phase ?? "gone"] : []));
  expect(phases).toEqual(["waiting", "starting", "available", "gone"]);
});

test("what failed and is still there failed when its Events say so", () => {
  const broken = { ...pod("one-new", 30, 32), status: { phase: "Pending" } } as Pod;
  const stuck = {
    ...rollout,
    revisions: rollout.revisions.map((one) => ({ ...one, pods: one.pods.map(() => broken) })),
  };
  const known = earlierOf(stuck, [...events, event(33, "Pod", "one-new", "Failed", "Error: ErrImagePull")], at(60));
  expect(known?.changes.at(-1)).toEqual({
    at: at(33),
    pod: "one-new",
    revision: "uid-one",
    phase: "failing",
    reason: "ErrImagePull",
  });
  expect(known?.settings.at(-1)?.state).toBe("stuck");
});

test("of what is longer ago than an hour nothing is told", () => {
  expect(earlierOf(rollout, events, at(2 * 3600))).toBeUndefined();
});

test("a pod whose end is not known is not told of", () => {
  const known = earlierOf(rollout, [...events, ...life("two", "two-lost", 12)], at(60));
  expect(known?.changes.map((change) => change.pod)).not.toContain("two-lost");
});
