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
  expect(rolloutStatus(deployment(status), 0)).toEqual({ line, done: false });
});

test("done", () => {
  const status = { updatedReplicas: 3, replicas: 3, availableReplicas: 3 };
  expect(rolloutStatus(deployment(status), 4)).toEqual({
    line: 'deployment "web" successfully rolled out',
    done: true,
  });
});

test("a change that no controller has seen yet", () => {
  expect(rolloutStatus(deployment({}, 3), 0).line).toBe("Waiting for deployment spec update to be observed...");
});

test("past the deadline", () => {
  const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
  expect(() => rolloutStatus(deployment({ conditions }), 0)).toThrow('deployment "web" exceeded its progress deadline');
});

test("another revision is running", () => {
  expect(() => rolloutStatus(deployment({}), 3)).toThrow(
    "desired revision (3) is different from the running revision (4)",
  );
});

test("a kind without rollouts", () => {
  expect(() => rolloutStatus({ apiVersion: "v1", kind: "Service" } as KubeObject, 0)).toThrow(/no status viewer/);
});
