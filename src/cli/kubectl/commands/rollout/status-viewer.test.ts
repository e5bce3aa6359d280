import { expect, test } from "vitest";
import type { Deployment } from "../../../../api/generated/types.ts";
import type { KubeObject } from "../../../../api/kind.ts";
import { rolloutStatus } from "./status-viewer.ts";

type Status = NonNullable<Deployment["status"]>;

const deployment = (status: Status, generation = 2): KubeObject =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", generation, annotations: { "deployment.kubernetes.io/revision": "4" } },
    spec: { replicas: 3 },
    status: { observedGeneration: 2, ...status },
  }) as unknown as KubeObject;

const waiting = (what: string) => `Waiting for deployment "web" rollout to finish: ${what}`;

test.each<[string, Status, string]>([
  ["few are new", { updatedReplicas: 1, replicas: 4 }, waiting("1 out of 3 new replicas have been updated...")],
  ["old ones are left", { updatedReplicas: 3, replicas: 4 }, waiting("1 old replicas are pending termination...")],
  [
    "not all are available",
    { updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
    waiting("2 of 3 updated replicas are available..."),
  ],
])("%s", (_, status, line) => {
  expect(rolloutStatus(deployment(status), 0n)).toEqual({ line, done: false });
});

test("done", () => {
  const status = { updatedReplicas: 3, replicas: 3, availableReplicas: 3 };
  expect(rolloutStatus(deployment(status), 4n)).toEqual({
    line: 'deployment "web" successfully rolled out',
    done: true,
  });
});

test("a change that no controller has seen yet", () => {
  expect(rolloutStatus(deployment({}, 3), 0n).line).toBe("Waiting for deployment spec update to be observed...");
});

test("past the deadline", () => {
  const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
  expect(() => rolloutStatus(deployment({ conditions }), 0n)).toThrow(
    'deployment "web" exceeded its progress deadline',
  );
});

test("another revision is running", () => {
  expect(() => rolloutStatus(deployment({}), 3n)).toThrow(
    "desired revision (3) is different from the running revision (4)",
  );
});

test("the revision that is running is 64 bits wide, and may be no number", () => {
  const numbered = (text: string): KubeObject => ({
    ...deployment({}),
    metadata: { name: "web", annotations: { "deployment.kubernetes.io/revision": text } },
  });
  const [wanted, running] = [3546343826724305833n, "3546343826724305834"];
  expect(() => rolloutStatus(numbered(running), wanted)).toThrow(
    "desired revision (3546343826724305833) is different from the running revision (3546343826724305834)",
  );
  expect(() => rolloutStatus(numbered("x"), 3n)).toThrow(
    'cannot get the revision of deployment "web": strconv.ParseInt: parsing "x": invalid syntax',
  );
});

test("a kind without rollouts", () => {
  expect(() => rolloutStatus({ apiVersion: "v1", kind: "Service" } as KubeObject, 0n)).toThrow(/no status viewer/);
});

const set = (kind: string, spec: object, status: object, generation = 2): KubeObject =>
  ({ apiVersion: "apps/v1", kind, metadata: { name: "web", generation }, spec, status }) as unknown as KubeObject;

const daemons = (status: object, spec: object = {}) =>
  set("DaemonSet", { updateStrategy: { type: "RollingUpdate" }, ...spec }, { observedGeneration: 2, ...status });
const waitingDaemons = (what: string) => `Waiting for daemon set "web" rollout to finish: ${what}`;

test.each<[string, object, string, boolean]>([
  ["not seen", { observedGeneration: 1 }, "Waiting for daemon set spec update to be observed...", false],
  [
    "few are new",
    { updatedNumberScheduled: 1, desiredNumberScheduled: 3 },
    waitingDaemons("1 out of 3 new pods have been updated..."),
    false,
  ],
  [
    "not all are available",
    { updatedNumberScheduled: 3, desiredNumberScheduled: 3, numberAvailable: 2 },
    waitingDaemons("2 of 3 updated pods are available..."),
    false,
  ],
  [
    "done",
    { updatedNumberScheduled: 3, desiredNumberScheduled: 3, numberAvailable: 3 },
    'daemon set "web" successfully rolled out',
    true,
  ],
])("a DaemonSet: %s", (_, status, line, done) => {
  expect(rolloutStatus(daemons(status), 0n)).toEqual({ line, done });
});

const stateful = (status: object, rollingUpdate?: object) =>
  set(
    "StatefulSet",
    { replicas: 3, updateStrategy: { type: "RollingUpdate", ...(rollingUpdate ? { rollingUpdate } : {}) } },
    { observedGeneration: 2, readyReplicas: 3, updateRevision: "web-2", currentRevision: "web-1", ...status },
  );

test.each<[string, object, object | undefined, string, boolean]>([
  ["not seen", { observedGeneration: 1 }, undefined, "Waiting for statefulset spec update to be observed...", false],
  ["never seen", { observedGeneration: 0 }, undefined, "Waiting for statefulset spec update to be observed...", false],
  ["not all are ready", { readyReplicas: 1 }, undefined, "Waiting for 2 pods to be ready...", false],
  [
    "few are new",
    { updatedReplicas: 1 },
    { partition: 1 },
    "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...",
    false,
  ],
  [
    "all above the partition are new",
    { updatedReplicas: 2 },
    { partition: 1 },
    "partitioned roll out complete: 2 new pods have been updated...",
    true,
  ],
  [
    "all are new, with parameters that hold nothing back",
    { updatedReplicas: 3 },
    { partition: 0 },
    "partitioned roll out complete: 3 new pods have been updated...",
    true,
  ],
  [
    "under way, without parameters",
    { updatedReplicas: 1 },
    undefined,
    "waiting for statefulset rolling update to complete 1 pods at revision web-2...",
    false,
  ],
  [
    "done, without parameters",
    { currentRevision: "web-2", currentReplicas: 3 },
    undefined,
    "statefulset rolling update complete 3 pods at revision web-2...",
    true,
  ],
])("a StatefulSet: %s", (_, status, rollingUpdate, line, done) => {
  expect(rolloutStatus(stateful(status, rollingUpdate), 0n)).toEqual({ line, done });
});

test.each(["DaemonSet", "StatefulSet"])("a %s that is updated by hand has no status", (kind) => {
  const byHand = set(kind, { updateStrategy: { type: "OnDelete" } }, {});
  expect(() => rolloutStatus(byHand, 0n)).toThrow("rollout status is only available for RollingUpdate strategy type");
});
