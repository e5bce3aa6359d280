/** The rollback that an annotation asks for. */
import { describe, expect, test } from "vitest";
import type { Deployment } from "../../api/generated/types.ts";
import { deployment, replicaSet } from "../../testing/deployment-fixture.ts";
import { rollback, rollbackRevision } from "./rollback.ts";

const asked = (annotations: Record<string, string>): Deployment => {
  const present = deployment({ image: "app:2" });
  return { ...present, metadata: { ...present.metadata, annotations } };
};
const key = "deprecated.deployment.rollback.to";
const revision = (number: number, more = {}) => ({ "deployment.kubernetes.io/revision": String(number), ...more });
const history = [
  replicaSet("web-1", { image: "app:1", annotations: revision(1, { "kubernetes.io/change-cause": "first" }) }),
  replicaSet("web-2", { image: "app:2", annotations: revision(2) }),
];

test.each<[string | undefined, bigint | undefined]>([
  ["3", 3n],
  ["0", 0n],
  ["-1", -1n],
  ["x", undefined],
  ["", undefined],
  [undefined, undefined],
])("the annotation %j asks for %s", (text, expected) => {
  expect(rollbackRevision(asked(text === undefined ? {} : { [key]: text }))).toBe(expected);
});

describe("asked for", () => {
  const events = (number: number, sets = history) => rollback(asked({ [key]: "0" }), sets, BigInt(number)).events;

  test("a revision, the Deployment takes its template, without the hash, and its annotations", () => {
    const before = asked({ [key]: "1", ...revision(2), "kubernetes.io/change-cause": "second", other: "x" });
    const { deployment: after, events: said } = rollback(before, history, 1n);
    expect(after.spec?.template).toEqual({
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "app:1" }] },
    });
    expect(after.metadata?.annotations).toEqual({ ...revision(2), "kubernetes.io/change-cause": "first" });
    expect(said).toEqual([
      { type: "Normal", reason: "DeploymentRollback", message: 'Rolled back deployment "web" to revision 1' },
    ]);
  });

  test("0, it is the one before the newest", () => {
    expect(events(0)[0]?.message).toBe('Rolled back deployment "web" to revision 1');
  });

  test("0 when there is none before", () => {
    expect(events(0, history.slice(1))).toEqual([
      { type: "Warning", reason: "DeploymentRollbackRevisionNotFound", message: "Unable to find last revision." },
    ]);
  });

  test("one that there is not", () => {
    expect(events(9)).toEqual([
      {
        type: "Warning",
        reason: "DeploymentRollbackRevisionNotFound",
        message: "Unable to find the revision to rollback to.",
      },
    ]);
  });

  test("the present one", () => {
    expect(events(2)).toEqual([
      {
        type: "Warning",
        reason: "DeploymentRollbackTemplateUnchanged",
        message: 'The rollback revision contains the same template as current deployment "web"',
      },
    ]);
  });

  test.each([0, 1, 2, 9])("%i, the annotation goes, whatever comes of it", (number) => {
    const { deployment: after } = rollback(asked({ [key]: String(number), kept: "x" }), history, BigInt(number));
    expect(after.metadata?.annotations).not.toHaveProperty([key]);
  });
});
