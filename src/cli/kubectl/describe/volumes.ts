/** The volumes of a pod or a pod template. */
import type { ProjectedVolumeSource, Volume } from "../../../api/generated/types.ts";
import { CommandError } from "../core/command.ts";
import type { DescriptionWriter } from "./writer.ts";

type Rows = readonly (readonly [name: string, value: unknown])[];

/** @param indent what stands in front of the title: two spaces within a pod template */
export function writeVolumes(w: DescriptionWriter, volumes: readonly Volume[] | undefined, indent: string): void {
  if (!volumes?.length) {
    w.write(0, `${indent}Volumes:\t<none>\n`);
    return;
  }
  w.write(0, `${indent}Volumes:\n`);
  for (const volume of volumes) {
    w.write(1, `${indent ? " " : ""}${volume.name}:\n`);
    for (const [name, value] of rowsOf(volume)) w.write(2, `${name}:${value === undefined ? "" : `\t${value}`}\n`);
    for (const { path, fieldRef, resourceFieldRef } of volume.downwardAPI?.items ?? []) {
      w.write(3, `${fieldRef?.fieldPath ?? resourceFieldRef?.resource} -> ${path}\n`);
    }
  }
}

function rowsOf(volume: Volume): Rows {
  const { hostPath, emptyDir, secret, configMap, persistentVolumeClaim, nfs, projected, csi, image } = volume;
  if (hostPath) {
    return [
      ["Type", "HostPath (bare host directory volume)"],
      ["Path", hostPath.path],
      ["HostPathType", hostPath.type ?? "<none>"],
    ];
  }
  if (emptyDir) {
    const limit = emptyDir.sizeLimit;
    return [
      ["Type", "EmptyDir (a temporary directory that shares a pod's lifetime)"],
      ["Medium", emptyDir.medium ?? ""],
      ["SizeLimit", limit && limit !== "0" ? limit : "<unset>"],
    ];
  }
  if (secret) {
    return [
      ["Type", "Secret (a volume populated by a Secret)"],
      ["SecretName", secret.secretName ?? ""],
      ["Optional", secret.optional ?? false],
    ];
  }
  if (configMap) {
    return [
      ["Type", "ConfigMap (a volume populated by a ConfigMap)"],
      ["Name", configMap.name ?? ""],
      ["Optional", configMap.optional ?? false],
    ];
  }
  if (persistentVolumeClaim) {
    return [
      ["Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"],
      ["ClaimName", persistentVolumeClaim.claimName],
      ["ReadOnly", persistentVolumeClaim.readOnly ?? false],
    ];
  }
  if (nfs) {
    return [
      ["Type", "NFS (an NFS mount that lasts the lifetime of a pod)"],
      ["Server", nfs.server],
      ["Path", nfs.path],
      ["ReadOnly", nfs.readOnly ?? false],
    ];
  }
  if (volume.downwardAPI) {
    return [
      ["Type", "DownwardAPI (a volume populated by information about the pod)"],
      ["Items", undefined],
    ];
  }
  if (projected) {
    return [
      ["Type", "Projected (a volume that contains injected data from multiple sources)"],
      ...projectedRows(projected),
    ];
  }
  if (csi) {
    return [
      ["Type", "CSI (a Container Storage Interface (CSI) volume source)"],
      ["Driver", csi.driver],
      ["FSType", csi.fsType ?? ""],
      ["ReadOnly", csi.readOnly ?? false],
      ["VolumeAttributes", attributesText(csi.volumeAttributes)],
    ];
  }
  if (image) {
    return [
      ["Type", "Image (a container image or OCI artifact)"],
      ["Reference", image.reference ?? ""],
      ["PullPolicy", image.pullPolicy ?? ""],
    ];
  }
  const type = Object.keys(volume).find((key) => key !== "name");
  throw new CommandError(`volume ${volume.name}: a volume of type ${type ?? "<unknown>"} cannot be described yet`);
}

/** Each attribute and the tab in front of it carry the indentation of their own that kubectl gives them. */
function attributesText(attributes: Readonly<Record<string, string>> = {}): string {
  const lines = Object.keys(attributes)
    .sort()
    .map((key) => `    ${key}=${attributes[key]}`);
  return lines.length > 0 ? lines.join("\n        \t") : "<none>";
}

const projectedRows = ({ sources = [] }: ProjectedVolumeSource): Rows =>
  sources.flatMap(({ secret, downwardAPI, configMap, serviceAccountToken }): Rows => {
    if (secret) {
      return [
        ["SecretName", secret.name ?? ""],
        ["Optional", secret.optional ?? false],
      ];
    }
    if (downwardAPI) return [["DownwardAPI", "true"]];
    if (configMap) {
      return [
        ["ConfigMapName", configMap.name ?? ""],
        ["Optional", configMap.optional ?? false],
      ];
    }
    return serviceAccountToken ? [["TokenExpirationSeconds", serviceAccountToken.expirationSeconds]] : [];
  });
