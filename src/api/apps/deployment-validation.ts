import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, path, required } from "../field.ts";
import type { Deployment, DeploymentStrategy, RollingUpdateDeployment } from "../generated/types.ts";
import { type IntOrString, percentOf } from "../int-or-string.ts";
import { immutable, nonNegative } from "../metadata.ts";
import { checkPercent } from "../names.ts";
import { validateReplicatedTemplate, validateSelector } from "./pod-template.ts";

/** Zero or more: a number or a percentage. */
export function validateCountOrPercent(value: IntOrString | undefined, at: Path): FieldError[] {
  if (typeof value === "string") return checkPercent(value).map((text) => invalidValue(at, value, text));
  return nonNegative(value, at);
}

/** A percentage of more than 100 is refused. */
export const validateAtMostAll = (value: IntOrString | undefined, at: Path): FieldError[] =>
  (percentOf(value) ?? 0) > 100 ? [invalidValue(at, value, "must not be greater than 100%")] : [];

/** What is neither a number nor a percentage counts as zero here, and is refused elsewhere. */
export function isZero(value: IntOrString | undefined): boolean {
  const count =
    percentOf(value) ?? Number(typeof value === "string" && !/^[+-]?[0-9]+$/.test(value) ? 0 : (value ?? 0));
  return count === 0;
}

function validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDeployment, at: Path): FieldError[] {
  const errors = [
    ...validateCountOrPercent(maxUnavailable, at.key("maxUnavailable")),
    ...validateCountOrPercent(maxSurge, at.key("maxSurge")),
  ];
  if (isZero(maxUnavailable) && isZero(maxSurge))
    errors.push(invalidValue(at.key("maxUnavailable"), maxUnavailable ?? 0, "may not be 0 when `maxSurge` is 0"));
  return [...errors, ...validateAtMostAll(maxUnavailable, at.key("maxUnavailable"))];
}

function validateStrategy(strategy: DeploymentStrategy | undefined, at: Path): FieldError[] {
  switch (strategy?.type) {
    case "Recreate":
      return strategy.rollingUpdate
        ? [forbiddenField(at.key("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'")]
        : [];
    case "RollingUpdate":
      return strategy.rollingUpdate
        ? validateRollingUpdate(strategy.rollingUpdate, at.key("rollingUpdate"))
        : [required(at.key("rollingUpdate"), "this should be defaulted and never be nil")];
    default:
      // Upstream names the whole strategy, with the field names of its internal type.
      return [notSupported(at, { Type: strategy?.type ?? "", RollingUpdate: null }, ["Recreate", "RollingUpdate"])];
  }
}

export function validateDeployment({ spec }: Deployment): FieldError[] {
  const at = path("spec");
  const { minReadySeconds = 0, progressDeadlineSeconds } = spec ?? {};
  return [
    ...nonNegative(spec?.replicas, at.key("replicas")),
    ...validateSelector(spec?.selector, at.key("selector")),
    ...validateReplicatedTemplate(spec?.template, spec?.selector, at.key("selector"), at.key("template")),
    ...validateStrategy(spec?.strategy, at.key("strategy")),
    ...nonNegative(minReadySeconds, at.key("minReadySeconds")),
    ...nonNegative(spec?.revisionHistoryLimit, at.key("revisionHistoryLimit")),
    ...nonNegative(progressDeadlineSeconds, at.key("progressDeadlineSeconds")),
    ...(progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds
      ? [
          invalidValue(
            at.key("progressDeadlineSeconds"),
            progressDeadlineSeconds,
            "must be greater than minReadySeconds",
          ),
        ]
      : []),
  ];
}

export const validateDeploymentUpdate = (next: Deployment, previous: Deployment): FieldError[] =>
  immutable(next.spec?.selector, previous.spec?.selector, path("spec", "selector"));

/** The count of hash collisions only grows. */
export const validateCollisionCount = (
  next: number | undefined,
  previous: number | undefined,
  at: Path,
): FieldError[] =>
  previous !== undefined && (next === undefined || next < previous)
    ? [invalidValue(at, next ?? 0, "cannot be decremented")]
    : [];

export function validateDeploymentStatusUpdate({ status }: Deployment, previous: Deployment): FieldError[] {
  const at = path("status");
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const { unavailableReplicas, observedGeneration, collisionCount } = status ?? {};
  const above = (value: number, limit: number, name: string, limitName: string) =>
    value > limit ? [invalidValue(at.key(name), value, `cannot be greater than ${limitName}`)] : [];
  return [
    ...nonNegative(observedGeneration, at.key("observedGeneration")),
    ...nonNegative(replicas, at.key("replicas")),
    ...nonNegative(updatedReplicas, at.key("updatedReplicas")),
    ...nonNegative(readyReplicas, at.key("readyReplicas")),
    ...nonNegative(availableReplicas, at.key("availableReplicas")),
    ...nonNegative(unavailableReplicas, at.key("unavailableReplicas")),
    ...nonNegative(collisionCount, at.key("collisionCount")),
    ...above(updatedReplicas, replicas, "updatedReplicas", "status.replicas"),
    ...above(readyReplicas, replicas, "readyReplicas", "status.replicas"),
    ...above(availableReplicas, replicas, "availableReplicas", "status.replicas"),
    ...above(availableReplicas, readyReplicas, "availableReplicas", "readyReplicas"),
    ...validateCollisionCount(collisionCount, previous.status?.collisionCount, at.key("collisionCount")),
  ];
}
