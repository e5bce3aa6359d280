import { expect, test } from "vitest";
import type { ContainerState, ContainerStatus, Pod, PodStatus } from "../generated/types.ts";
import { podColumns } from "./pod-columns.ts";

const now = Date.parse("2024-01-01T01:00:00Z");
const running: ContainerState = { running: { startedAt: "2024-01-01T00:59:00Z" } };
const status = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  state,
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...more,
});
const waiting = (reason: string): ContainerState => ({ waiting: { reason } });
const ended = (exitCode: number, reason?: string): ContainerState => ({ terminated: { exitCode, reason } });

function row(podStatus: PodStatus, more: Partial<Pod> = {}): Record<string, unknown> {
  const pod: Pod = {
    metadata: { name: "p", creationTimestamp: "2024-01-01T00:50:00Z", ...more.metadata },
    spec: { containers: [{ name: "a" }, { name: "b" }], ...more.spec },
    status: podStatus,
  };
  return Object.fromEntries(podColumns.map((column) => [column.name, column.cell(pod, now)]));
}
const deleting = { metadata: { name: "p", deletionTimestamp: "2024-01-01T00:59:59Z" } };

test("a running pod", () => {
  const ready = { ready: true };
  expect(
    row(
      {
        phase: "Running",
        podIP: "10.0.0.1",
        podIPs: [{ ip: "10.0.0.1" }],
        containerStatuses: [status("a", running, ready), status("b", running, ready)],
      },
      { spec: { containers: [{ name: "a" }, { name: "b" }], nodeName: "n" } },
    ),
  ).toEqual({
    Name: "p",
    Ready: "2/2",
    Status: "Running",
    Restarts: "0",
    Age: "10m",
    IP: "10.0.0.1",
    Node: "n",
    "Nominated Node": "<none>",
    "Readiness Gates": "<none>",
  });
});

const initSpec = { spec: { containers: [{ name: "a" }], initContainers: [{ name: "i" }, { name: "j" }] } };
const sidecarSpec = {
  spec: { containers: [{ name: "a" }], initContainers: [{ name: "i", restartPolicy: "Always" }] },
};

test.each<[string, PodStatus, Partial<Pod>, ready: string, text: string]>([
  ["pending", { phase: "Pending" }, {}, "0/2", "Pending"],
  ["with a reason of its own", { phase: "Failed", reason: "Evicted" }, {}, "0/2", "Evicted"],
  [
    "that cannot pull",
    { phase: "Pending", containerStatuses: [status("a", waiting("ImagePullBackOff"))] },
    {},
    "0/2",
    "ImagePullBackOff",
  ],
  [
    "whose first bad container counts",
    {
      phase: "Running",
      containerStatuses: [status("a", waiting("CrashLoopBackOff")), status("b", waiting("ContainerCreating"))],
    },
    {},
    "0/2",
    "CrashLoopBackOff",
  ],
  [
    "of which one container is done",
    {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [status("a", ended(0, "Completed")), status("b", running, { ready: true })],
    },
    {},
    "1/2",
    "Running",
  ],
  [
    "of which one container is done and the pod is not ready",
    {
      phase: "Running",
      containerStatuses: [status("a", ended(0, "Completed")), status("b", running, { ready: true })],
    },
    {},
    "1/2",
    "NotReady",
  ],
  ["that failed", { phase: "Failed", containerStatuses: [status("a", ended(3))] }, {}, "0/2", "ExitCode:3"],
  [
    "killed by a signal",
    { phase: "Failed", containerStatuses: [status("a", { terminated: { exitCode: 0, signal: 9 } })] },
    {},
    "0/2",
    "Signal:9",
  ],
  [
    "that initializes",
    { phase: "Pending", initContainerStatuses: [status("i", ended(0, "Completed")), status("j", running)] },
    initSpec,
    "0/1",
    "Init:1/2",
  ],
  [
    "whose initialization failed",
    { phase: "Pending", initContainerStatuses: [status("i", ended(1, "Error"))] },
    initSpec,
    "0/1",
    "Init:Error",
  ],
  [
    "whose initialization crashes",
    { phase: "Pending", initContainerStatuses: [status("i", waiting("CrashLoopBackOff"))] },
    initSpec,
    "0/1",
    "Init:CrashLoopBackOff",
  ],
  [
    "with a sidecar",
    {
      phase: "Running",
      initContainerStatuses: [status("i", running, { started: true, ready: true })],
      containerStatuses: [status("a", running, { ready: true })],
    },
    sidecarSpec,
    "2/2",
    "Running",
  ],
  ["being deleted", { phase: "Running" }, deleting, "0/2", "Terminating"],
  ["being deleted when done", { phase: "Succeeded" }, deleting, "0/2", "Succeeded"],
  ["being deleted on a lost node", { phase: "Running", reason: "NodeLost" }, deleting, "0/2", "Unknown"],
  [
    "that is gated",
    {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
    },
    {},
    "0/2",
    "SchedulingGated",
  ],
])("a pod %s", (_, podStatus, more, ready, text) => {
  const cells = row(podStatus, more);
  expect([cells.Ready, cells.Status]).toEqual([ready, text]);
});

test("restarts tell when the last one was", () => {
  const restarted = (name: string, restartCount: number, finishedAt: string) =>
    status(name, running, { restartCount, lastState: { terminated: { exitCode: 1, finishedAt } } });
  const podStatus = {
    phase: "Running",
    containerStatuses: [restarted("a", 1, "2024-01-01T00:58:00Z"), restarted("b", 2, "2024-01-01T00:55:00Z")],
  };
  expect(row(podStatus).Restarts).toBe("3 (2m ago)");
});
