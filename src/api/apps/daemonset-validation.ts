import { validatePodTemplate } from "../core/pod-spec/validation.ts";
import { type FieldError, invalidValue, notSupported, type Path, path, required } from "../field.ts";
import type { DaemonSet, DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from "../generated/types.ts";
import { selects } from "../labels.ts";
import { immutable, nonNegative, validateLabelSelector } from "../metadata.ts";
import { isZero, validateAtMostAll, validateCollisionCount, validateCountOrPercent } from "./deployment-validation.ts";
import { isEmptySelector, isReadable, validateRunsForever } from "./pod-template.ts";

/** Exactly one of the two must be above zero. */
function validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDaemonSet, at: Path): FieldError[] {
  const errors = [
    ...validateCountOrPercent(maxUnavailable, at.key("maxUnavailable")),
    ...validateCountOrPercent(maxSurge, at.key("maxSurge")),
    ...validateAtMostAll(maxUnavailable, at.key("maxUnavailable")),
    ...validateAtMostAll(maxSurge, at.key("maxSurge")),
  ];
  const [unavailable, surge] = [!isZero(maxUnavailable), !isZero(maxSurge)];
  if (unavailable && surge)
    errors.push(invalidValue(at.key("maxSurge"), maxSurge, "may not be set when maxUnavailable is non-zero"));
  if (!unavailable && !surge) errors.push(required(at.key("maxUnavailable"), "cannot be 0 when maxSurge is 0"));
  return errors;
}

function validateStrategy(strategy: DaemonSetUpdateStrategy | undefined, at: Path): FieldError[] {
  switch (strategy?.type) {
    case "OnDelete":
      return [];
    case "RollingUpdate":
      return strategy.rollingUpdate
        ? validateRollingUpdate(strategy.rollingUpdate, at.key("rollingUpdate"))
        : [required(at.key("rollingUpdate"))];
    default:
      // Upstream names the whole strategy, with the field names of its internal type.
      return [notSupported(at, { Type: strategy?.type ?? "", RollingUpdate: null }, ["RollingUpdate", "OnDelete"])];
  }
}

/** @param previous what is stored: that the selector stays comes before everything else */
export function validateDaemonSet({ spec }: DaemonSet, previous?: DaemonSet): FieldError[] {
  const at = path("spec");
  const { selector, template } = spec ?? {};
  const labels = template?.metadata?.labels;
  const templateAt = at.key("template");
  const errors = validateLabelSelector(selector, at.key("selector"));
  if (isReadable(selector) && !selects(selector, labels))
    errors.push(
      invalidValue(templateAt.key("metadata", "labels"), labels, "`selector` does not match template `labels`"),
    );
  if (isEmptySelector(selector))
    errors.push(invalidValue(at.key("selector"), selector, "empty selector is invalid for daemonset"));
  return [
    ...(previous ? immutable(selector, previous.spec?.selector, at.key("selector")) : []),
    ...errors,
    ...validatePodTemplate(template ?? {}, templateAt),
    ...validateRunsForever(template, templateAt, "DaemonSet"),
    ...nonNegative(spec?.minReadySeconds, at.key("minReadySeconds")),
    ...validateStrategy(spec?.updateStrategy, at.key("updateStrategy")),
    ...nonNegative(spec?.revisionHistoryLimit, at.key("revisionHistoryLimit")),
  ];
}

export function validateDaemonSetStatusUpdate({ status }: DaemonSet, previous: DaemonSet): FieldError[] {
  const at = path("status");
  const counts = [
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
  ] as const;
  return [
    ...counts.flatMap((name) => nonNegative(status?.[name], at.key(name))),
    ...validateCollisionCount(status?.collisionCount, previous.status?.collisionCount, at.key("collisionCount")),
  ];
}
