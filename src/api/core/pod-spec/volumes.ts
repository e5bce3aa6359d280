/** Validation of volumes and of what containers mount. Texts are upstream's. */
import {
  duplicate,
  type FieldError,
  fieldNotFound,
  forbiddenField,
  invalidValue,
  notSupported,
  type Path,
  required,
} from "../../field.ts";
import type {
  Container,
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  Volume,
  VolumeMount,
} from "../../generated/types.ts";
import { checked } from "../../metadata.ts";
import { checkDnsLabel } from "../../names.ts";
import { isQuantity, parseQuantity } from "../../quantity.ts";
import { validateFieldRef, validateResourceFieldRef } from "./environment.ts";

const modeText = "must be a number between 0 and 0777 (octal), both inclusive";
const validateMode = (mode: number | undefined, at: Path): FieldError[] =>
  mode !== undefined && (mode < 0 || mode > 0o777) ? [invalidValue(at, mode, modeText)] : [];

const noBacksteps = (path: string, at: Path): FieldError[] =>
  path.split("/").includes("..") ? [invalidValue(at, path, "must not contain '..'")] : [];

const validateRelative = (path: string, at: Path): FieldError[] => [
  ...(path.startsWith("/") ? [invalidValue(at, path, "must be a relative path")] : []),
  ...noBacksteps(path, at),
];

const validateFileName = (path: string | undefined, at: Path): FieldError[] => [
  ...(path ? validateRelative(path, at) : [required(at)]),
  ...(path?.startsWith("..") && !path.startsWith("../") ? [invalidValue(at, path, "must not start with '..'")] : []),
];

const validateItems = (items: readonly KeyToPath[] | undefined, at: Path): FieldError[] =>
  (items ?? []).flatMap(({ key, path, mode }, i) => {
    const here = at.index(i);
    return [
      ...(key ? [] : [required(here.key("key"))]),
      ...validateFileName(path, here.key("path")),
      ...validateMode(mode, here.key("mode")),
    ];
  });

function validateDownwardFile({ path, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile, at: Path) {
  const errors = validateFileName(path, at.key("path"));
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, "volume", at.key("fieldRef")));
  if (fieldRef && resourceFieldRef)
    errors.push(invalidValue(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  else if (resourceFieldRef)
    errors.push(...validateResourceFieldRef(resourceFieldRef, "volume", at.key("resourceFieldRef")));
  else if (!fieldRef) errors.push(required(at, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...validateMode(mode, at.key("mode"))];
}

function validateProjected({ defaultMode, sources }: ProjectedVolumeSource, at: Path): FieldError[] {
  const errors = validateMode(defaultMode, at.key("defaultMode"));
  const paths = new Set<string>();
  const claim = (path: string | undefined, shown: string) => {
    if (!path) return;
    if (paths.has(path)) errors.push(invalidValue(at, shown, "conflicting duplicate paths"));
    paths.add(path);
  };
  (sources ?? []).forEach((source, i) => {
    const here = at.key("sources").index(i);
    for (const name of ["secret", "configMap"] as const) {
      const reference = source[name];
      if (!reference) continue;
      if (!reference.name) errors.push(required(here.key(name, "name")));
      errors.push(...validateItems(reference.items, here.key(name, "items")));
      for (const item of reference.items ?? []) claim(item.path, reference.name ?? "");
    }
    for (const file of source.downwardAPI?.items ?? []) {
      errors.push(...validateDownwardFile(file, here.key("downwardAPI")));
      claim(file.path, file.path);
    }
    const token = source.serviceAccountToken;
    if (token) {
      const seconds = token.expirationSeconds ?? 3600;
      const where = here.key("serviceAccountToken", "expirationSeconds");
      if (seconds < 600) errors.push(invalidValue(where, seconds, "may not specify a duration less than 10 minutes"));
      if (seconds > 2 ** 32)
        errors.push(invalidValue(where, seconds, "may not specify a duration larger than 2^32 seconds"));
      errors.push(...validateFileName(token.path, at.key("path")));
    }
    if (Object.values(source).filter((value) => value !== undefined).length > 1)
      errors.push(forbiddenField(here, "may not specify more than 1 volume type per source"));
  });
  return errors;
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

/** What a volume of each checked type must say. Types of storage that no node here has are taken as they are. */
function validateSource(volume: Volume, at: Path): FieldError[] {
  const { emptyDir, hostPath, secret, configMap, downwardAPI, projected, persistentVolumeClaim: claim } = volume;
  const errors: FieldError[] = [];
  const size = emptyDir?.sizeLimit;
  if (size !== undefined && (!isQuantity(size) || parseQuantity(size).mantissa < 0n))
    errors.push(forbiddenField(at.key("emptyDir", "sizeLimit"), "SizeLimit field must be a valid resource quantity"));
  if (hostPath) {
    const where = at.key("hostPath", "path");
    errors.push(...(hostPath.path ? noBacksteps(hostPath.path, where) : [required(where)]));
    if (hostPath.path && !hostPathTypes.includes(hostPath.type ?? ""))
      errors.push(notSupported(at.key("hostPath", "type"), hostPath.type, hostPathTypes));
  }
  if (secret) {
    if (!secret.secretName) errors.push(required(at.key("secret", "secretName")));
    errors.push(...validateMode(secret.defaultMode, at.key("secret", "defaultMode")));
    errors.push(...validateItems(secret.items, at.key("secret", "items")));
  }
  if (configMap) {
    if (!configMap.name) errors.push(required(at.key("configMap", "name")));
    errors.push(...validateMode(configMap.defaultMode, at.key("configMap", "defaultMode")));
    errors.push(...validateItems(configMap.items, at.key("configMap", "items")));
  }
  if (downwardAPI) {
    errors.push(...validateMode(downwardAPI.defaultMode, at.key("downwardAPI", "defaultMode")));
    for (const file of downwardAPI.items ?? []) errors.push(...validateDownwardFile(file, at.key("downwardAPI")));
  }
  if (claim && !claim.claimName) errors.push(required(at.key("persistentVolumeClaim", "claimName")));
  if (projected) errors.push(...validateProjected(projected, at.key("projected")));
  return errors;
}

/** Checks all volumes and tells the names of the good ones, which containers may mount. */
export function validateVolumes(volumes: readonly Volume[] | undefined, at: Path) {
  const names = new Set<string>();
  const errors: FieldError[] = [];
  (volumes ?? []).forEach((volume, i) => {
    const here = at.index(i);
    const types = Object.keys(volume).filter((key) => key !== "name" && volume[key as keyof Volume] !== undefined);
    const found = validateSource(volume, here);
    for (const type of types.slice(1))
      found.push(forbiddenField(here.key(type), "may not specify more than 1 volume type"));
    if (types.length === 0) found.push(required(here, "must specify a volume type"));
    found.push(...(volume.name ? checked(here.key("name"), volume.name, checkDnsLabel) : [required(here.key("name"))]));
    if (names.has(volume.name)) found.push(duplicate(here.key("name"), volume.name));
    if (found.length === 0) names.add(volume.name);
    errors.push(...found);
  });
  return { names: names as ReadonlySet<string>, errors };
}

const propagations = ["Bidirectional", "HostToContainer", "None"];

function validatePropagation(mount: VolumeMount, container: Container, at: Path): FieldError[] {
  const { mountPropagation: mode } = mount;
  if (mode === undefined) return [];
  if (!propagations.includes(mode)) return [notSupported(at, mode, propagations)];
  return mode === "Bidirectional" && !container.securityContext?.privileged
    ? [forbiddenField(at, "Bidirectional mount propagation is available only to privileged containers")]
    : [];
}

export function validateMounts(container: Container, volumes: ReadonlySet<string>, at: Path): FieldError[] {
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  const mounts = at.key("volumeMounts");
  const errors = (container.volumeMounts ?? []).flatMap((mount, i) => {
    const here = mounts.index(i);
    const found: FieldError[] = [];
    if (!mount.name) found.push(required(here.key("name")));
    if (!volumes.has(mount.name)) found.push(fieldNotFound(here.key("name"), mount.name ?? ""));
    if (!mount.mountPath) found.push(required(here.key("mountPath")));
    if (paths.has(mount.mountPath)) found.push(invalidValue(here.key("mountPath"), mount.mountPath, "must be unique"));
    paths.add(mount.mountPath);
    if (devices.some(({ name }) => name === mount.name))
      found.push(invalidValue(here.key("name"), mount.name, "must not already exist in volumeDevices"));
    if (devices.some(({ devicePath }) => devicePath === mount.mountPath))
      found.push(
        invalidValue(here.key("mountPath"), mount.mountPath, "must not already exist as a path in volumeDevices"),
      );
    // Upstream leaves the index out of these paths.
    if (mount.subPath) found.push(...validateRelative(mount.subPath, mounts.key("subPath")));
    if (mount.subPathExpr) {
      if (mount.subPath)
        found.push(
          invalidValue(here.key("subPathExpr"), mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"),
        );
      found.push(...validateRelative(mount.subPathExpr, mounts.key("subPathExpr")));
    }
    return [...found, ...validatePropagation(mount, container, mounts.key("mountPropagation"))];
  });
  devices.forEach(({ name, devicePath }, i) => {
    const here = at.key("volumeDevices").index(i);
    if (!name) errors.push(required(here.key("name")));
    else if (!volumes.has(name)) errors.push(fieldNotFound(here.key("name"), name));
    if (!devicePath) errors.push(required(here.key("devicePath")));
    else errors.push(...noBacksteps(devicePath, here.key("devicePath")));
  });
  return errors;
}
