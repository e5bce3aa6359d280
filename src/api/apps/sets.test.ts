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
    status: { replicas: 0 },
  });
  expect(statefulSet({ updateStrategy: { type: "RollingUpdate" } }).spec?.updateStrategy).toEqual({
    type: "RollingUpdate",
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
