import { expect, test } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { momentAt, podsOverTime, Recorder, type Recording } from "./recording.ts";
import type { Rollout } from "./rollout.ts";

const pod = (name: string, ready: boolean) =>
  ({
    metadata: { name },
    spec: { nodeName: "n" },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [],
    },
  }) as unknown as Pod;

const rolloutOf = (...revisions: [number, boolean, Pod[]][]) =>
  ({
    minReadySeconds: 0,
    band: { low: 1, high: 3 },
    counts: { desired: 2 },
    revisions: revisions.map(([number, current, pods]) => ({
      id: `set-${number}`,
      number,
      current,
      images: [`app:${number}`],
      pods,
    })),
  }) as unknown as Rollout;

const about = { kind: "Deployment", namespace: "n", name: "web", marks: [] };

function recorded(): Recording {
  const recorder = new Recorder();
  recorder.add(rolloutOf([1, true, [pod("a", true), pod("b", true)]]), "complete", 1000);
  recorder.add(rolloutOf([1, true, [pod("a", true), pod("b", true)]]), "complete", 1500);
  recorder.add(rolloutOf([2, true, [pod("c", false)]], [1, false, [pod("a", true), pod("b", true)]]), "rolling", 2000);
  recorder.add(rolloutOf([2, true, [pod("c", true)]], [1, false, [pod("b", true)]]), "rolling", 3000);
  return recorder.recording({ ...about, marks: [] }, 4000) as Recording;
}

test("any moment is put together again, also before the beginning and between changes", () => {
  const recording = recorded();
  const shape = (at: number) =>
    momentAt(recording, at)?.revisions.map(({ number, pods }) => [
      number,
      pods.map(({ name, phase }) => `${name} ${phase}`),
    ]);
  expect(shape(0)).toEqual([["1", ["a available", "b available"]]]);
  expect(shape(1999)).toEqual([["1", ["a available", "b available"]]]);
  expect(shape(2000)).toEqual([
    ["2", ["c unready"]],
    ["1", ["a available", "b available"]],
  ]);
  expect(shape(9000)).toEqual([
    ["2", ["c available"]],
    ["1", ["b available"]],
  ]);
  expect(momentAt(recording, 2500)?.setting.state).toBe("rolling");
});

test("what does not change is not taken down", () => {
  const { changes, settings } = recorded();
  expect(changes.map(({ at, pod: name, phase }) => `${at} ${name} ${phase}`)).toEqual([
    "1000 a available",
    "1000 b available",
    "2000 c unready",
    "3000 c available",
    "3000 a undefined",
  ]);
  expect(settings.map(({ at }) => at)).toEqual([1000, 2000]);
});

test("numbers over time", () => {
  expect(podsOverTime(recorded())).toEqual([
    { at: 1000, total: 2, available: 2, low: 1, high: 3 },
    { at: 2000, total: 3, available: 2, low: 1, high: 3 },
    { at: 3000, total: 2, available: 2, low: 1, high: 3 },
  ]);
});

test("the oldest changes are forgotten, and what they came to is the new beginning", () => {
  const recorder = new Recorder();
  const steady = pod("steady", true);
  for (let at = 1; at <= 31_000; at++)
    recorder.add(rolloutOf([1, true, [steady, pod("b", at % 2 === 0)]]), "rolling", at);
  const recording = recorder.recording(about, 31_000) as Recording;
  expect(recording.changes.length).toBeLessThanOrEqual(30_001);
  expect(recording.began).toBeGreaterThan(1);
  const names = momentAt(recording, recording.began)?.revisions[0]?.pods.map(({ name }) => name);
  expect(names?.sort()).toEqual(["b", "steady"]);
});
