import { ageColumn, column, containerColumns, nameColumn } from "../columns.ts";
import { defaultPodTemplate } from "../core/pod-spec/defaults.ts";
import { podWarnings } from "../core/pod-spec/warnings.ts";
import { defineKind } from "../define-kind.ts";
import { type FieldError, invalidValue, path } from "../field.ts";
import type { ReplicaSet, ReplicaSetSpec } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { showLabelSelector } from "../labels.ts";
import { immutable, nonNegative } from "../metadata.ts";
import { checkDnsLabel } from "../names.ts";
import { validateReplicatedTemplate, validateSelector } from "./pod-template.ts";
import { dropTerminatingReplicas, prepareWorkload } from "./prepare.ts";
import { scaleRules } from "./scale.ts";

function validate({ spec }: ReplicaSet): FieldError[] {
  const at = path("spec");
  return [
    ...nonNegative(spec?.replicas, at.key("replicas")),
    ...nonNegative(spec?.minReadySeconds, at.key("minReadySeconds")),
    ...validateSelector(spec?.selector, at.key("selector")),
    ...validateReplicatedTemplate(spec?.template, spec?.selector, at.key("selector"), at.key("template")),
  ];
}

function validateStatus({ status }: ReplicaSet): FieldError[] {
  const at = path("status");
  const { replicas = 0, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const above = (value: number, limit: number, name: string, limitName: string) =>
    value > limit ? [invalidValue(at.key(name), value, `cannot be greater than ${limitName}`)] : [];
  return [
    ...nonNegative(replicas, at.key("replicas")),
    ...nonNegative(fullyLabeledReplicas, at.key("fullyLabeledReplicas")),
    ...nonNegative(readyReplicas, at.key("readyReplicas")),
    ...nonNegative(availableReplicas, at.key("availableReplicas")),
    ...nonNegative(status?.observedGeneration, at.key("observedGeneration")),
    ...above(fullyLabeledReplicas, replicas, "fullyLabeledReplicas", "status.replicas"),
    ...above(readyReplicas, replicas, "readyReplicas", "status.replicas"),
    ...above(availableReplicas, replicas, "availableReplicas", "status.replicas"),
    ...above(availableReplicas, readyReplicas, "availableReplicas", "readyReplicas"),
  ];
}

export const replicaSetKind: Kind<ReplicaSet> = defineKind<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  namespaced: true,
  schemaType: "io.k8s.api.apps.v1.ReplicaSet",
  shortNames: ["rs"],
  categories: ["all"],

  applyDefaults(rs) {
    rs.spec ??= {} as ReplicaSetSpec;
    rs.spec.replicas ??= 1;
    rs.spec.template ??= {};
    defaultPodTemplate(rs.spec.template);
  },
  ...prepareWorkload<ReplicaSet>(() => ({ replicas: 0 })),
  validate,
  validateUpdate: (next, previous) => immutable(next.spec?.selector, previous.spec?.selector, path("spec", "selector")),
  warnings(rs, previous) {
    if (previous && previous.metadata?.generation === rs.metadata?.generation) return [];
    const label = previous ? [] : checkDnsLabel(rs.metadata?.name ?? "");
    const { template } = rs.spec ?? {};
    return [
      ...(label.length > 0
        ? [
            `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${label.join(" ")}]`,
          ]
        : []),
      ...podWarnings(template?.spec ?? { containers: [] }, template?.metadata, "spec.template"),
    ];
  },
  status: {
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
      dropTerminatingReplicas(next, previous);
    },
    validateUpdate: validateStatus,
  },
  scale: scaleRules,
  columns: [
    nameColumn,
    column("Desired", "Number of pods wanted.", ({ spec }) => spec?.replicas ?? 0, { type: "integer" }),
    column("Current", "Number of pods there are.", ({ status }) => status?.replicas ?? 0, { type: "integer" }),
    column("Ready", "Number of pods that are ready.", ({ status }) => status?.readyReplicas ?? 0, { type: "integer" }),
    ageColumn,
    ...containerColumns<ReplicaSet>(({ spec }) => spec?.template?.spec?.containers),
    column("Selector", "Selects the pods by their labels.", ({ spec }) => showLabelSelector(spec?.selector), {
      priority: 1,
    }),
  ],
});
