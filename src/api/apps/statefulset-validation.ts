import { validateClaimSpec } from "../core/claim-spec.ts";
import { validatePodTemplate } from "../core/pod-spec/validation.ts";
import { semanticEqual } from "../equal.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, path, required } from "../field.ts";
import type {
  PodTemplateSpec,
  RollingUpdateStatefulSetStrategy,
  StatefulSet,
  StatefulSetSpec,
  Volume,
} from "../generated/types.ts";
import { selects } from "../labels.ts";
import { checked, nonNegative, validateAnnotations, validateLabels } from "../metadata.ts";
import { checkDnsLabel } from "../names.ts";
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

/** What an update need not be told again of an object that is stored already. */
interface Tolerance {
  readonly template: boolean;
  /** Parts that never change. */
  readonly fixed: boolean;
}

function validateTemplate(spec: StatefulSetSpec, at: Path, { template: tolerated }: Tolerance): FieldError[] {
  const { selector } = spec;
  if (!isReadable(selector)) return [invalidValue(at.key("selector"), selector, "")];
  const template = effectiveTemplate(spec);
  const { labels, annotations } = template.metadata ?? {};
  const here = at.key("template");
  return [
    ...(!isEmptySelector(selector) && !selects(selector, labels)
      ? [invalidValue(here.key("metadata", "labels"), labels, "`selector` does not match template `labels`")]
      : []),
    ...(tolerated ? [] : validatePodTemplate(template, here)),
    // Upstream checks these once more, and so reports each as two causes.
    ...validateLabels(labels, here.key("labels")),
    ...validateAnnotations(annotations, here.key("annotations")),
  ];
}

function validateSpec(spec: StatefulSetSpec, at: Path, tolerance: Tolerance): FieldError[] {
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  const retentionAt = at.key("persistentVolumeClaimRetentionPolicy");
  const retained = (name: "whenDeleted" | "whenScaled") =>
    retention && !retentions.includes(retention[name] ?? "")
      ? [notSupported(retentionAt.key(name), retention[name] ?? "", retentions)]
      : [];
  const claims = tolerance.fixed ? [] : (spec.volumeClaimTemplates ?? []);
  const serviceName = tolerance.fixed ? undefined : spec.serviceName;
  return [
    ...validatePodManagement(spec.podManagementPolicy, at.key("podManagementPolicy")),
    ...validateStrategy(spec, at.key("updateStrategy")),
    ...retained("whenDeleted"),
    ...retained("whenScaled"),
    ...claims.flatMap((claim, i) =>
      validateClaimSpec(claim.spec ?? {}, at.key("volumeClaimTemplates").index(i).key("spec")),
    ),
    ...nonNegative(spec.replicas, at.key("replicas")),
    ...nonNegative(spec.minReadySeconds, at.key("minReadySeconds")),
    ...nonNegative(spec.ordinals?.start, at.key("ordinals.start")),
    ...(serviceName ? checked(at.key("serviceName"), serviceName, checkDnsLabel) : []),
    ...validateSelector(spec.selector, at.key("selector"), "statefulset"),
    ...validateTemplate(spec, at, tolerance),
    ...validateRunsForever(spec.template, at.key("template"), "StatefulSet"),
  ];
}

/** @param previous what is stored: an update is not refused for a template that was wrong before */
export function validateStatefulSet({ spec }: StatefulSet, previous?: StatefulSet): FieldError[] {
  const at = path("spec");
  if (!spec) return [required(at)];
  const strict = { template: false, fixed: false };
  if (!previous?.spec) return validateSpec(spec, at, strict);
  const lenient = { template: false, fixed: true };
  const template = validateSpec(previous.spec, at, lenient).length > 0;
  return validateSpec(spec, at, { ...lenient, template });
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
