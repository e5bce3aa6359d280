/** Rules that the kinds with a pod template share: selector and template. */
import { validatePodTemplate } from "../core/pod-spec/validation.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, required } from "../field.ts";
import type { LabelSelector, PodTemplateSpec } from "../generated/types.ts";
import { selects } from "../labels.ts";
import { validateLabelSelector } from "../metadata.ts";

const operators = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Does the selector select everything? An absent one selects nothing. */
export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  selector !== undefined &&
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;

/** @param kind as upstream's text names it; it calls a ReplicaSet a deployment too */
export function validateSelector(
  selector: LabelSelector | undefined,
  at: Path,
  kind: "deployment" | "statefulset" = "deployment",
): FieldError[] {
  if (!selector) return [required(at)];
  const errors = validateLabelSelector(selector, at);
  if (isEmptySelector(selector)) errors.push(invalidValue(at, selector, `empty selector is invalid for ${kind}`));
  return errors;
}

/** Are all its operators known? */
export const isReadable = (selector: LabelSelector | undefined): boolean =>
  (selector?.matchExpressions ?? []).every(({ operator }) => operators.includes(operator));

/** What a selector that cannot be read leaves unknown is not reported twice. */
export function validateReplicatedTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  selectorAt: Path,
  at: Path,
): FieldError[] {
  if (!template) return [required(at)];
  if (!isReadable(selector)) return [invalidValue(selectorAt, selector, "invalid label selector")];
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [];
  if (!isEmptySelector(selector) && !selects(selector, labels))
    errors.push(invalidValue(at.key("metadata", "labels"), labels, "`selector` does not match template `labels`"));
  return [...errors, ...validatePodTemplate(template, at), ...validateRunsForever(template, at, "ReplicaSet")];
}

/** Pods of a workload that is to run until it is deleted. */
export function validateRunsForever(template: PodTemplateSpec | undefined, at: Path, kind: string): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  const errors: FieldError[] = [];
  if (restartPolicy !== "Always")
    errors.push(notSupported(at.key("spec", "restartPolicy"), restartPolicy ?? "", ["Always"]));
  if (activeDeadlineSeconds !== undefined)
    errors.push(
      forbiddenField(at.key("spec", "activeDeadlineSeconds"), `activeDeadlineSeconds in ${kind} is not Supported`),
    );
  return errors;
}
