/** Revision numbers, their history, and what flows from a Deployment to its ReplicaSets. */
import { describe, expect, test } from "vitest";
import { deployment, Model, replicaSet, template } from "../../testing/deployment-fixture.ts";
import { newReplicaSetAnnotations, nextRevision, previousRevision, revisionOf } from "./annotations.ts";

const revisionKey = "deployment.kubernetes.io/revision";
const historyKey = "deployment.kubernetes.io/revision-history";
const numbered = (name: string, revision?: string) =>
  replicaSet(name, revision === undefined ? {} : { annotations: { [revisionKey]: revision } });
const next = (current: Record<string, string> | undefined, revision: number | bigint) =>
  newReplicaSetAnnotations(deployment(), current, BigInt(revision));

describe("a revision number", () => {
  test("is 0 without the annotation, and unknown when it is no number", () => {
    expect([numbered("a"), numbered("b", "7"), numbered("c", "x")].map(revisionOf)).toEqual([0n, 7n, undefined]);
  });

  test("is 64 bits wide, and none beyond them", () => {
    const texts = ["3546343826724305833", "9223372036854775807", "9223372036854775808"];
    expect(texts.map((text) => revisionOf(numbered("a", text)))).toEqual([
      3546343826724305833n,
      9223372036854775807n,
      undefined,
    ]);
    expect(nextRevision([numbered("a", "3546343826724305833"), numbered("b", "2")])).toBe(3546343826724305834n);
    expect(next({ [revisionKey]: "3546343826724305833" }, 3546343826724305834n)).toEqual({
      [revisionKey]: "3546343826724305834",
      [historyKey]: "3546343826724305833",
    });
  });

  test("the next is one more than the highest of those that are numbers", () => {
    expect(nextRevision([numbered("a", "2"), numbered("b", "x"), numbered("c", "11"), numbered("d")])).toBe(12n);
    expect(nextRevision([])).toBe(1n);
  });

  test("the one before is the second highest, 0 when there is none", () => {
    expect(previousRevision([numbered("a", "4"), numbered("b", "2"), numbered("c", "x"), numbered("d", "3")])).toBe(3n);
    expect(previousRevision([numbered("a", "4")])).toBe(0n);
  });

  test("is written to a new ReplicaSet", () => expect(next(undefined, 5)).toEqual({ [revisionKey]: "5" }));

  test("is raised when it is smaller, and then the old one goes into the history", () => {
    expect(next({ [revisionKey]: "2" }, 5)).toEqual({ [revisionKey]: "5", [historyKey]: "2" });
    expect(next({ [revisionKey]: "5", [historyKey]: "2" }, 9)).toEqual({ [revisionKey]: "9", [historyKey]: "2,5" });
  });

  test.each(["5", "6"])("stays when it is %s and 5 would do: deleting old ReplicaSets lowers nothing", (text) => {
    expect(next({ [revisionKey]: text }, 5)).toEqual({ [revisionKey]: text });
  });

  test("that is empty counts as 0", () => {
    expect(next({ [revisionKey]: "" }, 1)).toEqual({ [revisionKey]: "1", [historyKey]: "" });
  });

  test("that is no number is left alone, and with it all annotations", () => {
    const noted = { ...deployment(), metadata: { annotations: { a: "b" } } };
    expect(newReplicaSetAnnotations(noted, { [revisionKey]: "x" }, 5n)).toEqual({ [revisionKey]: "x" });
  });
});

describe("the history of revisions has at most 2000 characters", () => {
  test("2000 fit", () => {
    const result = next({ [revisionKey]: "4321", [historyKey]: "7".repeat(1995) }, 9999)[historyKey] ?? "";
    expect(result).toBe(`${"7".repeat(1995)},4321`);
    expect(result).toHaveLength(2000);
  });

  test("with 2001 the oldest go", () => {
    const result = next({ [revisionKey]: "4321", [historyKey]: `1,${"7".repeat(1994)}` }, 9999)[historyKey];
    expect(result).toBe(`${"7".repeat(1994)},4321`);
  });

  test("what cannot fit is left alone", () => {
    const current = { [revisionKey]: `${"0".repeat(2000)}1`, [historyKey]: "1" };
    expect(next(current, 5)).toEqual({ [revisionKey]: "5", [historyKey]: "1" });
  });
});

describe("from the Deployment to the ReplicaSet", () => {
  const annotated = (annotations: Record<string, string>) => ({ ...deployment(), metadata: { annotations } });

  test.each([
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
  ])("%s does not flow", (key) => {
    const result = newReplicaSetAnnotations(annotated({ [key]: "77", other: "x" }), { [revisionKey]: "9" }, 1n);
    expect(result).toEqual({ [revisionKey]: "9", other: "x" });
  });

  test("everything else is added or overwritten, and never removed", () => {
    const current = { [revisionKey]: "1", kept: "old", changed: "old" };
    expect(newReplicaSetAnnotations(annotated({ changed: "new", added: "new" }), current, 1n)).toEqual({
      [revisionKey]: "1",
      kept: "old",
      changed: "new",
      added: "new",
    });
  });
});

describe("over several rollouts", () => {
  const revisions = (model: Model) => model.replicaSets.map((rs) => Number(rs.metadata?.annotations?.[revisionKey]));
  const rolled = (...images: string[]) => {
    const model = new Model(deployment({ image: images[0] ?? "" }));
    model.settle();
    for (const image of images.slice(1)) {
      model.edit(() => ({ template: template(image) }));
      model.settle();
    }
    return model;
  };

  test("the first is 1, and each template counts one more", () =>
    expect(revisions(rolled("a", "b", "c"))).toEqual([1, 2, 3]));

  test("going back to 1 of 1, 2, 3 leaves 2, 3, 4", () =>
    expect(revisions(rolled("a", "b", "c", "a")).sort()).toEqual([2, 3, 4]));

  test.each<[string, object]>([
    ["scaling", { replicas: 9 }],
    ["pausing", { paused: true }],
    ["another strategy", { strategy: { type: "Recreate" } }],
    ["another limit", { revisionHistoryLimit: 1 }],
    ["another minReadySeconds", { minReadySeconds: 5 }],
  ])("%s makes no revision", (_, change) => {
    const model = rolled("a", "b");
    model.edit(() => change);
    model.settle();
    expect(revisions(model)).toEqual([1, 2]);
    expect(model.deployment.metadata?.annotations?.[revisionKey]).toBe("2");
  });

  test("minReadySeconds is brought to the ReplicaSet in use", () => {
    const model = rolled("a", "b");
    model.edit(() => ({ minReadySeconds: 5 }));
    model.sync();
    expect(model.replicaSets.map((rs) => rs.spec?.minReadySeconds)).toEqual([undefined, 5]);
  });
});
