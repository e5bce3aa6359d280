import { ageColumn, column, containerColumns, nameColumn } from "../columns.ts";
import { defaultPodTemplate } from "../core/pod-spec/defaults.ts";
import { podWarnings } from "../core/pod-spec/warnings.ts";
import { defineKind } from "../define-kind.ts";
import { semanticEqual } from "../equal.ts";
import type { Deployment, DeploymentSpec } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { formatSelector, selectorOf } from "../labels.ts";
import { checkDnsLabel } from "../names.ts";
import {
  validateDeployment,
  validateDeploymentStatusUpdate,
  validateDeploymentUpdate,
} from "./deployment-validation.ts";
import { dropTerminatingReplicas, prepareWorkload } from "./prepare.ts";
import { settingWarnings } from "./rollout-settings.ts";
import { scaleRules } from "./scale.ts";

export const deploymentKind: Kind<Deployment> = defineKind<Deployment>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
  schemaType: "io.k8s.api.apps.v1.Deployment",
  shortNames: ["deploy"],
  categories: ["all"],

  applyDefaults(deployment) {
    deployment.spec ??= {} as DeploymentSpec;
    const { spec } = deployment;
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= "RollingUpdate";
    if (spec.strategy.type === "RollingUpdate") {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
      spec.strategy.rollingUpdate.maxSurge ??= "25%";
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.template ??= {};
    defaultPodTemplate(spec.template);
  },
  // Annotations count as a change since they flow to the ReplicaSets.
  ...prepareWorkload<Deployment>(
    () => ({}),
    (next, previous) =>
      !semanticEqual(next.spec, previous.spec) ||
      !semanticEqual(next.metadata?.annotations, previous.metadata?.annotations),
  ),
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  warnings(deployment, previous) {
    if (previous && previous.metadata?.generation === deployment.metadata?.generation) return [];
    const label = previous ? [] : checkDnsLabel(deployment.metadata?.name ?? "");
    const { template } = deployment.spec ?? {};
    return [
      ...(label.length > 0
        ? [
            `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${label.join(" ")}]`,
          ]
        : []),
      ...podWarnings(template?.spec ?? { containers: [] }, template?.metadata, "spec.template"),
      ...settingWarnings(deployment),
    ];
  },
  status: {
    /** Annotations are taken: the controller writes the revision through here. */
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
      next.metadata = { ...next.metadata, labels: previous.metadata?.labels };
      dropTerminatingReplicas(next, previous);
    },
    validateUpdate: validateDeploymentStatusUpdate,
  },
  scale: scaleRules,
  columns: [
    nameColumn,
    column(
      "Ready",
      "Number of the pod with ready state",
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    column("Up-to-date", "Number of pods that have the newest template.", ({ status }) => status?.updatedReplicas ?? 0),
    column("Available", "Number of pods that are available to serve.", ({ status }) => status?.availableReplicas ?? 0),
    ageColumn,
    ...containerColumns<Deployment>(({ spec }) => spec?.template?.spec?.containers),
    column(
      "Selector",
      "Selects the pods by their labels.",
      ({ spec }) => formatSelector(selectorOf(spec?.selector) ?? []),
      {
        priority: 1,
      },
    ),
  ],
});
