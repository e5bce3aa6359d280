/** Rules for what a PersistentVolumeClaim asks for. */
import { semanticEqual } from "../equal.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, required } from "../field.ts";
import type { PersistentVolumeClaimSpec, TypedLocalObjectReference, TypedObjectReference } from "../generated/types.ts";
import { checked, validateLabelSelector } from "../metadata.ts";
import { checkDnsLabel, checkDnsSubdomain } from "../names.ts";
import { canonicalQuantity, isQuantity, parseQuantity, quantityFormatText, quantityMilliValue } from "../quantity.ts";

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const volumeModes = ["Block", "Filesystem"];

function validateAccessModes(modes: readonly string[], at: Path): FieldError[] {
  const errors = modes.filter((mode) => !accessModes.includes(mode)).map((mode) => notSupported(at, mode, accessModes));
  const shared = modes.some((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode));
  if (modes.includes("ReadWriteOncePod") && shared)
    errors.push(forbiddenField(at, "may not use ReadWriteOncePod with other access modes"));
  return errors;
}

function validateStorage(amount: string | undefined, at: Path): FieldError[] {
  if (amount === undefined) return [required(at)];
  if (!isQuantity(amount)) return [invalidValue(at, amount, quantityFormatText)];
  return parseQuantity(amount).mantissa <= 0n
    ? [invalidValue(at, canonicalQuantity(amount), "must be greater than zero")]
    : [];
}

function validateSource(source: TypedLocalObjectReference | TypedObjectReference | undefined, at: Path): FieldError[] {
  if (!source) return [];
  const { apiGroup = "", kind, name } = source;
  const { namespace = "" } = source as TypedObjectReference;
  return [
    ...(name ? [] : [required(at.key("name"))]),
    ...(kind ? [] : [required(at.key("kind"))]),
    ...(apiGroup === "" && kind !== "PersistentVolumeClaim"
      ? [invalidValue(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : []),
    ...(apiGroup ? checked(at.key("apiGroup"), apiGroup, checkDnsSubdomain) : []),
    ...(namespace ? checked(at.key("namespace"), namespace, checkDnsLabel) : []),
  ];
}

/** Upstream shows the path, an object without visible fields, where the value should stand. */
function validateSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, at: Path): FieldError[] {
  if (!dataSource || !dataSourceRef) return [];
  if (dataSourceRef.namespace)
    return [invalidValue(at, {}, "may not be specified when dataSourceRef.namespace is specified")];
  const { apiGroup, kind, name } = dataSourceRef;
  const same =
    apiGroup === dataSource.apiGroup && semanticEqual({ kind, name }, { kind: dataSource.kind, name: dataSource.name });
  return same ? [] : [invalidValue(at, {}, "must match dataSourceRef")];
}

export function validateClaimSpec(claim: PersistentVolumeClaimSpec, at: Path): FieldError[] {
  const { accessModes: modes = [], selector, storageClassName, volumeMode, dataSource, dataSourceRef } = claim;
  return [
    ...(modes.length === 0 ? [required(at.key("accessModes"), "at least 1 access mode is required")] : []),
    ...validateLabelSelector(selector, at.key("selector")),
    ...validateAccessModes(modes, at.key("accessModes")),
    ...validateStorage(claim.resources?.requests?.storage, at.key("resources").entry("storage")),
    ...(storageClassName ? checked(at.key("storageClassName"), storageClassName, checkDnsSubdomain) : []),
    ...(volumeMode !== undefined && !volumeModes.includes(volumeMode)
      ? [notSupported(at.key("volumeMode"), volumeMode, volumeModes)]
      : []),
    ...validateSource(dataSource, at.key("dataSource")),
    ...validateSource(dataSourceRef, at.key("dataSourceRef")),
    ...validateSources(claim, at),
    ...(claim.volumeAttributesClassName
      ? checked(at.key("volumeAttributesClassName"), claim.volumeAttributesClassName, checkDnsSubdomain)
      : []),
  ];
}

/** @param at as the warning names the claim */
export function claimWarnings({ resources }: PersistentVolumeClaimSpec, at: Path): string[] {
  return (["requests", "limits"] as const).flatMap((list) => {
    const amount = resources?.[list]?.storage;
    if (amount === undefined || quantityMilliValue(parseQuantity(amount)) % 1000 === 0) return [];
    const here = at.key("resources", list).entry("storage");
    return [
      `${here}: fractional byte value ${JSON.stringify(canonicalQuantity(amount))} is invalid, must be an integer`,
    ];
  });
}
