/** Each rule of the DaemonSet controller. */
import { describe, expect, test } from "vitest";
import { templatePatch } from "../../api/apps/template-patch.ts";
import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetSpec,
  Node,
  Pod,
  PodSpec,
  Taint,
} from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { Backoff } from "./backoff.ts";
import { fits, isUpdated, podFor } from "./node-pods.ts";
import { type DaemonSetSnapshot, plan, planStatus } from "./plan.ts";
import { historyOf, newRevision, planCleanup } from "./revisions.ts";

const now = 1_735_689_600_000;
const template = (image: string) => ({
  metadata: { labels: { app: "logs" } },
  spec: { containers: [{ name: "logs", image }] },
});
const rolling = (rollingUpdate: object): Partial<DaemonSetSpec> => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate },
});
const setOf = (spec: Partial<DaemonSetSpec> = {}, metadata: object = {}): DaemonSet => ({
  metadata: { name: "logs", namespace: "d", uid: "s", generation: 2, ...metadata },
  spec: {
    selector: { matchLabels: { app: "logs" } },
    template: template("app:1"),
    ...rolling({ maxUnavailable: 1, maxSurge: 0 }),
    ...spec,
  },
});
const node = (name: string, taints: Taint[] = [], labels: Record<string, string> = {}): Node => ({
  metadata: { name, labels },
  spec: { taints },
});
const taint = (effect: string, key = "x"): Taint => ({ key, effect });
const [a, b, c] = [node("a"), node("b"), node("c")];

interface Facts {
  readonly name?: string;
  readonly hash?: string;
  readonly phase?: string;
  /** Seconds ago; undefined: not ready. */
  readonly ready?: number | undefined;
  readonly deleting?: boolean;
  /** Not yet bound to its node. */
  readonly waiting?: boolean;
  /** Seconds ago. */
  readonly created?: number;
}
function pod(set: DaemonSet, on: string, facts: Facts = {}): Pod {
  const { name = `${on}-pod`, hash = "new", phase = "Running", deleting, waiting, created = 100 } = facts;
  const ready = "ready" in facts ? facts.ready : 60;
  const one = podFor(set, on, hash);
  const lastTransitionTime = formatTime(now - (ready ?? 0) * 1000);
  return {
    ...one,
    metadata: {
      ...one.metadata,
      name,
      uid: name,
      creationTimestamp: formatTime(now - created * 1000),
      ...(deleting ? { deletionTimestamp: formatTime(now) } : {}),
    },
    spec: { ...(one.spec as PodSpec), ...(waiting ? {} : { nodeName: on }) },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready === undefined ? "False" : "True", lastTransitionTime }],
    },
  };
}
const unready = { ready: undefined };

type Pods = readonly (readonly [string, Facts])[];
function snapshot(spec: Partial<DaemonSetSpec>, nodes: readonly Node[], pods: Pods, wait?: number): DaemonSetSnapshot {
  const set = setOf(spec);
  return { set, nodes, pods: pods.map(([on, facts]) => pod(set, on, facts)), hash: "new", backoff: () => wait };
}
/** `+a` for a node that gets a pod, `-name` for a pod that goes. */
const changes = (spec: Partial<DaemonSetSpec>, nodes: readonly Node[], pods: Pods, wait?: number): string[] => {
  const { create, delete: doomed } = plan(snapshot(spec, nodes, pods, wait), now);
  return [...create.map((name) => `+${name}`), ...doomed.map(({ metadata }) => `-${metadata?.name}`)];
};

describe("on a node", () => {
  test.each<[string, Node[], Pods, string[]]>([
    ["that wants a pod and has none, one is created", [a, b], [["a", {}]], ["+b"]],
    ["that has one, nothing is done", [a], [["a", {}]], []],
    ["whose pod is going, none is created yet", [a], [["a", { deleting: true }]], []],
    ["whose pod has ended and is going, one is created", [a], [["a", { phase: "Failed", deleting: true }]], ["+a"]],
    [
      "that wants none, all go",
      [node("a", [taint("NoExecute")])],
      [
        ["a", {}],
        ["a", { name: "x" }],
      ],
      ["-a-pod", "-x"],
    ],
    [
      "that wants none, those that are going are left",
      [node("a", [taint("NoExecute")])],
      [["a", { deleting: true }]],
      [],
    ],
    ["that takes no new ones, one that is there stays", [node("a", [taint("NoSchedule")])], [["a", {}]], []],
    ["that takes no new ones, none is created", [node("a", [taint("NoSchedule")])], [], []],
    ["a failed pod goes", [a], [["a", { phase: "Failed" }]], ["-a-pod"]],
    ["a pod that has ended well goes", [a], [["a", { phase: "Succeeded" }]], ["-a-pod"]],
    [
      "of several pods the oldest stays",
      [a],
      [
        ["a", { name: "x", created: 5 }],
        ["a", { name: "y", created: 9 }],
      ],
      ["-x"],
    ],
    [
      "a bound pod stays before an older one that waits",
      [a],
      [
        ["a", { name: "x", created: 5 }],
        ["a", { name: "y", created: 9, waiting: true }],
      ],
      ["-y"],
    ],
    [
      "that is gone, a pod that waits for it goes",
      [a],
      [
        ["a", {}],
        ["gone", { name: "x", waiting: true }],
      ],
      ["-x"],
    ],
    [
      "that is gone, a pod that was on it is left to others",
      [a],
      [
        ["a", {}],
        ["gone", { name: "x" }],
      ],
      [],
    ],
  ])("%s", (_, nodes, pods, expected) => {
    expect(changes({}, nodes, pods)).toEqual(expected);
  });

  test("that refuses its pods, the next try waits", () => {
    const snap = snapshot({}, [a], [["a", { phase: "Failed" }]], 4000);
    expect(plan(snap, now)).toMatchObject({ create: [], delete: [], failed: [], events: [], requeueAfter: 4000 });
  });

  test("a failed and a succeeded pod are told of", () => {
    const failed = plan(snapshot({}, [a], [["a", { phase: "Failed" }]]), now);
    expect(failed).toMatchObject({
      failed: ["a"],
      events: [
        {
          type: "Warning",
          reason: "FailedDaemonPod",
          message: "Found failed daemon pod d/a-pod on node a, will try to kill it",
        },
      ],
    });
    const succeeded = plan(snapshot({}, [a], [["a", { phase: "Succeeded" }]]), now);
    expect(succeeded.events).toEqual([
      {
        type: "Normal",
        reason: "SucceededDaemonPod",
        message: "Found succeeded daemon pod d/a-pod on node a, will try to delete it",
      },
    ]);
    expect(succeeded.failed).toEqual([]);
  });
});

describe("an update that replaces", () => {
  const was = { hash: "old" };
  test.each<[string, number | string, Pods, string[]]>([
    [
      "takes one",
      1,
      [
        ["a", was],
        ["b", was],
        ["c", was],
      ],
      ["-a-pod"],
    ],
    [
      "takes as many as may be unavailable",
      2,
      [
        ["a", was],
        ["b", was],
        ["c", was],
      ],
      ["-a-pod", "-b-pod"],
    ],
    [
      "rounds a share up",
      "34%",
      [
        ["a", was],
        ["b", was],
        ["c", was],
      ],
      ["-a-pod", "-b-pod"],
    ],
    [
      "takes at least one",
      0,
      [
        ["a", was],
        ["b", was],
        ["c", was],
      ],
      ["-a-pod"],
    ],
    [
      "counts a new pod that is not available",
      1,
      [
        ["a", unready],
        ["b", was],
        ["c", was],
      ],
      [],
    ],
    [
      "counts a node whose pod is going",
      1,
      [
        ["a", { deleting: true }],
        ["b", was],
        ["c", was],
      ],
      [],
    ],
    [
      "takes old pods that are unavailable anyway, however many",
      1,
      [
        ["a", { ...was, ...unready }],
        ["b", { ...was, ...unready }],
        ["c", was],
      ],
      ["-a-pod", "-b-pod"],
    ],
    [
      "and takes no others beside them",
      2,
      [
        ["a", { ...was, ...unready }],
        ["b", unready],
        ["c", was],
      ],
      ["-a-pod"],
    ],
  ])("%s: maxUnavailable %s", (_, maxUnavailable, pods, expected) => {
    expect(changes(rolling({ maxUnavailable, maxSurge: 0 }), [a, b, c], pods)).toEqual(expected);
  });

  test("waits for minReadySeconds of the new one", () => {
    const spec = { minReadySeconds: 61, ...rolling({ maxUnavailable: 1, maxSurge: 0 }) };
    const pods: Pods = [
      ["a", { ready: 60 }],
      ["b", { hash: "old", ready: 99 }],
    ];
    expect(changes(spec, [a, b], pods)).toEqual([]);
    expect(changes({ ...spec, minReadySeconds: 60 }, [a, b], pods)).toEqual(["-b-pod"]);
  });

  test("comes after nodes have their pods", () => {
    expect(changes({}, [a, b], [["a", was]])).toEqual(["+b"]);
  });

  test("is left to others with OnDelete", () => {
    expect(
      changes(
        { updateStrategy: { type: "OnDelete" } },
        [a, b],
        [
          ["a", was],
          ["b", was],
        ],
      ),
    ).toEqual([]);
  });
});

describe("an update that surges", () => {
  const was = { name: "was", hash: "old" };
  const surge = (maxSurge: number | string, more: object = {}) => ({
    ...rolling({ maxSurge, maxUnavailable: 0 }),
    ...more,
  });
  test.each<[string, number | string, Pods, string[]]>([
    [
      "creates one beside an old one",
      1,
      [
        ["a", was],
        ["b", { hash: "old" }],
        ["c", {}],
      ],
      ["+a"],
    ],
    [
      "creates as many as it may",
      2,
      [
        ["a", was],
        ["b", { hash: "old" }],
        ["c", {}],
      ],
      ["+a", "+b"],
    ],
    [
      "rounds a share up",
      "34%",
      [
        ["a", was],
        ["b", { hash: "old" }],
        ["c", {}],
      ],
      ["+a", "+b"],
    ],
    [
      "counts those that are not available yet",
      1,
      [
        ["a", was],
        ["a", unready],
        ["b", { hash: "old" }],
        ["c", {}],
      ],
      [],
    ],
    [
      "removes the old one when the new one is available",
      1,
      [
        ["a", was],
        ["a", {}],
        ["b", {}],
        ["c", {}],
      ],
      ["-was"],
    ],
    [
      "removes an old one that is not ready at once",
      1,
      [
        ["a", { ...was, ...unready }],
        ["a", unready],
        ["b", {}],
        ["c", {}],
      ],
      ["-was"],
    ],
    [
      "replaces old ones that are unavailable, however many",
      1,
      [
        ["a", { ...was, ...unready }],
        ["b", { hash: "old", ...unready }],
        ["c", {}],
      ],
      ["+a", "+b"],
    ],
    [
      "keeps of each kind the oldest",
      1,
      [
        ["a", was],
        ["a", { name: "x", ...unready, created: 9 }],
        ["a", { name: "y", ...unready, created: 5 }],
        ["b", {}],
        ["c", {}],
      ],
      ["-y"],
    ],
    [
      "creates on a node whose pod is going",
      1,
      [
        ["a", { deleting: true }],
        ["b", {}],
        ["c", {}],
      ],
      ["+a"],
    ],
  ])("%s: maxSurge %s", (_, maxSurge, pods, expected) => {
    expect(changes(surge(maxSurge), [a, b, c], pods)).toEqual(expected);
  });

  test("waits for minReadySeconds of the new one", () => {
    const pods: Pods = [
      ["a", { ...was, ready: 99 }],
      ["a", { ready: 60 }],
    ];
    expect(changes(surge(1, { minReadySeconds: 61 }), [a], pods)).toEqual([]);
    expect(changes(surge(1, { minReadySeconds: 60 }), [a], pods)).toEqual(["-was"]);
  });

  test("takes an old pod from a node that should have none only when another is available in its place", () => {
    const left = node("a", [taint("NoSchedule")]);
    expect(
      changes(
        surge(1),
        [left, b],
        [
          ["a", was],
          ["b", unready],
        ],
      ),
    ).toEqual([]);
    expect(
      changes(
        surge(1),
        [left, b],
        [
          ["a", was],
          ["b", {}],
        ],
      ),
    ).toEqual(["-was"]);
    expect(
      changes(
        surge(1),
        [left, b],
        [
          ["a", { ...was, ...unready }],
          ["b", unready],
        ],
      ),
    ).toEqual(["-was"]);
  });
});

describe("a node is for a pod", () => {
  const with_ = (spec: Partial<PodSpec>) =>
    setOf({ template: { ...template("i"), spec: { containers: [], ...spec } } });
  const affinity = (values: string[]) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values }] }],
      },
    },
  });
  test.each<[string, Partial<PodSpec>, Node, boolean, boolean]>([
    ["of any kind", {}, a, true, true],
    ["with its selector", { nodeSelector: { disk: "ssd" } }, node("a", [], { disk: "ssd" }), true, true],
    ["not without", { nodeSelector: { disk: "ssd" } }, a, false, false],
    ["with its affinity", { affinity: affinity(["z"]) }, node("a", [], { zone: "z" }), true, true],
    ["not without", { affinity: affinity(["z"]) }, node("a", [], { zone: "y" }), false, false],
    ["that is named", { nodeName: "a" }, a, true, true],
    ["not when another is named", { nodeName: "b" }, a, false, false],
    ["not with a NoSchedule taint, where a pod may stay", {}, node("a", [taint("NoSchedule")]), false, true],
    ["not with a NoExecute taint, where none may stay", {}, node("a", [taint("NoExecute")]), false, false],
    ["with a taint that only asks", {}, node("a", [taint("PreferNoSchedule")]), true, true],
    [
      "with a taint that it tolerates",
      { tolerations: [{ key: "x", operator: "Exists" }] },
      node("a", [taint("NoExecute")]),
      true,
      true,
    ],
    ...[
      "not-ready:NoExecute",
      "unreachable:NoExecute",
      "disk-pressure:NoSchedule",
      "memory-pressure:NoSchedule",
      "pid-pressure:NoSchedule",
      "unschedulable:NoSchedule",
    ].map((text): [string, Partial<PodSpec>, Node, boolean, boolean] => {
      const [key, effect = ""] = text.split(":");
      return [`that is ${text}`, {}, node("a", [taint(effect, `node.kubernetes.io/${key}`)]), true, true];
    }),
    [
      "not without a network",
      {},
      node("a", [taint("NoSchedule", "node.kubernetes.io/network-unavailable")]),
      false,
      true,
    ],
    [
      "without a network when it uses the node's",
      { hostNetwork: true },
      node("a", [taint("NoSchedule", "node.kubernetes.io/network-unavailable")]),
      true,
      true,
    ],
  ])("%s", (_, spec, one, run, stay) => {
    expect(fits(with_(spec), one)).toEqual({ run, stay });
  });
});

describe("a pod", () => {
  const generation = { annotations: { "deprecated.daemonset.template.generation": "7" } };

  test("is bound to its node by an affinity that replaces what the template requires", () => {
    const preferred = [{ weight: 1, preference: { matchExpressions: [] } }];
    const nodeAffinity = {
      preferredDuringSchedulingIgnoredDuringExecution: preferred,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [] }] },
    };
    const set = setOf(
      { template: { ...template("i"), spec: { containers: [], affinity: { nodeAffinity } } } },
      generation,
    );
    const one = podFor(set, "a", "abc");
    expect(one.metadata).toMatchObject({
      generateName: "logs-",
      namespace: "d",
      labels: { app: "logs", "controller-revision-hash": "abc", "pod-template-generation": "7" },
      ownerReferences: [{ kind: "DaemonSet", name: "logs", uid: "s", controller: true, blockOwnerDeletion: true }],
    });
    expect(one.spec?.affinity?.nodeAffinity).toEqual({
      preferredDuringSchedulingIgnoredDuringExecution: preferred,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
      },
    });
  });

  test("is of the present template by its hash or by the template's generation", () => {
    const set = setOf({}, generation);
    const labelled = (labels: Record<string, string>) => isUpdated(set, { metadata: { labels } }, "abc");
    expect(labelled({ "controller-revision-hash": "abc" })).toBe(true);
    expect(labelled({ "controller-revision-hash": "x", "pod-template-generation": "7" })).toBe(true);
    expect(labelled({ "controller-revision-hash": "x", "pod-template-generation": "6" })).toBe(false);
    expect(isUpdated(setOf(), { metadata: { labels: {} } }, "abc")).toBe(false);
  });
});

describe("the status", () => {
  test("counts nodes", () => {
    const nodes = [a, b, c, node("d"), node("e", [taint("NoExecute")]), node("f", [taint("NoSchedule")])];
    const pods: Pods = [
      ["a", { ready: 60 }],
      ["b", { ready: 10 }],
      ["c", { ...unready, hash: "old" }],
      ["e", {}],
      ["f", {}],
    ];
    expect(planStatus(snapshot({ minReadySeconds: 30 }, nodes, pods), true, now)).toEqual({
      desiredNumberScheduled: 4,
      currentNumberScheduled: 3,
      numberMisscheduled: 2,
      numberReady: 2,
      numberAvailable: 1,
      updatedNumberScheduled: 2,
      numberUnavailable: 3,
      observedGeneration: 2,
    });
  });

  test("looks at the oldest pod of a node", () => {
    const pods: Pods = [
      ["a", { name: "x", hash: "old", created: 9 }],
      ["a", { name: "y", created: 5 }],
    ];
    expect(planStatus(snapshot({}, [a], pods), true, now)?.updatedNumberScheduled).toBe(0);
  });

  test("has seen no new generation while earlier work is not", () => {
    const snap = snapshot({}, [a], [["a", {}]]);
    expect(planStatus(snap, false, now)).not.toHaveProperty("observedGeneration");
    const seen = { ...snap, set: { ...snap.set, status: planStatus(snap, true, now) } as DaemonSet };
    expect(planStatus(seen, true, now)).toBeUndefined();
  });

  test("is looked at again when the next pod becomes available", () => {
    const snap = snapshot(
      { minReadySeconds: 30 },
      [a, b],
      [
        ["a", { ready: 10 }],
        ["b", { ready: 25 }],
      ],
    );
    expect(plan(snap, now).requeueAfter).toBe(5000);
  });
});

describe("the history", () => {
  const revision = (name: string, number: number, image: string): ControllerRevision => ({
    metadata: { name, labels: { "controller-revision-hash": name } },
    revision: number,
    data: templatePatch(template(image)),
  });
  const names = (all: readonly ControllerRevision[]) => all.map(({ metadata }) => metadata?.name);
  const set = setOf({ template: template("b") });
  const [one, two, three] = [revision("one", 1, "a"), revision("two", 2, "b"), revision("three", 3, "c")];

  test("knows the present revision, the old ones, and the number that the present one needs", () => {
    const { current, old, duplicates, number } = historyOf(set, [three, two, one]);
    expect([current?.metadata?.name, names(old), names(duplicates), number]).toEqual(["two", ["one", "three"], [], 4]);
  });

  test("of several with the present template the newest counts", () => {
    const again = revision("again", 5, "b");
    const { current, duplicates, number } = historyOf(set, [again, two, one]);
    expect([current?.metadata?.name, names(duplicates), number]).toEqual(["again", ["two"], 2]);
  });

  test("begins with 1", () => expect(historyOf(set, []).number).toBe(1));

  test("notes labels of the template with the hash, and annotations of the set", () => {
    const made = newRevision(setOf({}, { annotations: { why: "x" } }), 3);
    const hash = made.metadata?.labels?.["controller-revision-hash"];
    expect(made).toMatchObject({
      metadata: { name: `logs-${hash}`, namespace: "d", labels: { app: "logs" }, annotations: { why: "x" } },
      revision: 3,
    });
    const collided = { ...setOf(), status: { collisionCount: 1 } as DaemonSet["status"] & object };
    expect(newRevision(collided, 3).metadata?.name).not.toBe(made.metadata?.name);
  });

  test.each<[number, string[]]>([
    [0, ["one", "two", "three"]],
    [1, ["one", "two"]],
    [3, []],
  ])("with a limit of %i loses %o, oldest first", (revisionHistoryLimit, gone) => {
    expect(names(planCleanup(setOf({ revisionHistoryLimit }), [three, one, two], []))).toEqual(gone);
  });

  test("passes over what pods are of, ended ones included, and takes the next", () => {
    const limited = setOf({ revisionHistoryLimit: 1 });
    const pods = [pod(limited, "a", { hash: "one", phase: "Failed", deleting: true })];
    expect(names(planCleanup(limited, [one, two, three], pods))).toEqual(["two", "three"]);
  });
});

describe("the wait after a failed pod", () => {
  test("begins with a second, doubles, ends at a quarter of an hour", () => {
    const backoff = new Backoff();
    const waits: (number | undefined)[] = [];
    for (let i = 0, at = 0; i < 12; i++) {
      backoff.next("s/1/a", at);
      waits.push(backoff.remaining("s/1/a", at));
      at += waits.at(-1) ?? 0;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].map((s) => s * 1000));
  });

  test("is short again after half an hour of peace, and over when the set is gone", () => {
    const backoff = new Backoff();
    for (let i = 0; i < 5; i++) backoff.next("s/1/a", 0);
    backoff.next("s/1/a", 1_800_001);
    expect(backoff.remaining("s/1/a", 1_800_001)).toBe(1000);
    backoff.forget("s");
    expect(backoff.remaining("s/1/a", 1_800_001)).toBeUndefined();
  });
});
