/** Each rule of the StatefulSet controller. */
import { describe, expect, test } from "vitest";
import { templatePatch } from "../../api/apps/template-patch.ts";
import type {
  ControllerRevision,
  Pod,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
} from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { missingPod } from "./identity.ts";
import { plan } from "./plan.ts";
import { newRevision, planRevision, planTruncation } from "./revisions.ts";

const now = 1_735_689_600_000;
const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});
const revision = (name: string, number: number, image = name): ControllerRevision => ({
  metadata: { name, uid: name },
  revision: number,
  data: templatePatch(template(image)),
});
const [old, fresh] = [revision("web-old", 1), revision("web-new", 2)];

const rolling = (rollingUpdate?: object): Partial<StatefulSetSpec> => ({
  updateStrategy: { type: "RollingUpdate", ...(rollingUpdate ? { rollingUpdate } : {}) },
});
const parallel = { podManagementPolicy: "Parallel" };
const setOf = (spec: Partial<StatefulSetSpec> = {}, status?: StatefulSetStatus): StatefulSet => ({
  metadata: { name: "web", namespace: "d", uid: "s", generation: 4 },
  spec: {
    replicas: 3,
    podManagementPolicy: "OrderedReady",
    selector: { matchLabels: { app: "web" } },
    template: template("web-new"),
    ...rolling({ partition: 0 }),
    ...spec,
  },
  ...(status ? { status } : {}),
});

interface Facts {
  readonly of?: ControllerRevision;
  readonly phase?: string;
  /** Seconds ago; undefined: not ready. */
  readonly ready?: number | undefined;
  readonly deleting?: boolean;
}
function pod(set: StatefulSet, ordinal: number, facts: Facts = {}): Pod {
  const { of = fresh, phase = "Running", deleting } = facts;
  const ready = "ready" in facts ? facts.ready : 60;
  const one = missingPod(set, of, of, ordinal);
  const lastTransitionTime = formatTime(now - (ready ?? 0) * 1000);
  return {
    ...one,
    metadata: {
      ...one.metadata,
      uid: `u${ordinal}`,
      ...(deleting ? { deletionTimestamp: formatTime(now) } : {}),
    },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready === undefined ? "False" : "True", lastTransitionTime }],
    },
  };
}
const unready = { ready: undefined };

/** What is done: `create web-0 web-new`, `delete web-2`. */
function done(set: StatefulSet, pods: readonly Pod[], current = fresh): string[] {
  return plan({ set, pods, current, update: fresh, collisionCount: 0 }, now).actions.map(({ verb, pod: one }) =>
    verb === "create"
      ? `create ${one.metadata?.name} ${one.metadata?.labels?.["controller-revision-hash"]}`
      : `${verb} ${one.metadata?.name}`,
  );
}
/** @param facts of the pods 0, 1, …; undefined: there is none */
const act = (spec: Partial<StatefulSetSpec>, facts: readonly (Facts | undefined)[], current = fresh) => {
  const set = setOf(spec);
  return done(
    set,
    facts.flatMap((one, ordinal) => (one ? [pod(set, ordinal, one)] : [])),
    current,
  );
};

describe("an ordered set", () => {
  test.each<[string, Partial<StatefulSetSpec>, (Facts | undefined)[], string[]]>([
    ["creates the first pod first", {}, [], ["create web-0 web-new"]],
    ["creates the next when those before are up", {}, [{}], ["create web-1 web-new"]],
    ["fills a gap before it goes on", {}, [{}, undefined, {}], ["create web-1 web-new"]],
    ["waits for a pod that is not ready", {}, [unready], []],
    ["waits for a pod that is pending", {}, [{ phase: "Pending", ready: undefined }], []],
    ["waits for a pod that is going", {}, [{ deleting: true }], []],
    ["waits for minReadySeconds", { minReadySeconds: 61 }, [{ ready: 60 }], []],
    ["goes on once they have passed", { minReadySeconds: 60 }, [{ ready: 60 }], ["create web-1 web-new"]],
    ["deletes a failed pod, to make it anew", {}, [{ phase: "Failed" }], ["delete web-0"]],
    ["deletes a pod that has ended well, too", {}, [{ phase: "Succeeded" }], ["delete web-0"]],
    ["waits for a failed pod that is going", {}, [{ phase: "Failed", deleting: true }], []],
    ["shrinks from the highest ordinal down, one at a time", { replicas: 1 }, [{}, {}, {}], ["delete web-2"]],
    ["waits for the one that is going", { replicas: 1 }, [{}, {}, { deleting: true }], []],
    ["does not shrink while a pod that stays is not up", { replicas: 1 }, [unready, {}, {}], []],
    [
      "shrinks by the pod that is not up when it is the first such",
      { replicas: 1 },
      [{}, {}, unready],
      ["delete web-2"],
    ],
    ["waits when another, lower one is not up either", { replicas: 1 }, [{}, unready, unready], []],
    ["has pods from its first ordinal on", { ordinals: { start: 5 } }, [], ["create web-5 web-new"]],
    ["has none below it", { ordinals: { start: 1 }, replicas: 2 }, [{}, {}, {}], ["delete web-0"]],
  ])("%s", (_, spec, facts, expected) => {
    expect(act(spec, facts)).toEqual(expected);
  });
});

describe("a parallel set", () => {
  test.each<[string, Partial<StatefulSetSpec>, (Facts | undefined)[], string[]]>([
    ["creates all at once", {}, [], ["create web-0 web-new", "create web-1 web-new", "create web-2 web-new"]],
    ["does not wait for pods that are not up", {}, [unready, undefined, { deleting: true }], ["create web-1 web-new"]],
    ["shrinks at once", { replicas: 1 }, [unready, unready, {}], ["delete web-2", "delete web-1"]],
    ["leaves those that are going", { replicas: 1 }, [{}, { deleting: true }, {}], ["delete web-2"]],
    ["deletes failed pods", {}, [{ phase: "Failed" }, {}, { phase: "Failed" }], ["delete web-0", "delete web-2"]],
  ])("%s", (_, spec, facts, expected) => {
    expect(act({ ...parallel, ...spec }, facts)).toEqual(expected);
  });
});

describe("an update", () => {
  const was = { of: old };
  const settled = { of: old, ready: 99 };
  test.each<[string, Partial<StatefulSetSpec>, (Facts | undefined)[], string[]]>([
    ["takes the highest ordinal first", {}, [was, was, was], ["delete web-2"]],
    ["goes on downwards when that is up", {}, [was, was, {}], ["delete web-1"]],
    ["waits for the one that is new", {}, [was, was, unready], []],
    ["waits for the one that is going", {}, [was, was, { ...was, deleting: true }], []],
    ["waits for minReadySeconds of the new one", { minReadySeconds: 61 }, [settled, settled, { ready: 60 }], []],
    ["goes on after them", { minReadySeconds: 61 }, [settled, settled, { ready: 61 }], ["delete web-1"]],
    ["is stopped by any pod that is not up, since sets heal first", {}, [was, { ...was, ready: undefined }, was], []],
    ["leaves ordinals below the partition", rolling({ partition: 2 }), [was, was, was], ["delete web-2"]],
    ["is over when only those are left", rolling({ partition: 2 }), [was, was, {}], []],
    ["does nothing with a partition beyond the last", rolling({ partition: 9 }), [was, was, was], []],
    [
      "counts the partition from the first ordinal",
      { ordinals: { start: 1 }, ...rolling({ partition: 2 }) },
      [undefined, was, was, was],
      ["delete web-3"],
    ],
    ["without parameters takes all", rolling(), [was, was, {}], ["delete web-1"]],
    ["is left to others with OnDelete", { updateStrategy: { type: "OnDelete" } }, [was, was, was], []],
    ["comes after shrinking", { replicas: 2 }, [was, was, was], ["delete web-2"]],
  ])("%s", (_, spec, facts, expected) => {
    expect(act(spec, facts, old)).toEqual(expected);
  });

  test.each<[string, number | string, (Facts | undefined)[], string[]]>([
    ["takes as many as may be unavailable, highest first", 2, [was, was, was, was], ["delete web-3", "delete web-2"]],
    ["counts those that are not up already", 2, [was, was, was, unready], ["delete web-2"]],
    ["counts those below the partition too", 2, [{ ...was, ready: undefined }, was, was, was], ["delete web-3"]],
    ["takes none when they are as many", 1, [was, was, was, unready], []],
    ["takes none when they are more", 1, [was, was, unready, unready], []],
    ["rounds a share down", "60%", [was, was, was, was], ["delete web-3", "delete web-2"]],
    ["takes at least one", "10%", [was, was, was, was], ["delete web-3"]],
  ])("of a parallel set with maxUnavailable %s: %s", (_, maxUnavailable, facts, expected) => {
    const spec = { ...parallel, replicas: 4, ...rolling({ partition: 1, maxUnavailable }) };
    expect(act(spec, facts, old)).toEqual(expected);
  });
});

describe("a pod that is missing is made of", () => {
  test.each<[string, Partial<StatefulSetSpec>, StatefulSetStatus | undefined, string[]]>([
    ["the new revision", {}, undefined, ["web-new", "web-new"]],
    ["the old one below the partition", rolling({ partition: 1 }), undefined, ["web-old", "web-new"]],
    [
      "the old one as often as there are current ones, without parameters",
      rolling(),
      { replicas: 2, currentReplicas: 1 },
      ["web-old", "web-new"],
    ],
    [
      "the new one with OnDelete",
      { updateStrategy: { type: "OnDelete" } },
      { replicas: 2, currentReplicas: 2 },
      ["web-new", "web-new"],
    ],
  ])("%s", (_, spec, status, expected) => {
    const set = setOf({ ...parallel, replicas: 2, ...spec }, status);
    expect(done(set, [], old)).toEqual(expected.map((name, i) => `create web-${i} ${name}`));
  });
});

describe("a pod of the set", () => {
  const claims = {
    volumeClaimTemplates: [{ metadata: { name: "data", labels: { a: "b" } }, spec: {} }],
    template: {
      ...template("web-new"),
      metadata: { labels: { app: "web" }, annotations: { c: "d" }, finalizers: ["e/f"] },
      spec: {
        containers: [{ name: "web", image: "web-new" }],
        volumes: [{ name: "data" }, { name: "tmp", emptyDir: {} }],
      },
    },
  };

  test("has its name, host name, service, labels, owner and claims", () => {
    const set = setOf({ ...claims, serviceName: "db" });
    const made = revision("web-new", 2);
    const one = missingPod(set, made, { ...made, data: templatePatch(claims.template) }, 1);
    expect(one.metadata).toMatchObject({
      name: "web-1",
      namespace: "d",
      labels: {
        app: "web",
        "statefulset.kubernetes.io/pod-name": "web-1",
        "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": "web-new",
      },
      annotations: { c: "d" },
      finalizers: ["e/f"],
      ownerReferences: [{ kind: "StatefulSet", name: "web", uid: "s", controller: true, blockOwnerDeletion: true }],
    });
    expect(one.spec).toMatchObject({
      hostname: "web-1",
      subdomain: "db",
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName: "data-web-1" } },
        { name: "tmp", emptyDir: {} },
      ],
    });
  });

  test("that has lost the label of its name gets it back", () => {
    const set = setOf({ replicas: 1 });
    const right = pod(set, 0);
    const { "statefulset.kubernetes.io/pod-name": _, ...labels } = right.metadata?.labels ?? {};
    const lost = { ...right, metadata: { ...right.metadata, labels } };
    const [action] = plan({ set, pods: [lost], current: fresh, update: fresh, collisionCount: 0 }, now).actions;
    expect(action?.verb).toBe("update");
    expect(action?.pod.metadata?.labels).toEqual(right.metadata?.labels);
  });

  test.each<[string, object[]]>([
    ["has no volume of its claim", []],
    ["has another's claim under the name", [{ name: "data", persistentVolumeClaim: { claimName: "data-web-9" } }]],
    ["has its claim under another name", [{ name: "else", persistentVolumeClaim: { claimName: "data-web-0" } }]],
  ])("that %s gets it", (_, volumes) => {
    const set = setOf({ replicas: 1, volumeClaimTemplates: claims.volumeClaimTemplates });
    const one = pod(set, 0);
    const wrong = { ...one, spec: { containers: [], ...one.spec, volumes } } as Pod;
    const [action] = plan({ set, pods: [wrong], current: fresh, update: fresh, collisionCount: 0 }, now).actions;
    expect(action?.verb).toBe("update");
    expect(action?.pod.spec?.volumes?.[0]).toEqual({
      name: "data",
      persistentVolumeClaim: { claimName: "data-web-0" },
    });
  });

  test("without an ordinal is nobody's business", () => {
    const set = setOf({ replicas: 0 });
    const stray = { ...pod(set, 0), metadata: { ...pod(set, 0).metadata, name: "web-99999999999" } };
    expect(done(set, [stray])).toEqual([]);
  });
});

describe("the status", () => {
  const statusOf = (set: StatefulSet, pods: readonly Pod[], current = old, collisionCount = 0) =>
    plan({ set, pods, current, update: fresh, collisionCount }, now).status;

  test("counts pods, those that run and are ready, and those that are available", () => {
    const set = setOf({ minReadySeconds: 30 });
    const pods = [
      pod(set, 0, { ready: 60 }),
      pod(set, 1, { ready: 10 }),
      pod(set, 2, { phase: "Pending", ready: undefined, of: old }),
      pod(set, 3, { deleting: true }),
    ];
    expect(statusOf(set, pods, old, 3)).toEqual({
      observedGeneration: 4,
      replicas: 4,
      readyReplicas: 3,
      availableReplicas: 2,
      currentReplicas: 1,
      updatedReplicas: 2,
      currentRevision: "web-old",
      updateRevision: "web-new",
      collisionCount: 3,
    });
  });

  const complete = (spec: Partial<StatefulSetSpec>, ...facts: Facts[]) => {
    const set = setOf({ replicas: 2, ...spec });
    return statusOf(
      set,
      facts.map((one, i) => pod(set, i, one)),
    );
  };
  test.each<[string, Partial<StatefulSetSpec>, Facts[], string]>([
    ["when all pods are new and ready the new revision is the current one", {}, [{}, {}], "web-new"],
    ["not while one is old", {}, [{ of: old }, {}], "web-old"],
    ["not while one is not ready", {}, [{}, unready], "web-old"],
    ["not while one too many is there", {}, [{}, {}, {}], "web-old"],
    ["not with OnDelete", { updateStrategy: { type: "OnDelete" } }, [{}, {}], "web-old"],
    ["with parameters or without", rolling(), [{}, {}], "web-new"],
  ])("%s", (_, spec, facts, expected) => {
    expect(complete(spec, ...facts)?.currentRevision).toBe(expected);
  });

  test("counts a pod that was deleted for the update as no longer current", () => {
    const set = setOf({ replicas: 2 });
    const pods = [pod(set, 0, { of: old }), pod(set, 1, { of: old })];
    expect(statusOf(set, pods)).toMatchObject({ replicas: 2, currentReplicas: 1, updatedReplicas: 0 });
  });

  test("is not written when it is right", () => {
    const set = setOf({ replicas: 1 });
    const pods = [pod(set, 0)];
    const right = statusOf(set, pods, fresh);
    expect(right).toBeDefined();
    expect(statusOf({ ...set, status: right as StatefulSetStatus }, pods, fresh)).toBeUndefined();
  });

  test("is all that is done for a set that is being deleted", () => {
    const set = setOf();
    const dying = { ...set, metadata: { ...set.metadata, deletionTimestamp: formatTime(now) } };
    const { actions, status } = plan(
      { set: dying, pods: [pod(set, 7)], current: fresh, update: fresh, collisionCount: 0 },
      now,
    );
    expect([actions, status?.replicas]).toEqual([[], 1]);
  });

  test("is looked at again when the next pod becomes available", () => {
    const set = setOf({ minReadySeconds: 30, replicas: 2 });
    const pods = [pod(set, 0, { ready: 10 }), pod(set, 1, { ready: 25 })];
    expect(plan({ set, pods, current: fresh, update: fresh, collisionCount: 0 }, now).requeueAfter).toBe(5000);
  });
});

describe("the history", () => {
  const set = setOf({ template: template("b") });
  const [a, b, c] = [revision("a", 1), revision("b", 2), revision("c", 3)];

  test("begins with 1, and counts on", () => {
    expect(planRevision(set, [])).toEqual({ step: "create", number: 1 });
    expect(planRevision(set, [c, a])).toEqual({ step: "create", number: 4 });
  });

  test("keeps the newest when it is of the present template", () => {
    expect(planRevision(set, [b, a])).toEqual({ step: "keep", revision: b });
  });

  test("gives an older one the next number", () => {
    expect(planRevision(set, [a, b, c])).toEqual({ step: "renumber", revision: b, number: 4 });
  });

  test("notes labels of the template, annotations of the set, and the hash", () => {
    const annotated = { ...set, metadata: { ...set.metadata, annotations: { why: "x" } } };
    const made = newRevision(annotated, 5, 0);
    const hash = made.metadata?.labels?.["controller.kubernetes.io/hash"];
    expect(made).toMatchObject({
      metadata: { name: `web-${hash}`, namespace: "d", labels: { app: "web" }, annotations: { why: "x" } },
      revision: 5,
    });
    expect(newRevision(set, 5, 1).metadata?.name).not.toBe(made.metadata?.name);
  });

  test.each<[number, string[]]>([
    [0, ["a", "b", "c"]],
    [2, ["a"]],
    [3, []],
    [-1, []],
  ])("with a limit of %i loses %o, oldest first", (revisionHistoryLimit, gone) => {
    const limited = setOf({ revisionHistoryLimit });
    const names = planTruncation(limited, [c, a, b, old, fresh], [], [old, fresh]).map(
      ({ metadata }) => metadata?.name,
    );
    expect(names).toEqual(gone);
  });

  test("keeps what pods are of, beyond the limit", () => {
    const limited = setOf({ revisionHistoryLimit: 0 });
    expect(planTruncation(limited, [a, b], [pod(limited, 0, { of: a })], [fresh])).toEqual([b]);
  });
});
