/** Rules of StatefulSet, DaemonSet and ControllerRevision. */
import { expect, test } from "vitest";
import type { ControllerRevision, DaemonSet, DaemonSetSpec, StatefulSet, StatefulSetSpec } from "../generated/types.ts";
import { lines } from "../test-lines.ts";
import { controllerRevisionKind } from "./controllerrevision.ts";
import { daemonSetKind, templateGenerationAnnotation } from "./daemonset.ts";
import { statefulSetKind } from "./statefulset.ts";

const context = { now: 0, user: "test" };
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } };
const selector = { matchLabels: labels };

function statefulSet(spec: Partial<StatefulSetSpec> = {}): StatefulSet {
  const set: StatefulSet = {
    metadata: { name: "web", namespace: "d" },
    spec: structuredClone({ selector, template, serviceName: "web", ...spec }),
  };
  statefulSetKind.applyDefaults(set);
  statefulSetKind.prepareCreate(set, context);
  return set;
}
function daemonSet(spec: Partial<DaemonSetSpec> = {}): DaemonSet {
  const set: DaemonSet = {
    metadata: { name: "web", namespace: "d" },
    spec: structuredClone({ selector, template, ...spec }),
  };
  daemonSetKind.applyDefaults(set);
  daemonSetKind.prepareCreate(set, context);
  return set;
}
const claim = (spec: object) => ({ metadata: { name: "data" }, spec });
const storage = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

test("defaults of a StatefulSet", () => {
  const set = statefulSet({ volumeClaimTemplates: [claim(storage)] });
  expect(set).toMatchObject({
    metadata: { generation: 1 },
    spec: {
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      revisionHistoryLimit: 10,
      volumeClaimTemplates: [
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          spec: { volumeMode: "Filesystem" },
          status: { phase: "Pending" },
        },
      ],
    },
    status: { replicas: 0, availableReplicas: 0 },
  });
  expect(statefulSet({ updateStrategy: { type: "RollingUpdate" } }).spec?.updateStrategy).toEqual({
    type: "RollingUpdate",
  });
});

test("fields of a StatefulSet that are written though they are zero", () => {
  const set = statefulSet({ ordinals: {} });
  const { serviceName: _, ...spec } = set.spec as StatefulSetSpec;
  const bare: StatefulSet = { ...set, spec, status: { replicas: 1 } };
  statefulSetKind.applyDefaults(bare);
  expect(bare).toMatchObject({
    spec: { serviceName: "", ordinals: { start: 0 } },
    status: { replicas: 1, availableReplicas: 0 },
  });
});

test.each<[string, Partial<StatefulSetSpec>, string[]]>([
  ["as it should be", {}, []],
  [
    "with a claim that is mounted",
    {
      volumeClaimTemplates: [claim(storage)],
      template: {
        ...template,
        spec: { containers: [{ name: "web", image: "i", volumeMounts: [{ name: "data", mountPath: "/data" }] }] },
      },
    },
    [],
  ],
  [
    "with a claim that asks for nothing",
    { volumeClaimTemplates: [claim({})] },
    [
      "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
      "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
    ],
  ],
  [
    "with a claim of the wrong shape",
    {
      volumeClaimTemplates: [
        claim({
          accessModes: ["ReadWriteOncePod", "ReadWriteMany", "Shared"],
          resources: { requests: { storage: "0" } },
          storageClassName: "Fast",
          volumeMode: "Tape",
          selector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
        }),
      ],
    },
    [
      "spec.volumeClaimTemplates[0].spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.volumeClaimTemplates[0].spec.accessModes: Unsupported value: "Shared": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      "spec.volumeClaimTemplates[0].spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Invalid value: "0": must be greater than zero',
      expect.stringMatching(
        /^spec\.volumeClaimTemplates\[0\]\.spec\.storageClassName: Invalid value: "Fast": a lowercase RFC 1123 subdomain/,
      ),
      'spec.volumeClaimTemplates[0].spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
  ],
  [
    "with a claim made from two things",
    {
      volumeClaimTemplates: [
        claim({
          ...storage,
          dataSource: { kind: "VolumeSnapshot", name: "" },
          dataSourceRef: { apiGroup: "Snapshot", kind: "VolumeSnapshot", name: "daily" },
        }),
      ],
    },
    [
      "spec.volumeClaimTemplates[0].spec.dataSource.name: Required value",
      "spec.volumeClaimTemplates[0].spec.dataSource: Invalid value: \"VolumeSnapshot\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      expect.stringMatching(
        /^spec\.volumeClaimTemplates\[0\]\.spec\.dataSourceRef\.apiGroup: Invalid value: "Snapshot": a lowercase RFC 1123 subdomain/,
      ),
      "spec.volumeClaimTemplates[0].spec: Invalid value: {}: must match dataSourceRef",
    ],
  ],
  [
    "with a claim from another namespace and from this one",
    {
      volumeClaimTemplates: [
        claim({
          ...storage,
          dataSource: { kind: "PersistentVolumeClaim", name: "a" },
          dataSourceRef: { kind: "PersistentVolumeClaim", name: "a", namespace: "other" },
        }),
      ],
    },
    [
      "spec.volumeClaimTemplates[0].spec: Invalid value: {}: may not be specified when dataSourceRef.namespace is specified",
    ],
  ],
  [
    "with negatives",
    { replicas: -1, minReadySeconds: -2, ordinals: { start: -3 } },
    [
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
      "spec.minReadySeconds: Invalid value: -2: must be greater than or equal to 0",
      "spec.ordinals.start: Invalid value: -3: must be greater than or equal to 0",
    ],
  ],
  [
    "with unknown retention",
    { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Keep", whenScaled: "Lose" } },
    [
      'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: "Retain", "Delete"',
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Lose": supported values: "Retain", "Delete"',
    ],
  ],
  [
    "of a service whose name is none",
    { serviceName: "a.b" },
    ['spec.serviceName: Invalid value: "a.b": must not contain dots'],
  ],
  ["without a service", { serviceName: "" }, []],
  ["that keeps all its history", { revisionHistoryLimit: -1 }, []],
  [
    "without a selector",
    { selector: undefined as never },
    [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    "with a selector that cannot be read",
    { selector: { matchExpressions: [{ key: "a", operator: "Like" }] } },
    [
      'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Like"}]}',
    ],
  ],
  [
    "whose template's host names are its own affair",
    { template: { ...template, spec: { ...template.spec, hostname: "Not A Name", subdomain: "Nor This" } } },
    [],
  ],
  [
    "with more than all unavailable",
    { updateStrategy: { rollingUpdate: { maxUnavailable: "101%" } } },
    ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    "with none unavailable, in percent",
    { updateStrategy: { rollingUpdate: { maxUnavailable: "0%" } } },
    ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "0%": cannot be 0'],
  ],
  [
    "with a word for a bound",
    { updateStrategy: { rollingUpdate: { maxUnavailable: "some" } } },
    [
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"some\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "some": cannot be 0',
    ],
  ],
  [
    "of unknown policies",
    { podManagementPolicy: "Magic", updateStrategy: { type: "Magic" } },
    [
      "spec.podManagementPolicy: Invalid value: \"Magic\": must be 'OrderedReady' or 'Parallel'",
      'spec.updateStrategy: Invalid value: {"Type":"Magic","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
    ],
  ],
  [
    "with parameters it has no use for",
    { updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 2 } } },
    [
      'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":2,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
    ],
  ],
  [
    "that cannot move",
    { updateStrategy: { rollingUpdate: { partition: -1, maxUnavailable: 0 } } },
    [
      "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
    ],
  ],
  [
    "with an empty selector",
    { selector: {} },
    ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"],
  ],
  [
    "whose selector does not match",
    { selector: { matchLabels: { a: "b" } } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    "with pods that end",
    { template: { ...template, spec: { ...template.spec, restartPolicy: "Never", activeDeadlineSeconds: 5 } } },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported",
    ],
  ],
])("a StatefulSet %s", (_, spec, expected) => {
  expect(lines(statefulSetKind.validate(statefulSet(spec)))).toEqual(expected);
});

test("most of a StatefulSet may not change", () => {
  const update = (spec: Partial<StatefulSetSpec>) => {
    const previous = statefulSet();
    const next = structuredClone(previous);
    Object.assign(next.spec ?? {}, spec);
    statefulSetKind.prepareUpdate(next, previous, context);
    return [next.metadata?.generation, ...lines(statefulSetKind.validateUpdate(next, previous))];
  };
  expect(update({ replicas: 3, minReadySeconds: 1, ordinals: { start: 1 } })).toEqual([2]);
  expect(update({})).toEqual([1]);
  expect(update({ serviceName: "other" })).toEqual([
    2,
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ]);
});

test.each<[string, Partial<StatefulSetSpec>]>([
  ["podManagementPolicy", { podManagementPolicy: "Parallel" }],
  ["selector", { selector: { matchLabels: { app: "web", a: "b" } } }],
  ["serviceName", { serviceName: "Not A Name" }],
  ["volumeClaimTemplates", { volumeClaimTemplates: [claim({})] }],
])("a StatefulSet's %s may not change, and is not looked at beyond that", (field, spec) => {
  const previous = statefulSet();
  const next = structuredClone(previous);
  Object.assign(next.spec ?? {}, spec);
  const errors = lines([
    ...statefulSetKind.validate(next, previous),
    ...statefulSetKind.validateUpdate(next, previous),
  ]);
  const forbidden = errors.pop();
  expect(forbidden).toMatch(/^spec: Forbidden: updates to statefulset spec for fields other than/);
  expect(errors).toEqual(
    field === "selector"
      ? ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`']
      : [],
  );
});

test.each<[string, Partial<StatefulSetSpec>]>([
  ["replicas", { replicas: 5 }],
  ["ordinals", { ordinals: { start: 2 } }],
  ["template", { template: { ...template, spec: { containers: [{ name: "web", image: "web:2" }] } } }],
  ["updateStrategy", { updateStrategy: { type: "OnDelete" } }],
  ["revisionHistoryLimit", { revisionHistoryLimit: 3 }],
  ["persistentVolumeClaimRetentionPolicy", { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } }],
  ["minReadySeconds", { minReadySeconds: 4 }],
])("a StatefulSet's %s may change", (_, spec) => {
  const previous = statefulSet();
  const next = structuredClone(previous);
  Object.assign(next.spec ?? {}, structuredClone(spec));
  statefulSetKind.applyDefaults(next);
  expect(
    lines([...statefulSetKind.validate(next, previous), ...statefulSetKind.validateUpdate(next, previous)]),
  ).toEqual([]);
});

test("an update is not refused for what was wrong in a StatefulSet's template before", () => {
  const previous = statefulSet({ template: { ...template, spec: { containers: [{ name: "Web", image: "i" }] } } });
  const next = structuredClone(previous);
  Object.assign(next.spec ?? {}, { replicas: 2 });
  expect(lines(statefulSetKind.validate(next, statefulSet()))).toHaveLength(1);
  expect(lines(statefulSetKind.validate(next, previous))).toEqual([]);
});

test("labels of a StatefulSet's template are checked twice, and count as two causes", () => {
  const set = statefulSet({ template: { ...template, metadata: { labels: { ...labels, "a b": "c" } } } });
  const errors = lines(statefulSetKind.validate(set));
  expect(errors).toHaveLength(2);
  expect(errors[0]).toMatch(/^spec\.template\.labels: Invalid value: "a b": name part must consist/);
  expect(errors[1]).toBe(errors[0]);
});

test("warnings of a StatefulSet", () => {
  const odd = claim({ ...storage, resources: { requests: { storage: "1500m" }, limits: { storage: "0.5" } } });
  const set = statefulSet({ revisionHistoryLimit: -1, volumeClaimTemplates: [odd] });
  const limit =
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
  const amount = (at: string, list: string, text: string) =>
    `${at}.resources.${list}[storage]: fractional byte value "${text}" is invalid, must be an integer`;
  expect(statefulSetKind.warnings(set, undefined)).toEqual([
    amount("spec.volumeClaimTemplates[0]", "requests", "1500m"),
    amount("spec.volumeClaimTemplates[0]", "limits", "500m"),
    limit,
  ]);
  expect(statefulSetKind.warnings(set, set)).toEqual([
    amount("spec.volumeClaimTemplates[0].Spec", "requests", "1500m"),
    amount("spec.volumeClaimTemplates[0].Spec", "limits", "500m"),
    limit,
  ]);
});

test.each([statefulSetKind, daemonSetKind])("$kind: general rules of writing", (kind) => {
  const { allowUnconditionalUpdate, allowCreateOnUpdate, defaultPropagation } = kind;
  expect({ allowUnconditionalUpdate, allowCreateOnUpdate, defaultPropagation }).toEqual({
    allowUnconditionalUpdate: true,
    allowCreateOnUpdate: false,
    defaultPropagation: "Background",
  });
});

test("writing the status changes nothing else of the spec", () => {
  const sets = statefulSet();
  const next = structuredClone(sets);
  Object.assign(next.spec ?? {}, { replicas: 9 });
  statefulSetKind.status?.prepareUpdate(next, sets);
  expect(next.spec?.replicas).toBe(1);
  const daemons = daemonSet();
  const changed = structuredClone(daemons);
  changed.spec = { ...changed.spec, minReadySeconds: 9 } as DaemonSetSpec;
  daemonSetKind.status?.prepareUpdate(changed, daemons);
  expect(changed.spec).toEqual(daemons.spec);
});

test("a StatefulSet's name becomes part of host names", () => {
  expect(statefulSetKind.validateName("a.b")).not.toEqual([]);
});

test("status counts are bounded", () => {
  const previous = { ...statefulSet(), status: { replicas: 1, collisionCount: 1 } };
  const next = { ...previous, status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 } };
  expect(lines(statefulSetKind.status?.validateUpdate(next, previous) ?? [])).toEqual([
    "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
    "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
    "status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas",
    "status.collisionCount: Invalid value: 0: cannot be decremented",
  ]);
  const daemons = {
    ...daemonSet(),
    status: { ...daemonSet().status, numberReady: -1 } as DaemonSet["status"] & object,
  };
  expect(lines(daemonSetKind.status?.validateUpdate(daemons, daemonSet()) ?? [])).toEqual([
    "status.numberReady: Invalid value: -1: must be greater than or equal to 0",
  ]);
});

test.each<[string, NonNullable<StatefulSet["status"]>, string[]]>([
  [
    "within bounds",
    { replicas: 3, readyReplicas: 3, currentReplicas: 2, updatedReplicas: 1, availableReplicas: 3 },
    [],
  ],
  [
    "above them",
    { replicas: 1, readyReplicas: 1, currentReplicas: 2, updatedReplicas: 3 },
    [
      "status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas",
      "status.updatedReplicas: Invalid value: 3: cannot be greater than status.replicas",
    ],
  ],
  [
    "below zero",
    {
      replicas: -1,
      readyReplicas: -1,
      currentReplicas: -1,
      updatedReplicas: -1,
      availableReplicas: -1,
      observedGeneration: -1,
      collisionCount: -1,
    },
    [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ].map((name) => `status.${name}: Invalid value: -1: must be greater than or equal to 0`),
  ],
])("a StatefulSet's status %s", (_, status, expected) => {
  const previous = statefulSet();
  expect(lines(statefulSetKind.status?.validateUpdate({ ...previous, status }, previous) ?? [])).toEqual(expected);
});

test("no count of a DaemonSet's status is negative, and collisions only grow", () => {
  const previous = daemonSet();
  const names = [
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
  ];
  const negative = Object.fromEntries(names.map((name) => [name, -1])) as unknown as NonNullable<DaemonSet["status"]>;
  expect(lines(daemonSetKind.status?.validateUpdate({ ...previous, status: negative }, previous) ?? [])).toEqual(
    names.map((name) => `status.${name}: Invalid value: -1: must be greater than or equal to 0`),
  );
  const status = (collisionCount: number | undefined) =>
    ({ ...previous.status, ...(collisionCount === undefined ? {} : { collisionCount }) }) as NonNullable<
      DaemonSet["status"]
    >;
  const shrink = (from: number, to: number | undefined) =>
    lines(
      daemonSetKind.status?.validateUpdate(
        { ...previous, status: status(to) },
        { ...previous, status: status(from) },
      ) ?? [],
    );
  expect(shrink(2, 1)).toEqual(["status.collisionCount: Invalid value: 1: cannot be decremented"]);
  expect(shrink(2, undefined)).toEqual(["status.collisionCount: Invalid value: 0: cannot be decremented"]);
  expect(shrink(2, 2)).toEqual([]);
});

test("defaults of a DaemonSet", () => {
  expect(daemonSet()).toMatchObject({
    metadata: { generation: 1, annotations: { [templateGenerationAnnotation]: "1" } },
    spec: {
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    },
  });
});

test.each<[string, Partial<DaemonSetSpec>, string[]]>([
  ["as it should be", {}, []],
  [
    "with an empty selector",
    { selector: {} },
    ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"],
  ],
  [
    "whose selector does not match",
    { selector: { matchLabels: { a: "b" } } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    "of an unknown strategy",
    { updateStrategy: { type: "Magic" } },
    [
      'spec.updateStrategy: Unsupported value: {"Type":"Magic","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ],
  ],
  [
    "without a selector",
    { selector: undefined as never },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    "with pods that end",
    { template: { ...template, spec: { ...template.spec, restartPolicy: "OnFailure", activeDeadlineSeconds: 5 } } },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported",
    ],
  ],
  [
    "with negatives",
    { minReadySeconds: -1, revisionHistoryLimit: -2 },
    [
      "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
      "spec.revisionHistoryLimit: Invalid value: -2: must be greater than or equal to 0",
    ],
  ],
  [
    "with more than all",
    { updateStrategy: { rollingUpdate: { maxSurge: "101%", maxUnavailable: "0%" } } },
    ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    "with negative bounds",
    { updateStrategy: { rollingUpdate: { maxUnavailable: -1 } } },
    ["spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: -1: must be greater than or equal to 0"],
  ],
  ["that surges", { updateStrategy: { rollingUpdate: { maxSurge: "30%", maxUnavailable: 0 } } }, []],
  ["that keeps no history", { revisionHistoryLimit: 0 }, []],
  [
    "that surges and goes without",
    { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: "10%" } } },
    ["spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero"],
  ],
  [
    "that cannot move",
    { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
    ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
  ],
])("a DaemonSet %s", (_, spec, expected) => {
  expect(lines(daemonSetKind.validate(daemonSet(spec)))).toEqual(expected);
});

test("a DaemonSet's selector stays; that is said before all else", () => {
  const previous = daemonSet();
  const next = structuredClone(previous);
  Object.assign(next.spec ?? {}, { selector: { matchLabels: { a: "b" } } });
  expect(lines([...daemonSetKind.validate(next, previous), ...daemonSetKind.validateUpdate(next, previous)])).toEqual([
    'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ]);
});

test("the template's generation counts changes of the template only, and nobody may set it", () => {
  const previous = daemonSet();
  const update = (change: (set: DaemonSet) => void) => {
    const next = structuredClone(previous);
    change(next);
    daemonSetKind.prepareUpdate(next, previous, context);
    return [next.metadata?.generation, next.metadata?.annotations?.[templateGenerationAnnotation]];
  };
  expect(update(({ spec }) => Object.assign(spec ?? {}, { minReadySeconds: 5 }))).toEqual([2, "1"]);
  expect(
    update(({ spec }) => Object.assign(spec?.template ?? {}, { metadata: { labels: { ...labels, a: "b" } } })),
  ).toEqual([2, "2"]);
  expect(
    update((set) => Object.assign(set.metadata ?? {}, { annotations: { [templateGenerationAnnotation]: "9" } })),
  ).toEqual([1, "1"]);
});

test("a ControllerRevision holds an object that never changes", () => {
  const revision: ControllerRevision = { metadata: { name: "web-1" }, revision: 1, data: { spec: {} } };
  expect(controllerRevisionKind.validate(revision)).toEqual([]);
  expect(lines(controllerRevisionKind.validate({ ...revision, revision: -1, data: undefined }))).toEqual([
    "revision: Invalid value: -1: must be greater than or equal to 0",
    "data: Required value: data is mandatory",
  ]);
  expect(lines(controllerRevisionKind.validate({ ...revision, data: [] }))).toEqual([
    "data: Required value: data must be a valid JSON object",
  ]);
  const changed = { ...revision, data: { spec: 1 } };
  expect(lines(controllerRevisionKind.validateUpdate(changed, revision))).toEqual([
    'data: Invalid value: {"spec":1}: field is immutable',
  ]);
});

test("tables", () => {
  const set = { ...statefulSet({ replicas: 3 }), status: { replicas: 3, readyReplicas: 2 } };
  expect(statefulSetKind.columns.map((column) => column.cell(set, 0))).toEqual([
    "web",
    "2/3",
    "<unknown>",
    "web",
    "web:1",
  ]);
  const daemons = daemonSet({
    template: { ...template, spec: { ...template.spec, nodeSelector: { b: "2", a: "1" } } },
  });
  expect(daemonSetKind.columns.map((column) => column.cell(daemons, 0))).toEqual([
    "web",
    0,
    0,
    0,
    0,
    0,
    "a=1,b=2",
    "<unknown>",
    "web",
    "web:1",
    "app=web",
  ]);
  const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u", controller: true };
  const revision = { metadata: { name: "web-1", ownerReferences: [owner] }, revision: 4 };
  expect(controllerRevisionKind.columns.map((column) => column.cell(revision, 0))).toEqual([
    "web-1",
    "statefulset.apps/web",
    4,
    "<unknown>",
  ]);
});
