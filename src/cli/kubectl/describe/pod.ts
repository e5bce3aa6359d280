import { isTerminal } from "../../../api/core/pod-phase.ts";
import { qosClass } from "../../../api/core/pod-spec/qos.ts";
import type { EnvVar, Pod } from "../../../api/generated/types.ts";
import { writeContainers, writeResources } from "./containers.ts";
import { controllerText, type Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels, writeTolerations } from "./multiline.ts";
import { writeSpread } from "./pod-template.ts";
import { ageText, dateText } from "./times.ts";
import { writeVolumes } from "./volumes.ts";
import { DescriptionWriter } from "./writer.ts";

export const describePod: Describer<Pod> = async (pod, context) => {
  const w = new DescriptionWriter();
  const { metadata = {}, spec, status = {} } = pod;
  writeHead(w, pod);
  const fieldValue = (variable: EnvVar) => fieldText(pod, variable.valueFrom?.fieldRef?.fieldPath ?? "");
  const common = { fieldValue, indent: "" };
  if (spec?.initContainers?.length)
    writeContainers(w, "Init Containers", spec.initContainers, { ...common, statuses: status.initContainerStatuses });
  writeContainers(w, "Containers", spec?.containers ?? [], { ...common, statuses: status.containerStatuses });
  if (spec?.ephemeralContainers?.length) {
    const statuses = status.ephemeralContainerStatuses;
    writeContainers(w, "Ephemeral Containers", spec.ephemeralContainers, { ...common, statuses });
  }
  const conditions = status.conditions ?? [];
  if (spec?.readinessGates?.length) {
    w.write(0, "Readiness Gates:\n  Type\tStatus\n");
    for (const { conditionType } of spec.readinessGates) {
      const condition = conditions.find((c) => c.type === conditionType);
      w.write(1, `${conditionType} \t${condition?.status ?? "<none>"} \n`);
    }
  }
  if (conditions.length > 0) {
    w.write(0, "Conditions:\n  Type\tStatus\n");
    for (const { type, status: value } of conditions) w.write(1, `${type} \t${value} \n`);
  }
  writeVolumes(w, spec?.volumes, "");
  w.write(0, `QoS Class:\t${status.qosClass ?? (spec ? qosClass(spec) : "")}\n`);
  writeLabels(w, "Node-Selectors", spec?.nodeSelector);
  writeTolerations(w, "Tolerations", spec?.tolerations);
  writeSpread(w, spec?.topologySpreadConstraints, "");
  // The mirror of a pod that a node runs on its own goes by the hash of its configuration.
  const uid = metadata.annotations?.["kubernetes.io/config.mirror"] ?? metadata.uid;
  await writeEvents(w, { metadata: uid === undefined ? metadata : { ...metadata, uid } }, context);
  return w.text();
};

function writeHead(w: DescriptionWriter, pod: Pod): void {
  const { metadata = {}, spec, status = {} } = pod;
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  if (spec?.priority !== undefined) w.write(0, `Priority:\t${spec.priority}\n`);
  if (spec?.priorityClassName) w.write(0, `Priority Class Name:\t${spec.priorityClassName}\n`);
  if (spec?.runtimeClassName) w.write(0, `Runtime Class Name:\t${spec.runtimeClassName}\n`);
  if (spec?.serviceAccountName) w.write(0, `Service Account:\t${spec.serviceAccountName}\n`);
  w.write(0, `Node:\t${spec?.nodeName ? `${spec.nodeName}/${status.hostIP ?? ""}` : "<none>"}\n`);
  if (status.startTime) w.write(0, `Start Time:\t${dateText(status.startTime)}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  if (metadata.deletionTimestamp && !isTerminal(status.phase)) {
    w.write(0, `Status:\tTerminating (lasts ${ageText(metadata.deletionTimestamp)})\n`);
    w.write(0, `Termination Grace Period:\t${metadata.deletionGracePeriodSeconds ?? 0}s\n`);
  } else w.write(0, `Status:\t${status.phase ?? ""}\n`);
  if (status.reason) w.write(0, `Reason:\t${status.reason}\n`);
  if (status.message) w.write(0, `Message:\t${status.message}\n`);
  const profile = spec?.securityContext?.seccompProfile;
  if (profile) w.write(0, `SeccompProfile:\t${profile.type}\n`);
  if (profile?.type === "Localhost") w.write(0, `LocalhostProfile:\t${profile.localhostProfile ?? ""}\n`);
  w.write(0, `IP:\t${status.podIP ?? ""}\n`);
  if (status.podIPs?.length) {
    w.write(0, "IPs:\n");
    for (const { ip } of status.podIPs) w.write(1, `IP:\t${ip}\n`);
  } else w.write(0, "IPs:\t<none>\n");
  const controller = controllerText(pod);
  if (controller) w.write(0, `Controlled By:\t${controller}\n`);
  if (status.nominatedNodeName) w.write(0, `NominatedNodeName:\t${status.nominatedNodeName}\n`);
  if (!spec?.resources) return;
  w.write(0, "Resources:\n");
  writeResources(w, spec.resources, 1);
}

/** Empty for all other fields: kubectl itself knows no more by name. */
function fieldText({ metadata }: Pod, path: string): string {
  if (path === "metadata.name") return metadata?.name ?? "";
  if (path === "metadata.namespace") return metadata?.namespace ?? "";
  return "";
}
