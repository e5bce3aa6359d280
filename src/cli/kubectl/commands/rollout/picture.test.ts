import { expect, test } from "vitest";
import type { Deployment, Pod } from "../../../../api/generated/types.ts";
import { picture, type Scene } from "./picture.ts";

const pod = (name: string, hash: string, status: Pod["status"], deletionTimestamp?: string): Pod => ({
  metadata: { name, labels: { "pod-template-hash": hash }, ...(deletionTimestamp ? { deletionTimestamp } : {}) },
  status: status ?? {},
});
const ready: Pod["status"] = { conditions: [{ type: "Ready", status: "True" }] };
const waiting = (reason: string, message: string): Pod["status"] => ({
  containerStatuses: [
    { name: "web", image: "", imageID: "", ready: false, restartCount: 2, state: { waiting: { reason, message } } },
  ],
});
const scene = (pods: readonly Pod[], status: Deployment["status"] = {}): Scene => ({
  title: "deployment.apps/web",
  workload: {
    kind: "Deployment",
    spec: { replicas: 3, selector: {}, template: {} },
    status,
  },
  revisions: new Map([
    ["old", 4n],
    ["new", 5n],
  ]),
  pods,
  startedAt: 0,
  now: 12_000,
});
const wide = { columns: 100, rows: 30, color: false };

test("a rollout on its way: how far it is, and the pods of each revision", () => {
  const pods = [
    pod("a", "new", ready),
    pod("b", "new", waiting("ContainerCreating", "")),
    pod("c", "old", ready),
    pod("d", "old", ready, "2026-01-01T00:00:00Z"),
  ];
  expect(picture(scene(pods), wide)).toEqual([
    "deployment.apps/web  12s",
    "█████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1 of 3 new pods available",
    "  revision 5  ●◐ 1 available, 1 starting",
    "  revision 4  ●○ 1 available, 1 ending",
  ]);
});

test("a rollout that is stuck: the reason, once, however many pods have it", () => {
  const bad = waiting("ImagePullBackOff", 'Back-off pulling image "web:9"');
  expect(picture(scene([pod("a", "new", bad), pod("b", "new", bad), pod("c", "old", ready)]), wide).slice(2)).toEqual([
    "  revision 5  ✗✗ 2 failing",
    "  revision 4  ● 1 available",
    "✗ a and 1 more:",
    '    ImagePullBackOff: Back-off pulling image "web:9"',
  ]);
});

test("what crashes says how it ended; what cannot be placed or made says why", () => {
  const crashing = {
    name: "web",
    image: "",
    imageID: "",
    ready: false,
    restartCount: 3,
    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" } },
    lastState: { terminated: { exitCode: 3, reason: "Error" } },
  };
  const unplaced: Pod["status"] = {
    conditions: [
      { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes are available" },
    ],
  };
  const refused = { conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }] };
  const pods = [pod("a", "new", { containerStatuses: [crashing] }), pod("b", "new", unplaced)];
  expect(picture(scene(pods, refused), wide).slice(3)).toEqual([
    "✗ a:",
    "    CrashLoopBackOff: container web keeps ending with exit code 3 (Error)",
    "✗ b:",
    "    Unschedulable: 0/1 nodes are available",
    "✗ no pod can be made: exceeded quota",
  ]);
});

test("no line is wider than the terminal, no picture higher, and colour is only what it adds", () => {
  const bad = waiting("ImagePullBackOff", `Back-off pulling image "${"registry.example/".repeat(8)}web:9"`);
  const pods = [...Array(30)].map((_, i) =>
    pod(`a-long-name-of-a-pod-${i}`, i % 2 ? "new" : "old", i % 3 ? ready : bad),
  );
  for (const columns of [20, 40, 100])
    for (const rows of [4, 30]) {
      const plain = picture(scene(pods), { columns, rows, color: false });
      expect(plain.length).toBeLessThan(rows);
      expect(Math.max(...plain.map((line) => [...line].length))).toBeLessThan(columns);
      const painted = picture(scene(pods), { columns, rows, color: true });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with one
      expect(painted.map((line) => line.replace(/\u001b\[\d+m/g, "").trimEnd())).toEqual(plain);
    }
});

test("without pods to look at, the workload's own counts are shown", () => {
  const status = { replicas: 4, updatedReplicas: 2, availableReplicas: 3 };
  expect(picture(scene([], status), { ...wide, columns: 40 })).toEqual([
    "deployment.apps/web  12s",
    "████░░░░░░░░░ 1 of 3 new pods available",
    "  revision 5  no pods yet",
  ]);
});
