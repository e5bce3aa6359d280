/** Rules that Deployment and ReplicaSet share: their selector and pod template. */
import { validatePodTemplate } from "../core/pod-spec/validation.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, required } from "../field.ts";
import type { LabelSelector, PodTemplateSpec } from "../generated/types.ts";
import { selects } from "../labels.ts";
import { validateLabelSelector } from "../metadata.ts";

const operators = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Does the selector select everything? An absent one selects nothing. */
const isEmpty = (selector: LabelSelector | undefined): boolean =>
  selector !== undefined &&
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;

export function validateSelector(selector: LabelSelector | undefined, at: Path): FieldError[] {
  if (!selector) return [required(at)];
  const errors = validateLabelSelector(selector, at);
  if (isEmpty(selector)) errors.push(invalidValue(at, selector, "empty selector is invalid for deployment"));
  return errors;
}

/** What a selector that cannot be read leaves unknown is not reported twice. */
export function validateReplicatedTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  selectorAt: Path,
  at: Path,
): FieldError[] {
  if (!template) return [required(at)];
  const known = (selector?.matchExpressions ?? []).every(({ operator }) => operators.includes(operator));
  if (!known) return [invalidValue(selectorAt, selector, "invalid label selector")];
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [];
  if (!isEmpty(selector) && !selects(selector, labels))
    errors.push(invalidValue(at.key("metadata", "labels"), labels, "`selector` does not match template `labels`"));
  errors.push(...validatePodTemplate(template, at));
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== "Always")
    errors.push(notSupported(at.key("spec", "restartPolicy"), restartPolicy ?? "", ["Always"]));
  if (activeDeadlineSeconds !== undefined)
    errors.push(
      forbiddenField(at.key("spec", "activeDeadlineSeconds"), "activeDeadlineSeconds in ReplicaSet is not Supported"),
    );
  return errors;
}
