/** PodDisruptionBudgets, PriorityClasses and ReplicationControllers. */
import type { PodDisruptionBudget, PriorityClass, ReplicationController } from "../../../api/generated/types.ts";
import { selectorText } from "../core/selectors.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { labelsText, writeAnnotations, writeLabels } from "./multiline.ts";
import { writePodTemplate } from "./pod-template.ts";
import { writePodsStatus } from "./pods-status.ts";
import { writeConditions } from "./workloads.ts";
import { DescriptionWriter } from "./writer.ts";

export const describePodDisruptionBudget: Describer<PodDisruptionBudget> = async (budget, context) => {
  const { metadata = {}, spec = {}, status } = budget;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  if (spec.minAvailable !== undefined) w.write(0, `Min available:\t${spec.minAvailable}\n`);
  else if (spec.maxUnavailable !== undefined) w.write(0, `Max unavailable:\t${spec.maxUnavailable}\n`);
  w.write(0, `Selector:\t${spec.selector ? selectorText(spec.selector) || "<none>" : "<unset>"}\n`);
  w.write(0, "Status:\n");
  w.write(2, `Allowed disruptions:\t${status?.disruptionsAllowed ?? 0}\n`);
  w.write(2, `Current:\t${status?.currentHealthy ?? 0}\n`);
  w.write(2, `Desired:\t${status?.desiredHealthy ?? 0}\n`);
  w.write(2, `Total:\t${status?.expectedPods ?? 0}\n`);
  await writeEvents(w, { metadata, kind: "PodDisruptionBudget" }, context);
  return w.text();
};

export const describePriorityClass: Describer<PriorityClass> = async (priority, context) => {
  const { metadata = {}, value, globalDefault = false, preemptionPolicy = "", description = "" } = priority;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Value:\t${value}\n`);
  w.write(0, `GlobalDefault:\t${globalDefault}\n`);
  w.write(0, `PreemptionPolicy:\t${preemptionPolicy}\n`);
  w.write(0, `Description:\t${description}\n`);
  w.write(0, `Annotations:\t${labelsText(metadata.annotations)}\n`);
  await writeEvents(w, { metadata, kind: "PriorityClass" }, context);
  return w.text();
};

export const describeReplicationController: Describer<ReplicationController> = async (controller, context) => {
  const { metadata = {}, spec, status } = controller;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  w.write(0, `Selector:\t${labelsText(spec?.selector)}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired\n`);
  await writePodsStatus(w, { metadata, spec: { selector: { matchLabels: spec?.selector ?? {} } } }, context);
  writePodTemplate(w, spec?.template);
  writeConditions(w, status?.conditions);
  await writeEvents(w, { metadata, kind: "ReplicationController" }, context);
  return w.text();
};
