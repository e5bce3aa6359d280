import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Discovery } from "../../core/discovery.ts";
import type { Found } from "../../core/find-objects.ts";
import type { Session } from "../../core/session.ts";
import { openLive } from "./live.ts";

const labels = { app: "web" };
const resourceOf = (plural: string, kind: string, group: string) => ({
  group,
  version: "v1",
  kind,
  plural,
  singular: kind.toLowerCase(),
  shortNames: [],
  subresources: [],
  namespaced: true,
  verbs: ["get", "list", "watch"],
  categories: [],
});
const resources = [
  resourceOf("pods", "Pod", ""),
  resourceOf("replicasets", "ReplicaSet", "apps"),
  resourceOf("deployments", "Deployment", "apps"),
];
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default", uid: "d", annotations: { "deployment.kubernetes.io/revision": "2" } },
  spec: { replicas: 1, selector: { matchLabels: labels }, template: {} },
  status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
};
const replicaSet = (hash: string, revision: string) => ({
  metadata: {
    name: `web-${hash}`,
    labels: { ...labels, "pod-template-hash": hash },
    annotations: { "deployment.kubernetes.io/revision": revision },
    ownerReferences: [{ controller: true, uid: "d" }],
  },
});
const pod = (hash: string) => ({
  metadata: { name: `web-${hash}-x`, uid: hash, labels: { ...labels, "pod-template-hash": hash } },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});

/** What a watch brings, each after some milliseconds; it stays open. */
type Brought = readonly (readonly [after: number, object: object])[];
const streamOf = (brought: Brought): Readable => {
  const stream = new Readable({ read() {} });
  for (const [after, object] of brought)
    setTimeout(() => stream.push(`${JSON.stringify({ type: "ADDED", object })}\n`), after);
  return stream;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/**
 * @param ms after which the last picture must be there
 * @returns its lines, without the first
 */
async function settledPicture(ms: number, pods: Brought | Error, sets: Brought): Promise<string[] | undefined> {
  const session = {
    discovery: async () => new Discovery(resources),
    async stream(path: string) {
      const brought = path.includes("/pods?") ? pods : sets;
      if (brought instanceof Error) throw brought;
      return { status: 200, headers: {}, body: streamOf(brought) };
    },
  } as unknown as Session;
  let written = "";
  const write = (text: string) => {
    written = text;
  };
  const terminal = { size: () => ({ columns: 80, rows: 24 }), color: false, write };
  const found = { resource: resources[2], object: deployment } as unknown as Found;
  const live = openLive(session, found, terminal, new AbortController().signal);
  let settled = false;
  void live.settled().then(() => {
    settled = true;
  });
  for (let passed = 0; passed < ms; passed += 20) await vi.advanceTimersByTimeAsync(20);
  live.close();
  return settled ? written.slice(written.indexOf("deployment")).trimEnd().split("\n").slice(1) : undefined;
}

const bar = `${"█".repeat(40)} 1 of 1 new pods available`;
const newSet: Brought = [[0, replicaSet("new", "2")]];

test("the last picture waits for the pods and the revision that the workload counts", async () => {
  const sets: Brought = [[0, replicaSet("old", "1")], ...newSet.map(([, set]) => [300, set] as const)];
  const pods: Brought = [
    [0, pod("old")],
    [200, pod("new")],
  ];
  expect(await settledPicture(280, pods, sets)).toBeUndefined();
  expect(await settledPicture(500, pods, sets)).toEqual([
    bar,
    "  revision 2  ● 1 available",
    "  revision 1  ● 1 available",
  ]);
});

test("whoever may not watch pods does not wait for them", async () => {
  expect((await settledPicture(100, new Error("forbidden"), newSet))?.[0]).toBe(bar);
});

test("pods that never come are not waited for longer than two seconds", async () => {
  expect(await settledPicture(1900, [], newSet)).toBeUndefined();
  expect((await settledPicture(2200, [], newSet))?.[0]).toBe(bar);
});
