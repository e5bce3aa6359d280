import { describe, expect, test } from "vitest";
import type {
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  ReplicaSet,
  ReplicaSetSpec,
  ReplicaSetStatus,
} from "../generated/types.ts";
import { lines } from "../test-lines.ts";
import { deploymentKind } from "./deployment.ts";
import { replicaSetKind } from "./replicaset.ts";

const context = { now: 0, user: "test" };
const labels = { app: "web" };
const plain: DeploymentSpec = {
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
};

function stored(spec: Partial<DeploymentSpec> = {}): Deployment {
  const deployment: Deployment = {
    metadata: { name: "web", namespace: "d" },
    spec: { ...structuredClone(plain), ...spec },
  };
  deploymentKind.applyDefaults(deployment);
  deploymentKind.prepareCreate(deployment, context);
  return deployment;
}
const specOf = (deployment: Deployment) => deployment.spec as DeploymentSpec;
const template = (part: object) => ({
  ...plain.template,
  spec: { containers: [{ name: "web", image: "web:1" }], ...part },
});

test("defaults", () => {
  expect(stored()).toMatchObject({
    metadata: { generation: 1 },
    spec: {
      replicas: 1,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: { spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 30, securityContext: {} } },
    },
    status: {},
  });
  expect(specOf(stored()).template.spec).not.toHaveProperty("enableServiceLinks");
  expect(specOf(stored({ strategy: { type: "Recreate" } })).strategy).toEqual({ type: "Recreate" });
  expect(specOf(stored({ strategy: { rollingUpdate: { maxSurge: 1 } } })).strategy?.rollingUpdate).toEqual({
    maxSurge: 1,
    maxUnavailable: "25%",
  });
});

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { rollingUpdate: { maxSurge, maxUnavailable } },
});

test("a Deployment of nothing", () => {
  const deployment: Deployment = { metadata: { name: "web" } };
  deploymentKind.applyDefaults(deployment);
  expect(lines(deploymentKind.validate(deployment))).toEqual([
    "spec.selector: Required value",
    "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
    "spec.template.spec.containers: Required value",
  ]);
});

test.each<[string, Partial<DeploymentSpec>, string[]]>([
  ["as it should be", {}, []],
  [
    "without a selector",
    { selector: undefined },
    [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    "of an unknown strategy",
    { strategy: { type: "Magic" } },
    [
      'spec.strategy: Unsupported value: {"Type":"Magic","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
  ],
  [
    "with an empty selector",
    { selector: {} },
    ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
  ],
  [
    "whose selector does not match",
    { selector: { matchLabels: { app: "api" } } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    "with pods that end",
    { template: template({ restartPolicy: "Never" }) },
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    "with a deadline on pods",
    { template: template({ activeDeadlineSeconds: 5 }) },
    ["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"],
  ],
  [
    "with a rolling update that recreates",
    { strategy: { type: "Recreate", rollingUpdate: {} } },
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    "that cannot move",
    rolling(0, "0%"),
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
  ],
  [
    "with more than all unavailable",
    rolling(0, "101%"),
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  ["that surges beyond all", rolling("200%", 0), []],
  [
    "with half a percentage",
    rolling("25", 0),
    [
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"25\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  ],
  [
    "with a deadline before readiness",
    { minReadySeconds: 10, progressDeadlineSeconds: 10 },
    ["spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds"],
  ],
  ["that keeps no history", { revisionHistoryLimit: 0 }, []],
  [
    "with neither deadline nor limit",
    { progressDeadlineSeconds: 2_147_483_647, revisionHistoryLimit: 2_147_483_647 },
    [],
  ],
  [
    "with negatives",
    { replicas: -1, minReadySeconds: -3, revisionHistoryLimit: -1, progressDeadlineSeconds: -2 },
    [
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
      "spec.minReadySeconds: Invalid value: -3: must be greater than or equal to 0",
      "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
      "spec.progressDeadlineSeconds: Invalid value: -2: must be greater than or equal to 0",
    ],
  ],
  [
    "with negative bounds",
    rolling(-1, -2),
    [
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: -2: must be greater than or equal to 0",
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0",
    ],
  ],
  [
    "with a word for a bound, which counts as none",
    rolling("many", 0),
    [
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"many\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ],
  ],
  [
    "with an operator that there is none of",
    { selector: { matchExpressions: [{ key: "app", operator: "Like", values: ["w"] }] } },
    [
      'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Like","values":["w"]}]}: invalid label selector',
    ],
  ],
  [
    "with a bad container",
    { template: template({ containers: [{ name: "Web", image: "" }] }) },
    [
      expect.stringMatching(
        /^spec\.template\.spec\.containers\[0\]\.name: Invalid value: "Web": a lowercase RFC 1123 label/,
      ),
      "spec.template.spec.containers[0].image: Required value",
    ],
  ],
])("a Deployment %s", (_, spec, expected) => {
  expect(lines(deploymentKind.validate(stored(spec)))).toEqual(expected);
});

/** Texts of a Deployment and a ReplicaSet are the same, "deployment" included. */
test.each<[string, Partial<ReplicaSetSpec>, string[]]>([
  ["as it should be", {}, []],
  [
    "without a selector",
    { selector: undefined as never },
    [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    "with an empty selector",
    { selector: {} },
    ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
  ],
  [
    "whose selector does not match",
    { selector: { matchLabels: { app: "api" } } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    "with pods that end",
    { template: template({ restartPolicy: "OnFailure", activeDeadlineSeconds: 5 }) },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
    ],
  ],
  [
    "with negatives",
    { replicas: -1, minReadySeconds: -2 },
    [
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
      "spec.minReadySeconds: Invalid value: -2: must be greater than or equal to 0",
    ],
  ],
])("a ReplicaSet %s", (_, spec, expected) => {
  const rs: ReplicaSet = { metadata: { name: "web", namespace: "d" }, spec: { ...structuredClone(plain), ...spec } };
  replicaSetKind.applyDefaults(rs);
  expect(lines(replicaSetKind.validate(rs))).toEqual(expected);
});

test("a ReplicaSet is of one pod by default, and its selector stays", () => {
  const rs: ReplicaSet = { metadata: { name: "web" }, spec: structuredClone(plain) };
  replicaSetKind.applyDefaults(rs);
  expect(rs.spec?.replicas).toBe(1);
  expect(rs.spec).not.toHaveProperty("minReadySeconds");
  const next = { ...rs, spec: { ...rs.spec, selector: { matchLabels: { a: "b" } } } as ReplicaSetSpec };
  expect(lines(replicaSetKind.validateUpdate(next, rs))).toEqual([
    'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
  ]);
});

test.each([deploymentKind, replicaSetKind])("$kind: general rules of writing", (kind) => {
  const { allowUnconditionalUpdate, allowCreateOnUpdate, defaultPropagation } = kind;
  expect({ allowUnconditionalUpdate, allowCreateOnUpdate, defaultPropagation }).toEqual({
    allowUnconditionalUpdate: true,
    allowCreateOnUpdate: false,
    defaultPropagation: "Background",
  });
  expect(kind.validateName("a.b")).toEqual([]);
  expect(kind.validateName("a".repeat(253))).toEqual([]);
  expect(kind.validateName("a".repeat(254))).not.toEqual([]);
});

test("a status that is given on creation is discarded", () => {
  const deployment: Deployment = { metadata: { name: "web", generation: 7 }, spec: plain, status: { replicas: 9 } };
  deploymentKind.prepareCreate(deployment, context);
  expect(deployment).toMatchObject({ metadata: { generation: 1 }, status: {} });
  const rs: ReplicaSet = { metadata: { name: "web" }, spec: plain, status: { replicas: 9, readyReplicas: 9 } };
  replicaSetKind.prepareCreate(rs, context);
  expect(rs.status).toEqual({ replicas: 0 });
});

test("1.34 does not take a count of terminating pods", () => {
  const previous = stored();
  const next: Deployment = { ...previous, status: { replicas: 1, terminatingReplicas: 2 } };
  deploymentKind.status?.prepareUpdate(next, previous);
  expect(next.status).toEqual({ replicas: 1 });
  const kept: Deployment = { ...previous, status: { terminatingReplicas: 3 } };
  deploymentKind.status?.prepareUpdate(
    kept,
    next.status ? { ...previous, status: { terminatingReplicas: 1 } } : previous,
  );
  expect(kept.status).toEqual({ terminatingReplicas: 3 });
  const rs: ReplicaSet = { status: { replicas: 1, terminatingReplicas: 2 } };
  replicaSetKind.status?.prepareUpdate(rs, { status: { replicas: 1 } });
  expect(rs.status).toEqual({ replicas: 1 });
});

describe("update", () => {
  const update = (change: (deployment: Deployment) => void) => {
    const previous = stored();
    const next = structuredClone(previous);
    change(next);
    deploymentKind.prepareUpdate(next, previous, context);
    return { next, errors: lines(deploymentKind.validateUpdate(next, previous)) };
  };

  test.each<[string, (deployment: Deployment) => void, number]>([
    ["nothing", () => {}, 1],
    ["labels", ({ metadata }) => Object.assign(metadata ?? {}, { labels: { a: "b" } }), 1],
    ["annotations", ({ metadata }) => Object.assign(metadata ?? {}, { annotations: { a: "b" } }), 2],
    ["replicas", (deployment) => Object.assign(specOf(deployment), { replicas: 3 }), 2],
    ["status", (deployment) => Object.assign(deployment, { status: { replicas: 3 } }), 1],
  ])("of %s", (_, change, generation) => {
    const { next } = update(change);
    expect(next.metadata?.generation).toBe(generation);
    expect(next.status).toEqual({});
  });

  test("of the selector is refused", () => {
    const { errors } = update((deployment) =>
      Object.assign(specOf(deployment), { selector: { matchLabels: { a: "b" } } }),
    );
    expect(errors).toEqual(['spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable']);
  });

  test("of status takes annotations, not labels or spec", () => {
    const previous = stored();
    const next = structuredClone(previous);
    next.metadata = { ...next.metadata, labels: { a: "b" }, annotations: { c: "d" } };
    specOf(next).replicas = 9;
    next.status = { replicas: 1 };
    deploymentKind.status?.prepareUpdate(next, previous);
    expect(next.metadata.labels).toBeUndefined();
    expect(next.metadata.annotations).toEqual({ c: "d" });
    expect(specOf(next).replicas).toBe(1);
    expect(next.status).toEqual({ replicas: 1 });
  });

  test.each<[DeploymentStatus, string[]]>([
    [{ replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 1 }, []],
    [
      { replicas: 1, updatedReplicas: 2 },
      ["status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas"],
    ],
    [
      { replicas: 2, readyReplicas: 1, availableReplicas: 2 },
      ["status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas"],
    ],
    [
      { replicas: 1, readyReplicas: 2, availableReplicas: 2 },
      [
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas",
      ],
    ],
    [
      { observedGeneration: -1, replicas: -2, unavailableReplicas: -3 },
      [
        "status.observedGeneration: Invalid value: -1: must be greater than or equal to 0",
        "status.replicas: Invalid value: -2: must be greater than or equal to 0",
        "status.unavailableReplicas: Invalid value: -3: must be greater than or equal to 0",
        "status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas",
        "status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
      ],
    ],
    [{ collisionCount: 0 }, ["status.collisionCount: Invalid value: 0: cannot be decremented"]],
  ])("of status to %j", (status, expected) => {
    const previous = { ...stored(), status: status.collisionCount === undefined ? {} : { collisionCount: 1 } };
    expect(lines(deploymentKind.status?.validateUpdate({ ...previous, status }, previous) ?? [])).toEqual(expected);
  });
});

test.each<[ReplicaSetStatus, string[]]>([
  [{ replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2 }, []],
  [
    { replicas: 1, fullyLabeledReplicas: 2, readyReplicas: 3, availableReplicas: 4 },
    [
      "status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas",
      "status.readyReplicas: Invalid value: 3: cannot be greater than status.replicas",
      "status.availableReplicas: Invalid value: 4: cannot be greater than status.replicas",
      "status.availableReplicas: Invalid value: 4: cannot be greater than readyReplicas",
    ],
  ],
  [
    { replicas: -1, fullyLabeledReplicas: -1, readyReplicas: -1, availableReplicas: -1, observedGeneration: -1 },
    ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"].map(
      (name) => `status.${name}: Invalid value: -1: must be greater than or equal to 0`,
    ),
  ],
])("a ReplicaSet's status %j", (status, expected) => {
  expect(lines(replicaSetKind.status?.validateUpdate({ status }, {}) ?? [])).toEqual(expected);
});

test("tables", () => {
  const deployment = stored({ replicas: 3 });
  deployment.status = { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 };
  expect(deploymentKind.columns.map((column) => column.cell(deployment, 0))).toEqual([
    "web",
    "2/3",
    1,
    2,
    "<unknown>",
    "web",
    "web:1",
    "app=web",
  ]);
  const rs: ReplicaSet = { metadata: { name: "web-1" }, spec: { ...plain, replicas: 3 }, status: { replicas: 2 } };
  expect(replicaSetKind.columns.map((column) => column.cell(rs, 0))).toEqual([
    "web-1",
    3,
    2,
    0,
    "<unknown>",
    "web",
    "web:1",
    "app=web",
  ]);
});

test("scale", () => {
  const deployment = stored();
  deploymentKind.scale?.setReplicas(deployment, 7);
  expect(deploymentKind.scale?.replicas(deployment)).toBe(7);
  expect(deploymentKind.scale?.selector(deployment)).toBe("app=web");
});

test("a ReplicaSet's generation follows its spec only", () => {
  const previous: ReplicaSet = {
    metadata: { name: "a", generation: 1 },
    spec: structuredClone(plain),
    status: { replicas: 0 },
  };
  replicaSetKind.applyDefaults(previous);
  const annotated = structuredClone(previous);
  annotated.metadata = { ...annotated.metadata, annotations: { a: "b" } };
  replicaSetKind.prepareUpdate(annotated, previous, context);
  expect(annotated.metadata.generation).toBe(1);
  const scaled = structuredClone(previous);
  replicaSetKind.scale?.setReplicas(scaled, 4);
  replicaSetKind.prepareUpdate(scaled, previous, context);
  expect(scaled.metadata?.generation).toBe(2);
});

test("a name that is no DNS label is warned of, not refused", () => {
  const deployment = stored();
  deployment.metadata = { ...deployment.metadata, name: "a.b" };
  expect(deploymentKind.validateName("a.b")).toEqual([]);
  expect(deploymentKind.warnings(deployment, undefined)).toEqual([
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
  ]);
});
