/** The pod template of a workload, as `describe` and `rollout history --revision` show it. */
import type { PodTemplateSpec, TopologySpreadConstraint } from "../../../api/generated/types.ts";
import { selectorText } from "../core/selectors.ts";
import { writeContainers } from "./containers.ts";
import { writeAnnotations, writeLabels, writeTolerations } from "./multiline.ts";
import { writeVolumes } from "./volumes.ts";
import { DescriptionWriter } from "./writer.ts";

/** With tabs between cells, not aligned. */
export function podTemplateText(template: PodTemplateSpec | undefined): string {
  const w = new DescriptionWriter();
  writePodTemplate(w, template);
  return w.rawText();
}

export function writePodTemplate(w: DescriptionWriter, template: PodTemplateSpec | undefined): void {
  w.write(0, "Pod Template:\n");
  if (!template) {
    w.write(1, "<unset>");
    return;
  }
  const { metadata = {}, spec } = template;
  const indent = "  ";
  writeLabels(w, "  Labels", metadata.labels);
  if (Object.keys(metadata.annotations ?? {}).length > 0) writeAnnotations(w, "  Annotations", metadata.annotations);
  if (spec?.serviceAccountName) w.write(1, `Service Account:\t${spec.serviceAccountName}\n`);
  if (spec?.initContainers?.length) writeContainers(w, "Init Containers", spec.initContainers, { indent });
  writeContainers(w, "Containers", spec?.containers ?? [], { indent });
  writeVolumes(w, spec?.volumes, indent);
  writeSpread(w, spec?.topologySpreadConstraints, indent);
  if (spec?.priorityClassName) w.write(1, `Priority Class Name:\t${spec.priorityClassName}\n`);
  writeLabels(w, "  Node-Selectors", spec?.nodeSelector);
  writeTolerations(w, "  Tolerations", spec?.tolerations);
}

export function writeSpread(
  w: DescriptionWriter,
  constraints: readonly TopologySpreadConstraint[] | undefined,
  indent: string,
): void {
  if (!constraints?.length) return;
  w.write(0, `${indent}Topology Spread Constraints:\t`);
  const sorted = [...constraints].sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1));
  sorted.forEach(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }, i) => {
    if (i > 0) w.write(0, `${indent}\t`);
    const selector = labelSelector ? ` for selector ${selectorText(labelSelector) || "<none>"}` : "";
    w.write(0, `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}\n`);
  });
}
