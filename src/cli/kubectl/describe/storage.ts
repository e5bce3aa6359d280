/** PersistentVolumes and what they come from. */
import type {
  CSINode,
  PersistentVolume,
  StorageClass,
  TopologySelectorTerm,
  VolumeAttributesClass,
  VolumeNodeAffinity,
} from "../../../api/generated/types.ts";
import { canonicalQuantity } from "../../../api/quantity.ts";
import { boolText } from "./batch.ts";
import { accessModesText, betaClass, phaseText } from "./claims.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { labelsText, writeAnnotations, writeLabels } from "./multiline.ts";
import { dateText } from "./times.ts";
import { persistentSource, writeSource } from "./volume-sources.ts";
import { DescriptionWriter } from "./writer.ts";

export const describePersistentVolume: Describer<PersistentVolume> = async (
  { metadata = {}, spec = {}, status },
  context,
) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `Finalizers:\t[${(metadata.finalizers ?? []).join(" ")}]\n`);
  w.write(0, `StorageClass:\t${betaClass(metadata.annotations) ?? spec.storageClassName ?? ""}\n`);
  w.write(0, `Status:\t${phaseText(metadata.deletionTimestamp, status?.phase)}\n`);
  w.write(0, `Claim:\t${spec.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : ""}\n`);
  w.write(0, `Reclaim Policy:\t${spec.persistentVolumeReclaimPolicy ?? ""}\n`);
  w.write(0, `Access Modes:\t${accessModesText(spec.accessModes)}\n`);
  if (spec.volumeMode !== undefined) w.write(0, `VolumeMode:\t${spec.volumeMode}\n`);
  w.write(0, `Capacity:\t${canonicalQuantity(spec.capacity?.storage ?? "0")}\n`);
  writeNodeAffinity(w, spec.nodeAffinity);
  w.write(0, `Message:\t${status?.message ?? ""}\n`);
  w.write(0, "Source:\n");
  writeSource(w, persistentSource(spec));
  await writeEvents(w, { metadata, kind: "PersistentVolume" }, context);
  return w.text();
};

function writeNodeAffinity(w: DescriptionWriter, affinity: VolumeNodeAffinity | undefined): void {
  const terms = affinity?.required?.nodeSelectorTerms;
  w.write(0, `Node Affinity:\t${terms ? "" : "<none>"}\n`);
  if (!terms) return;
  w.write(1, `Required Terms:\t${terms.length > 0 ? "" : "<none>"}\n`);
  terms.forEach(({ matchExpressions = [] }, i) => {
    const texts = matchExpressions.map(({ key, operator, values = [] }) =>
      expression(key, operator.toLowerCase(), values),
    );
    writeTerm(w, 2, i, texts);
  });
}

const expression = (key: string, operator: string, values: readonly string[]): string =>
  `${key} ${operator}${values.length > 0 ? ` [${values.join(", ")}]` : ""}`;

function writeTerm(w: DescriptionWriter, level: number, number: number, texts: readonly string[]): void {
  w.write(level, `Term ${number}:\t`);
  if (texts.length === 0) w.write(0, "<none>\n");
  texts.forEach((text, i) => {
    if (i > 0) w.write(level, "\t");
    w.write(0, `${text}\n`);
  });
}

export const describeStorageClass: Describer<StorageClass> = async (storage, context) => {
  const { metadata = {}, provisioner, parameters, mountOptions = [], allowedTopologies } = storage;
  const {
    "storageclass.kubernetes.io/is-default-class": stable,
    "storageclass.beta.kubernetes.io/is-default-class": beta,
  } = metadata.annotations ?? {};
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `IsDefaultClass:\t${stable === "true" || beta === "true" ? "Yes" : "No"}\n`);
  w.write(0, `Annotations:\t${labelsText(metadata.annotations)}\n`);
  w.write(0, `Provisioner:\t${provisioner}\n`);
  w.write(0, `Parameters:\t${labelsText(parameters)}\n`);
  w.write(0, `AllowVolumeExpansion:\t${boolText(storage.allowVolumeExpansion)}\n`);
  w.write(0, `MountOptions:${mountOptions.length === 0 ? "\t<none>" : ""}\n`);
  for (const option of mountOptions) w.write(1, `${option}\n`);
  if (storage.reclaimPolicy !== undefined) w.write(0, `ReclaimPolicy:\t${storage.reclaimPolicy}\n`);
  if (storage.volumeBindingMode !== undefined) w.write(0, `VolumeBindingMode:\t${storage.volumeBindingMode}\n`);
  if (allowedTopologies) writeTopologies(w, allowedTopologies);
  await writeEvents(w, { metadata, kind: "StorageClass" }, context);
  return w.text();
};

function writeTopologies(w: DescriptionWriter, terms: readonly TopologySelectorTerm[]): void {
  w.write(0, `AllowedTopologies:\t${terms.length === 0 ? "<none>" : ""}\n`);
  terms.forEach(({ matchLabelExpressions = [] }, i) => {
    writeTerm(
      w,
      1,
      i,
      matchLabelExpressions.map(({ key, values }) => expression(key, "in", values)),
    );
  });
}

export const describeVolumeAttributesClass: Describer<VolumeAttributesClass> = async (attributes, context) => {
  const { metadata = {}, driverName, parameters } = attributes;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Annotations:\t${labelsText(metadata.annotations)}\n`);
  w.write(0, `DriverName:\t${driverName}\n`);
  w.write(0, `Parameters:\t${labelsText(parameters)}\n`);
  await writeEvents(w, { metadata, kind: "VolumeAttributesClass" }, context);
  return w.text();
};

export const describeCsiNode: Describer<CSINode> = async ({ metadata = {}, spec }, context) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `CreationTimestamp:\t${dateText(metadata.creationTimestamp)}\n`);
  w.write(0, "Spec:\n");
  if (spec.drivers?.length) w.write(1, "Drivers:\n");
  for (const { name, nodeID, allocatable, topologyKeys } of spec.drivers ?? []) {
    w.write(2, `${name}:\n`);
    w.write(3, `Node ID:\t${nodeID}\n`);
    if (allocatable?.count !== undefined) {
      w.write(3, "Allocatables:\n");
      w.write(4, `Count:\t${allocatable.count}\n`);
    }
    if (topologyKeys) w.write(3, `Topology Keys:\t[${topologyKeys.join(" ")}]\n`);
  }
  await writeEvents(w, { metadata, kind: "CSINode" }, context);
  return w.text();
};
