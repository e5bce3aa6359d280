/** PersistentVolumeClaims: alone, and where a pod brings its own. */
import type { PersistentVolumeClaim, Pod } from "../../../api/generated/types.ts";
import { canonicalQuantity } from "../../../api/quantity.ts";
import { apiPath } from "../core/paths.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels, writeLines } from "./multiline.ts";
import { ageText, dateText } from "./times.ts";
import { DescriptionWriter, type Writer } from "./writer.ts";

export const describeClaim: Describer<PersistentVolumeClaim> = async (claim, context) => {
  const { metadata = {}, status } = claim;
  const { session } = context;
  const path = apiPath((await session.discovery()).find("pods"), { namespace: metadata.namespace });
  const { items = [] } = await session.json<{ items?: Pod[] }>("GET", path);
  const w = new DescriptionWriter();
  writeClaim(w, claim, true);
  writeLines(w, "Used By", usersOf(claim, items));
  if (status?.conditions?.length) {
    w.write(0, "Conditions:\n");
    w.write(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n");
    w.write(1, "----\t------\t-----------------\t------------------\t------\t-------\n");
    for (const c of status.conditions) {
      const times = `${dateText(c.lastProbeTime)} \t${dateText(c.lastTransitionTime)}`;
      w.write(1, `${c.type} \t${c.status} \t${times} \t${c.reason ?? ""} \t${c.message ?? ""}\n`);
    }
  }
  await writeEvents(w, { metadata, kind: "PersistentVolumeClaim" }, context);
  return w.text();
};

/** The pods that mount it, and those that own it. */
function usersOf({ metadata = {} }: PersistentVolumeClaim, pods: readonly Pod[]): string[] {
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === "Pod").map(({ uid }) => uid);
  const uses = (pod: Pod) =>
    owners.includes(pod.metadata?.uid ?? "") ||
    (pod.spec?.volumes ?? []).some((v) => v.persistentVolumeClaim?.claimName === metadata.name);
  return pods
    .filter(uses)
    .map((pod) => pod.metadata?.name ?? "")
    .sort();
}

/** @param whole not just the template of one */
export function writeClaim(
  w: Writer,
  { metadata = {}, spec = {}, status }: PersistentVolumeClaim,
  whole: boolean,
): void {
  if (whole) {
    w.write(0, `Name:\t${metadata.name}\n`);
    w.write(0, `Namespace:\t${metadata.namespace}\n`);
  }
  w.write(0, `StorageClass:\t${betaClass(metadata.annotations) ?? spec.storageClassName ?? ""}\n`);
  if (whole) w.write(0, `Status:\t${phaseText(metadata.deletionTimestamp, status?.phase)}\n`);
  w.write(0, `Volume:\t${spec.volumeName ?? ""}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  if (whole) w.write(0, `Finalizers:\t[${(metadata.finalizers ?? []).join(" ")}]\n`);
  const bound = Boolean(spec.volumeName);
  w.write(0, `Capacity:\t${bound ? canonicalQuantity(status?.capacity?.storage ?? "0") : ""}\n`);
  w.write(0, `Access Modes:\t${bound ? accessModesText(status?.accessModes) : ""}\n`);
  if (spec.volumeMode !== undefined) w.write(0, `VolumeMode:\t${spec.volumeMode}\n`);
  if (!spec.dataSource) return;
  w.write(0, "DataSource:\n");
  if (spec.dataSource.apiGroup !== undefined) w.write(1, `APIGroup:\t${spec.dataSource.apiGroup}\n`);
  w.write(1, `Kind:\t${spec.dataSource.kind}\n`);
  w.write(1, `Name:\t${spec.dataSource.name}\n`);
}

/** The class as old claims and volumes name it. */
export const betaClass = (annotations: Readonly<Record<string, string>> | undefined): string | undefined =>
  annotations?.["volume.beta.kubernetes.io/storage-class"];

export const phaseText = (deletionTimestamp: string | undefined, phase = ""): string =>
  deletionTimestamp ? `Terminating (lasts ${ageText(deletionTimestamp)})` : phase;

const modes = { ReadWriteOnce: "RWO", ReadOnlyMany: "ROX", ReadWriteMany: "RWX", ReadWriteOncePod: "RWOP" };

/** `RWO,ROX`, always in that order. */
export const accessModesText = (given: readonly string[] = []): string =>
  Object.entries(modes)
    .flatMap(([mode, short]) => (given.includes(mode) ? [short] : []))
    .join(",");
