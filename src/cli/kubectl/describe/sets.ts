/** StatefulSets and DaemonSets. */
import type { DaemonSet, PersistentVolumeClaim, StatefulSet } from "../../../api/generated/types.ts";
import { selectorText } from "../core/selectors.ts";
import { betaClass } from "./claims.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { writePodTemplate } from "./pod-template.ts";
import { writePodsStatus } from "./pods-status.ts";
import { dateText } from "./times.ts";
import { DescriptionWriter } from "./writer.ts";

export const describeStatefulSet: Describer<StatefulSet> = async (set, context) => {
  const { metadata = {}, spec, status } = set;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  w.write(0, `CreationTimestamp:\t${dateText(metadata.creationTimestamp)}\n`);
  w.write(0, `Selector:\t${selectorText(spec?.selector)}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `Replicas:\t${spec?.replicas} desired | ${status?.replicas ?? 0} total\n`);
  w.write(0, `Update Strategy:\t${spec?.updateStrategy?.type ?? ""}\n`);
  const { partition, maxUnavailable } = spec?.updateStrategy?.rollingUpdate ?? {};
  if (partition !== undefined) {
    w.write(1, `Partition:\t${partition}\n`);
    if (maxUnavailable !== undefined) w.write(1, `MaxUnavailable:\t${maxUnavailable}\n`);
  }
  await writePodsStatus(w, set, context);
  writePodTemplate(w, spec?.template);
  writeClaims(w, spec?.volumeClaimTemplates);
  await writeEvents(w, { metadata, kind: "StatefulSet" }, context);
  return w.text();
};

function writeClaims(w: DescriptionWriter, claims: readonly PersistentVolumeClaim[] = []): void {
  if (claims.length === 0) {
    w.write(0, "Volume Claims:\t<none>\n");
    return;
  }
  w.write(0, "Volume Claims:\n");
  for (const { metadata, spec } of claims) {
    w.write(1, `Name:\t${metadata?.name}\n`);
    w.write(1, `StorageClass:\t${betaClass(metadata?.annotations) ?? spec?.storageClassName ?? ""}\n`);
    writeLabels(w, "  Labels", metadata?.labels);
    writeLabels(w, "  Annotations", metadata?.annotations);
    w.write(1, `Capacity:\t${spec?.resources?.requests?.storage ?? "<default>"}\n`);
    w.write(1, `Access Modes:\t[${(spec?.accessModes ?? []).join(" ")}]\n`);
  }
}

export const describeDaemonSet: Describer<DaemonSet> = async (set, context) => {
  const { metadata = {}, spec, status } = set;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  w.write(0, `Selector:\t${selectorText(spec?.selector)}\n`);
  const { nodeSelector = {} } = spec?.template?.spec ?? {};
  w.write(0, `Node-Selector:\t${selectorText({ matchLabels: nodeSelector }) || "<none>"}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}\n`);
  w.write(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}\n`);
  w.write(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}\n`);
  w.write(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}\n`);
  w.write(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}\n`);
  await writePodsStatus(w, set, context);
  writePodTemplate(w, spec?.template);
  await writeEvents(w, { metadata, kind: "DaemonSet" }, context);
  return w.text();
};
