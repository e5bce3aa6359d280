/** Rules that Deployment and ReplicaSet share: their selector and pod template. */
import { validatePodTemplate } from "../core/pod-spec/validation.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, required } from "../field.ts";
import type { LabelSelector, PodTemplateSpec } from "../generated/types.ts";
import { selects } from "../labels.ts";
import { validateLabelSelector } from "../metadata.ts";

export function validateSelector(selector: LabelSelector | undefined, at: Path): FieldError[] {
  if (!selector) return [required(at)];
  const errors = validateLabelSelector(selector, at);
  const empty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  if (empty) errors.push(invalidValue(at, selector, "empty selector is invalid for deployment"));
  return errors;
}

/** @param template absent is reported as missing */
export function validateReplicatedTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  at: Path,
): FieldError[] {
  if (!template) return [required(at)];
  const errors: FieldError[] = [];
  const labels = template.metadata?.labels;
  const known = (selector?.matchExpressions ?? []).every(({ operator }) =>
    ["In", "NotIn", "Exists", "DoesNotExist"].includes(operator),
  );
  const empty = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0;
  if (selector && known && !empty && !selects(selector, labels))
    errors.push(
      invalidValue(at.key("metadata", "labels"), labels ?? {}, "`selector` does not match template `labels`"),
    );
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
