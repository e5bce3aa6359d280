import { ageColumn, column, containerColumns, nameColumn } from "../columns.ts";
import { claimWarnings } from "../core/claim-spec.ts";
import { defaultPodTemplate, defaultResourceList } from "../core/pod-spec/defaults.ts";
import { podWarnings } from "../core/pod-spec/warnings.ts";
import { defineKind } from "../define-kind.ts";
import { path } from "../field.ts";
import type { PersistentVolumeClaim, StatefulSet, StatefulSetSpec } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { checkDnsLabel } from "../names.ts";
import { prepareWorkload } from "./prepare.ts";
import { newSettingWarnings } from "./rollout-settings.ts";
import { scaleRules } from "./scale.ts";
import {
  validateStatefulSet,
  validateStatefulSetStatusUpdate,
  validateStatefulSetUpdate,
} from "./statefulset-validation.ts";

function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.apiVersion ||= "v1";
  claim.kind ||= "PersistentVolumeClaim";
  claim.spec ??= {};
  claim.spec.volumeMode ??= "Filesystem";
  defaultResourceList(claim.spec.resources?.requests);
  defaultResourceList(claim.spec.resources?.limits);
  claim.status ??= {};
  claim.status.phase ||= "Pending";
}

/** A strategy that names its type but no parameters is left without them. */
function defaultStrategy(spec: StatefulSetSpec): void {
  spec.updateStrategy ??= {};
  const { updateStrategy } = spec;
  if (!updateStrategy.type) {
    updateStrategy.type = "RollingUpdate";
    updateStrategy.rollingUpdate ??= {};
  }
  if (updateStrategy.type === "RollingUpdate" && updateStrategy.rollingUpdate)
    updateStrategy.rollingUpdate.partition ??= 0;
}

export const statefulSetKind: Kind<StatefulSet> = defineKind<StatefulSet>({
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  plural: "statefulsets",
  namespaced: true,
  schemaType: "io.k8s.api.apps.v1.StatefulSet",
  shortNames: ["sts"],
  categories: ["all"],

  validateName: checkDnsLabel,
  applyDefaults(set) {
    set.spec ??= {} as StatefulSetSpec;
    const { spec } = set;
    spec.podManagementPolicy ||= "OrderedReady";
    defaultStrategy(spec);
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    // Upstream writes these though they are zero.
    spec.serviceName ??= "";
    if (spec.ordinals) spec.ordinals.start ??= 0;
    if (set.status) set.status.availableReplicas ??= 0;
    for (const claim of spec.volumeClaimTemplates ?? []) defaultClaim(claim);
    spec.template ??= {};
    defaultPodTemplate(spec.template);
  },
  ...prepareWorkload<StatefulSet>(() => ({ replicas: 0, availableReplicas: 0 })),
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  warnings(set, previous) {
    const { template, revisionHistoryLimit = 0, volumeClaimTemplates = [] } = set.spec ?? {};
    const changed = !previous || previous.metadata?.generation !== set.metadata?.generation;
    return [
      ...(changed ? podWarnings(template?.spec ?? { containers: [] }, template?.metadata, "spec.template") : []),
      ...volumeClaimTemplates.flatMap(({ spec }, i) => {
        const at = path("spec", "volumeClaimTemplates").index(i);
        return claimWarnings(spec ?? {}, previous ? at.key("Spec") : at);
      }),
      ...(revisionHistoryLimit < 0
        ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
        : []),
      ...newSettingWarnings(set, previous),
    ];
  },
  status: {
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
    },
    validateUpdate: validateStatefulSetStatusUpdate,
  },
  scale: scaleRules,
  columns: [
    nameColumn,
    column(
      "Ready",
      "Number of the pod with ready state",
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    ageColumn,
    ...containerColumns<StatefulSet>(({ spec }) => spec?.template?.spec?.containers),
  ],
});
