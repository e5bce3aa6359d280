/** Conditions of a Deployment: progress, its deadline, pausing, failures. */
import { describe, expect, test } from "vitest";
import type { Deployment, DeploymentCondition, DeploymentStatus } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { deployment, replicaSet } from "../../testing/deployment-fixture.ts";
import { Draft } from "./draft.ts";
import { deadlineCheck, isComplete, newReplicaSetConditions, pausedConditions, rolloutConditions } from "./progress.ts";
import { countsOf, withAvailability } from "./status.ts";

const start = 1_735_689_600_000;
const minute = 60_000;
const forever = 2_147_483_647;
const condition = (reason: string, status = "True", at = start, type = "Progressing"): DeploymentCondition => {
  const time = formatTime(at);
  return { type, status, reason, message: "as it was", lastUpdateTime: time, lastTransitionTime: time };
};
const complete: DeploymentStatus = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, observedGeneration: 1 };

interface Case {
  readonly spec?: object;
  readonly stored?: DeploymentStatus;
  readonly conditions?: readonly DeploymentCondition[];
  readonly status?: DeploymentStatus;
  readonly now?: number;
  /** Is there a ReplicaSet of the present template? */
  readonly found?: boolean;
}
const withStatus = (spec: object, status: DeploymentStatus): Deployment => ({ ...deployment(spec), status });

function evaluate({ spec = {}, stored = {}, conditions = [], status = {}, now = start, found = true }: Case) {
  const draft = new Draft(withStatus(spec, stored), found ? replicaSet("web-1") : undefined, []);
  return rolloutConditions(draft, conditions, status, now);
}
const progressing = (conditions: readonly DeploymentCondition[]) => conditions.find((c) => c.type === "Progressing");

describe("a rollout sync finds that the rollout", () => {
  test.each<[string, Case, string, string, string]>([
    [
      "is complete",
      { status: complete, conditions: [condition("ReplicaSetUpdated")] },
      "True",
      "NewReplicaSetAvailable",
      'ReplicaSet "web-1" has successfully progressed.',
    ],
    [
      "is complete, without a new ReplicaSet",
      { status: complete, conditions: [condition("ReplicaSetUpdated")], found: false },
      "True",
      "NewReplicaSetAvailable",
      'Deployment "web" has successfully progressed.',
    ],
    [
      "gets on: another pod is of the new template",
      { stored: { updatedReplicas: 1 }, status: { updatedReplicas: 2, replicas: 4 } },
      "True",
      "ReplicaSetUpdated",
      'ReplicaSet "web-1" is progressing.',
    ],
    [
      "gets on: an old pod has gone",
      { stored: { replicas: 4, updatedReplicas: 1 }, status: { replicas: 3, updatedReplicas: 1 } },
      "True",
      "ReplicaSetUpdated",
      'ReplicaSet "web-1" is progressing.',
    ],
    [
      "gets on: another pod is ready",
      { stored: { readyReplicas: 1 }, status: { readyReplicas: 2, replicas: 4 } },
      "True",
      "ReplicaSetUpdated",
      'ReplicaSet "web-1" is progressing.',
    ],
    [
      "gets on: another pod is available",
      { stored: { availableReplicas: 1 }, status: { availableReplicas: 2, replicas: 4 }, found: false },
      "True",
      "ReplicaSetUpdated",
      'Deployment "web" is progressing.',
    ],
    [
      "gets on though the deadline has passed",
      {
        conditions: [condition("ReplicaSetUpdated")],
        stored: { readyReplicas: 1 },
        status: { readyReplicas: 2, replicas: 4 },
        now: start + 11 * minute,
      },
      "True",
      "ReplicaSetUpdated",
      'ReplicaSet "web-1" is progressing.',
    ],
    [
      "is stuck",
      {
        conditions: [condition("ReplicaSetUpdated")],
        status: { replicas: 4 },
        stored: { replicas: 4 },
        now: start + 601_000,
      },
      "False",
      "ProgressDeadlineExceeded",
      'ReplicaSet "web-1" has timed out progressing.',
    ],
    [
      "is stuck, without a new ReplicaSet",
      {
        conditions: [condition("DeploymentResumed", "Unknown")],
        status: { replicas: 4 },
        stored: { replicas: 4 },
        now: start + 601_000,
        found: false,
      },
      "False",
      "ProgressDeadlineExceeded",
      'Deployment "web" has timed out progressing.',
    ],
    [
      "gets on again after its deadline",
      {
        conditions: [condition("ProgressDeadlineExceeded", "False")],
        stored: { readyReplicas: 1 },
        status: { readyReplicas: 2, replicas: 4 },
      },
      "True",
      "ReplicaSetUpdated",
      'ReplicaSet "web-1" is progressing.',
    ],
    [
      "is complete after its deadline",
      { conditions: [condition("ProgressDeadlineExceeded", "False")], status: complete },
      "True",
      "NewReplicaSetAvailable",
      'ReplicaSet "web-1" has successfully progressed.',
    ],
  ])("%s", (_, given, status, reason, message) => {
    const stored = { ...given.stored, conditions: [...(given.conditions ?? [])] };
    expect(progressing(evaluate({ ...given, stored }))).toMatchObject({ status, reason, message });
  });

  test("is not yet stuck at the instant of its deadline, only after it", () => {
    const given = { conditions: [condition("ReplicaSetUpdated")], stored: { replicas: 4 }, status: { replicas: 4 } };
    expect(progressing(evaluate({ ...given, now: start + 600_000 }))?.reason).toBe("ReplicaSetUpdated");
    expect(progressing(evaluate({ ...given, now: start + 600_001 }))?.reason).toBe("ProgressDeadlineExceeded");
  });

  test("is never stuck once it was complete, however long ago", () => {
    const conditions = [condition("NewReplicaSetAvailable")];
    const status = { replicas: 3, updatedReplicas: 3, availableReplicas: 1 };
    const stored = { ...status, conditions };
    expect(evaluate({ conditions, stored, status, now: start + 60 * minute })).toEqual(conditions);
    // Another rollout, whose condition is not noted yet.
    const rolling = { replicas: 4, updatedReplicas: 1 };
    expect(
      evaluate({ conditions, stored: { ...rolling, conditions }, status: rolling, now: start + 60 * minute }),
    ).toEqual(conditions);
  });

  test("is not looked at without a Progressing condition", () => {
    expect(evaluate({ status: { replicas: 4 }, stored: { replicas: 4 }, now: start + 60 * minute })).toEqual([]);
  });

  test("gets on: the time of the condition is new each time, that of its transition is not", () => {
    const later = start + minute;
    const given = { stored: { readyReplicas: 1 }, status: { readyReplicas: 2, replicas: 4 }, now: later };
    const again = (before: DeploymentCondition) =>
      progressing(evaluate({ ...given, stored: { ...given.stored, conditions: [before] }, conditions: [before] }));
    expect(again(condition("ReplicaSetUpdated"))).toMatchObject({
      lastUpdateTime: formatTime(later),
      lastTransitionTime: formatTime(start),
    });
    expect(again(condition("ProgressDeadlineExceeded", "False"))).toMatchObject({
      lastUpdateTime: formatTime(later),
      lastTransitionTime: formatTime(later),
    });
  });

  test("has no deadline: the condition goes", () => {
    const conditions = [condition("ReplicaSetUpdated"), condition("x", "True", start, "Available")];
    expect(evaluate({ spec: { progressDeadlineSeconds: forever }, conditions }).map(({ type }) => type)).toEqual([
      "Available",
    ]);
  });
});

describe("complete is a rollout whose", () => {
  test.each<[string, DeploymentStatus, boolean]>([
    ["counts are all right", complete, true],
    ["pods are not all new", { ...complete, updatedReplicas: 2 }, false],
    ["old pods are not all gone", { ...complete, replicas: 4 }, false],
    ["pods are not all available", { ...complete, availableReplicas: 2 }, false],
    ["present spec was not seen", { ...complete, observedGeneration: 0 }, false],
  ])("%s", (_, status, expected) => {
    expect(isComplete(deployment(), status)).toBe(expected);
  });
});

describe("the new ReplicaSet is noted", () => {
  const note = (spec: object, draft: (d: Draft) => void, conditions: DeploymentCondition[]) => {
    const made = new Draft(deployment(spec), replicaSet("web-1"), []);
    draft(made);
    return progressing(newReplicaSetConditions(made, conditions, start));
  };
  const created = (draft: Draft) => draft.create(replicaSet("web-1"));

  test("when it is created, whatever was noted before", () => {
    expect(note({}, created, [condition("NewReplicaSetAvailable")])).toMatchObject({
      status: "True",
      reason: "NewReplicaSetCreated",
      message: 'Created new replica set "web-1"',
    });
  });

  test("when it is found and nothing is noted", () => {
    expect(note({}, () => {}, [])).toMatchObject({
      status: "True",
      reason: "FoundNewReplicaSet",
      message: 'Found new replica set "web-1"',
    });
  });

  test("not when it is found and something is noted", () => {
    expect(note({}, () => {}, [condition("ReplicaSetUpdated")])?.reason).toBe("ReplicaSetUpdated");
  });

  test("not without a deadline", () => {
    expect(note({ progressDeadlineSeconds: forever }, created, [])).toBeUndefined();
  });
});

describe("pausing and resuming", () => {
  const paused = (spec: object, ...conditions: DeploymentCondition[]) =>
    progressing(pausedConditions(deployment(spec), conditions, start + minute));

  test("a pause is noted", () => {
    expect(paused({ paused: true }, condition("ReplicaSetUpdated"))).toMatchObject({
      status: "Unknown",
      reason: "DeploymentPaused",
      message: "Deployment is paused",
      lastUpdateTime: formatTime(start + minute),
    });
    expect(paused({ paused: true })?.reason).toBe("DeploymentPaused");
  });

  test("a resumption is noted, and starts the deadline anew", () => {
    const resumed = paused({}, condition("DeploymentPaused", "Unknown"));
    expect(resumed).toMatchObject({
      status: "Unknown",
      reason: "DeploymentResumed",
      message: "Deployment is resumed",
      lastUpdateTime: formatTime(start + minute),
      lastTransitionTime: formatTime(start),
    });
  });

  test.each<[string, object, DeploymentCondition[]]>([
    ["paused already", { paused: true }, [condition("DeploymentPaused", "Unknown")]],
    ["not paused, and was not", {}, [condition("ReplicaSetUpdated")]],
    ["past its deadline", { paused: true }, [condition("ProgressDeadlineExceeded", "False")]],
    ["without a deadline", { paused: true, progressDeadlineSeconds: forever }, [condition("ReplicaSetUpdated")]],
  ])("a Deployment that is %s is left alone", (_, spec, conditions) => {
    expect(pausedConditions(deployment(spec), conditions, start)).toBe(conditions);
  });
});

describe("the deadline is looked at again", () => {
  const check = (reason: string, spec: object = {}, status: DeploymentStatus = {}, now = start + minute) =>
    deadlineCheck(deployment(spec), { ...status, conditions: [condition(reason)] }, now);

  test("a second after it", () => expect(check("ReplicaSetUpdated")).toBe(600_000 - minute + 1000));
  test("in a second when it has passed already", () =>
    expect(check("ReplicaSetUpdated", {}, {}, start + 60 * minute)).toBe(1000));
  test("not when it has timed out", () => expect(check("ProgressDeadlineExceeded")).toBeUndefined());
  test("not when the rollout is complete", () => expect(check("ReplicaSetUpdated", {}, complete)).toBeUndefined());
  test("not when there is none", () =>
    expect(check("ReplicaSetUpdated", { progressDeadlineSeconds: forever })).toBeUndefined());
  test("not without a condition", () => expect(deadlineCheck(deployment(), {}, start)).toBeUndefined());
});

describe("availability", () => {
  const available = (count: number, spec: object = {}) => {
    const draft = new Draft(
      deployment({ replicas: 4, ...spec }),
      replicaSet("web-1", { size: 4, available: count }),
      [],
    );
    return withAvailability(draft, [], start)[0];
  };

  test("is there with all but those that may be unavailable", () => {
    expect(available(3)).toMatchObject({
      type: "Available",
      status: "True",
      reason: "MinimumReplicasAvailable",
      message: "Deployment has minimum availability.",
    });
    expect(available(2)).toMatchObject({
      status: "False",
      reason: "MinimumReplicasUnavailable",
      message: "Deployment does not have minimum availability.",
    });
  });

  test("takes all when old pods go first", () => {
    const recreate = { strategy: { type: "Recreate" } };
    expect([available(3, recreate)?.status, available(4, recreate)?.status]).toEqual(["False", "True"]);
  });
});

describe("counts", () => {
  test("are sums over all ReplicaSets, the updated ones those of the new one", () => {
    const draft = new Draft(
      withStatus({ replicas: 6 }, { collisionCount: 2 }),
      replicaSet("new", { size: 3, actual: 2, ready: 2, available: 1 }),
      [replicaSet("old", { size: 4, actual: 5, ready: 4, available: 4 })],
    );
    expect(countsOf(draft)).toEqual({
      observedGeneration: 1,
      replicas: 7,
      updatedReplicas: 2,
      readyReplicas: 6,
      availableReplicas: 5,
      unavailableReplicas: 2,
      collisionCount: 2,
    });
  });

  test("unavailable pods are those asked for but not available, never fewer than none", () => {
    const draft = new Draft(deployment(), replicaSet("new", { size: 1, available: 4 }), []);
    expect(countsOf(draft).unavailableReplicas).toBeUndefined();
  });
});

describe("the failure of a ReplicaSet", () => {
  const failing = (name: string, message: string) => {
    const rs = replicaSet(name);
    const time = formatTime(start);
    const failure = {
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreate",
      message,
      lastTransitionTime: time,
    };
    return { ...rs, status: { replicas: 0, conditions: [failure] } };
  };
  const failure = (newSet: ReturnType<typeof failing>, old: ReturnType<typeof failing>[]) =>
    rolloutConditions(
      new Draft(deployment(), newSet, old),
      [condition("x", "True", start, "ReplicaFailure")],
      {},
      start,
    ).find(({ type }) => type === "ReplicaFailure");
  const well = (name: string) => ({ ...replicaSet(name), status: { replicas: 0, conditions: [] } });

  test("is copied from the new one first", () => {
    expect(failure(failing("new", "quota"), [failing("old", "other")])).toEqual({
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreate",
      message: "quota",
      lastUpdateTime: formatTime(start),
      lastTransitionTime: formatTime(start),
    });
  });

  test("else from the first old one that has it", () => {
    expect(failure(well("new"), [well("a"), failing("b", "b"), failing("c", "c")])?.message).toBe("b");
  });

  test("is removed when none has it", () => expect(failure(well("new"), [well("old")])).toBeUndefined());
});
