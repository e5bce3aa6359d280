import { validatePodTemplate } from "../core/pod-spec/validation.ts";
import { semanticEqual } from "../equal.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, path, required } from "../field.ts";
import type {
  PersistentVolumeClaimSpec,
  PodTemplateSpec,
  RollingUpdateStatefulSetStrategy,
  StatefulSet,
  StatefulSetSpec,
  Volume,
} from "../generated/types.ts";
import { selects } from "../labels.ts";
import { checked, nonNegative, validateLabelSelector } from "../metadata.ts";
import { checkDnsLabel, checkDnsSubdomain } from "../names.ts";
import { isQuantity, parseQuantity, quantityFormatText } from "../quantity.ts";
import { isZero, validateAtMostAll, validateCollisionCount, validateCountOrPercent } from "./deployment-validation.ts";
import { isEmptySelector, isReadable, validateRunsForever, validateSelector } from "./pod-template.ts";

function validateRollingUpdate(update: RollingUpdateStatefulSetStrategy, at: Path): FieldError[] {
  const { partition, maxUnavailable } = update;
  const errors = nonNegative(partition, at.key("partition"));
  if (maxUnavailable === undefined) return errors;
  const here = at.key("maxUnavailable");
  return [
    ...errors,
    ...validateCountOrPercent(maxUnavailable, here),
    ...(isZero(maxUnavailable) ? [invalidValue(here, maxUnavailable, "cannot be 0")] : []),
    ...validateAtMostAll(maxUnavailable, here),
  ];
}

/** As upstream shows it: with the field names of its internal type. */
const internal = (update: RollingUpdateStatefulSetStrategy | undefined) =>
  update ? { Partition: update.partition ?? 0, MaxUnavailable: update.maxUnavailable ?? null } : null;

function validateStrategy({ updateStrategy }: StatefulSetSpec, at: Path): FieldError[] {
  const { type, rollingUpdate } = updateStrategy ?? {};
  switch (type) {
    case undefined:
    case "":
      return [required(at)];
    case "OnDelete":
      return rollingUpdate
        ? [
            invalidValue(
              at.key("rollingUpdate"),
              internal(rollingUpdate),
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ]
        : [];
    case "RollingUpdate":
      return rollingUpdate ? validateRollingUpdate(rollingUpdate, at.key("rollingUpdate")) : [];
    default:
      return [
        invalidValue(
          at,
          { Type: type, RollingUpdate: internal(rollingUpdate) },
          "must be 'RollingUpdate' or 'OnDelete'",
        ),
      ];
  }
}

function validatePodManagement(policy: string | undefined, at: Path): FieldError[] {
  if (!policy) return [required(at)];
  return policy === "OrderedReady" || policy === "Parallel"
    ? []
    : [invalidValue(at, policy, "must be 'OrderedReady' or 'Parallel'")];
}

const retentions = ["Retain", "Delete"];
const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

function validateStorage(amount: string | undefined, at: Path): FieldError[] {
  if (amount === undefined) return [required(at)];
  if (!isQuantity(amount)) return [invalidValue(at, amount, quantityFormatText)];
  return parseQuantity(amount).mantissa <= 0n ? [invalidValue(at, amount, "must be greater than zero")] : [];
}

function validateClaimSpec(claim: PersistentVolumeClaimSpec, at: Path): FieldError[] {
  const modes = claim.accessModes ?? [];
  const modesAt = at.key("accessModes");
  const errors = modes.length === 0 ? [required(modesAt, "at least 1 access mode is required")] : [];
  errors.push(...validateLabelSelector(claim.selector, at.key("selector")));
  for (const mode of modes) if (!accessModes.includes(mode)) errors.push(notSupported(modesAt, mode, accessModes));
  const shared = modes.some((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode));
  if (modes.includes("ReadWriteOncePod") && shared)
    errors.push(forbiddenField(modesAt, "may not use ReadWriteOncePod with other access modes"));
  errors.push(...validateStorage(claim.resources?.requests?.storage, at.key("resources").entry("storage")));
  if (claim.storageClassName)
    errors.push(...checked(at.key("storageClassName"), claim.storageClassName, checkDnsSubdomain));
  const { volumeMode } = claim;
  if (volumeMode !== undefined && volumeMode !== "Block" && volumeMode !== "Filesystem")
    errors.push(notSupported(at.key("volumeMode"), volumeMode, ["Block", "Filesystem"]));
  return errors;
}

/** The template as pods will have it: the controller sets its host name, and volumes for its claims. */
function effectiveTemplate({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  const { hostname: _, subdomain: __, ...spec } = template.spec ?? { containers: [] };
  if (volumeClaimTemplates.length === 0) return { ...template, spec };
  const claims = volumeClaimTemplates.map(
    ({ metadata }): Volume => ({
      name: metadata?.name ?? "",
      persistentVolumeClaim: { claimName: metadata?.name ?? "" },
    }),
  );
  const names = new Set(claims.map(({ name }) => name));
  const volumes = [...claims, ...(spec.volumes ?? []).filter(({ name }) => !names.has(name))];
  return { ...template, spec: { ...spec, volumes } };
}

function validateTemplate(spec: StatefulSetSpec, at: Path): FieldError[] {
  const { selector } = spec;
  if (!isReadable(selector)) return [invalidValue(at.key("selector"), selector, "")];
  const template = effectiveTemplate(spec);
  const labels = template.metadata?.labels;
  const here = at.key("template");
  return [
    ...(!isEmptySelector(selector) && !selects(selector, labels)
      ? [invalidValue(here.key("metadata", "labels"), labels, "`selector` does not match template `labels`")]
      : []),
    ...validatePodTemplate(template, here),
  ];
}

export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  const at = path("spec");
  if (!spec) return [required(at)];
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  const retentionAt = at.key("persistentVolumeClaimRetentionPolicy");
  const retained = (name: "whenDeleted" | "whenScaled") =>
    retention && !retentions.includes(retention[name] ?? "")
      ? [notSupported(retentionAt.key(name), retention[name] ?? "", retentions)]
      : [];
  return [
    ...validatePodManagement(spec.podManagementPolicy, at.key("podManagementPolicy")),
    ...validateStrategy(spec, at.key("updateStrategy")),
    ...retained("whenDeleted"),
    ...retained("whenScaled"),
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      validateClaimSpec(claim.spec ?? {}, at.key("volumeClaimTemplates").index(i).key("spec")),
    ),
    ...nonNegative(spec.replicas, at.key("replicas")),
    ...nonNegative(spec.minReadySeconds, at.key("minReadySeconds")),
    ...nonNegative(spec.ordinals?.start, at.key("ordinals.start")),
    ...(spec.serviceName ? checked(at.key("serviceName"), spec.serviceName, checkDnsLabel) : []),
    ...validateSelector(spec.selector, at.key("selector"), "statefulset"),
    ...validateTemplate(spec, at),
    ...validateRunsForever(spec.template, at.key("template"), "StatefulSet"),
  ];
}

const changeable = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
] as const;

export function validateStatefulSetUpdate(next: StatefulSet, previous: StatefulSet): FieldError[] {
  const fixed = ({ spec }: StatefulSet) => {
    const rest: Record<string, unknown> = { ...spec };
    for (const name of changeable) delete rest[name];
    return rest;
  };
  return semanticEqual(fixed(next), fixed(previous))
    ? []
    : [
        forbiddenField(
          path("spec"),
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      ];
}

export function validateStatefulSetStatusUpdate({ status }: StatefulSet, previous: StatefulSet): FieldError[] {
  const at = path("status");
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const counts = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] as const;
  const above = (value: number, limit: number, name: string, limitName: string) =>
    value > limit ? [invalidValue(at.key(name), value, `cannot be greater than ${limitName}`)] : [];
  return [
    ...[...counts, "observedGeneration" as const, "collisionCount" as const].flatMap((name) =>
      nonNegative(status?.[name], at.key(name)),
    ),
    ...counts.slice(1).flatMap((name) => above(status?.[name] ?? 0, replicas, name, "status.replicas")),
    ...above(availableReplicas, readyReplicas, "availableReplicas", "status.readyReplicas"),
    ...validateCollisionCount(status?.collisionCount, previous.status?.collisionCount, at.key("collisionCount")),
  ];
}
