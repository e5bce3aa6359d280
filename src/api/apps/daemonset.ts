import { ageColumn, column, containerColumns, nameColumn } from "../columns.ts";
import { defaultPodTemplate } from "../core/pod-spec/defaults.ts";
import { podWarnings } from "../core/pod-spec/warnings.ts";
import { defineKind } from "../define-kind.ts";
import { semanticEqual } from "../equal.ts";
import type { DaemonSet, DaemonSetSpec, DaemonSetStatus } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { formatSelector, selectorOfSet, showLabelSelector } from "../labels.ts";
import { raiseGeneration } from "../metadata.ts";
import { validateDaemonSet, validateDaemonSetStatusUpdate } from "./daemonset-validation.ts";
import { newSettingWarnings } from "./rollout-settings.ts";

/** Counts the changes of the template. Nobody may set it; upstream keeps it for controllers of long ago. */
export const templateGenerationAnnotation = "deprecated.daemonset.template.generation";

const templateGeneration = ({ metadata }: DaemonSet): number => {
  const text = metadata?.annotations?.[templateGenerationAnnotation];
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : 0;
};

function setTemplateGeneration(set: DaemonSet, generation: number): void {
  const annotations = { ...set.metadata?.annotations, [templateGenerationAnnotation]: String(generation) };
  set.metadata = { ...set.metadata, annotations };
}

const noStatus = (): DaemonSetStatus => ({
  currentNumberScheduled: 0,
  desiredNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
});

const count = (name: string, description: string, of: (status: DaemonSetStatus) => number | undefined) =>
  column<DaemonSet>(name, description, ({ status }) => (status && of(status)) ?? 0, { type: "integer" });

export const daemonSetKind: Kind<DaemonSet> = defineKind<DaemonSet>({
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  namespaced: true,
  schemaType: "io.k8s.api.apps.v1.DaemonSet",
  shortNames: ["ds"],
  categories: ["all"],

  applyDefaults(set) {
    set.spec ??= {} as DaemonSetSpec;
    const { spec } = set;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    spec.template ??= {};
    defaultPodTemplate(spec.template);
    if (!set.metadata?.annotations?.[templateGenerationAnnotation]) setTemplateGeneration(set, 0);
  },
  prepareCreate(set) {
    set.status = noStatus();
    set.metadata = { ...set.metadata, generation: 1 };
    setTemplateGeneration(set, Math.max(1, templateGeneration(set)));
  },
  prepareUpdate(next, previous) {
    next.status = previous.status;
    const sameTemplate = semanticEqual(next.spec?.template, previous.spec?.template);
    setTemplateGeneration(next, templateGeneration(previous) + (sameTemplate ? 0 : 1));
    if (!semanticEqual(next.spec, previous.spec)) raiseGeneration(next, previous);
  },
  validate: validateDaemonSet,
  warnings(set, previous) {
    const settings = newSettingWarnings(set, previous);
    if (previous && templateGeneration(previous) === templateGeneration(set)) return settings;
    const { template } = set.spec ?? {};
    return [...podWarnings(template?.spec ?? { containers: [] }, template?.metadata, "spec.template"), ...settings];
  },
  status: {
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
      setTemplateGeneration(next, templateGeneration(previous));
    },
    validateUpdate: validateDaemonSetStatusUpdate,
  },
  columns: [
    nameColumn,
    count("Desired", "Nodes that should run a pod.", (status) => status.desiredNumberScheduled),
    count("Current", "Nodes that should run a pod and do.", (status) => status.currentNumberScheduled),
    count("Ready", "Nodes whose pod is ready.", (status) => status.numberReady),
    count("Up-to-date", "Nodes whose pod has the newest template.", (status) => status.updatedNumberScheduled),
    count("Available", "Nodes whose pod is available to serve.", (status) => status.numberAvailable),
    column(
      "Node Selector",
      "Labels that a node must have to run a pod.",
      ({ spec }) => formatSelector(selectorOfSet(spec?.template?.spec?.nodeSelector)) || "<none>",
    ),
    ageColumn,
    ...containerColumns<DaemonSet>(({ spec }) => spec?.template?.spec?.containers),
    column("Selector", "Selects the pods by their labels.", ({ spec }) => showLabelSelector(spec?.selector), {
      priority: 1,
    }),
  ],
});
