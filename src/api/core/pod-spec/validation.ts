import { type FieldError, type Path, required } from "../../field.ts";
import type { PodSpec, PodTemplateSpec } from "../../generated/types.ts";
import { validateAnnotations, validateLabels } from "../../metadata.ts";

export const validatePodSpec = (spec: PodSpec, at: Path): FieldError[] =>
  (spec.containers ?? []).length === 0 ? [required(at.key("containers"))] : [];

export const validatePodTemplate = (template: PodTemplateSpec, at: Path): FieldError[] => [
  ...validateLabels(template.metadata?.labels, at.key("labels")),
  ...validateAnnotations(template.metadata?.annotations, at.key("annotations")),
  ...validatePodSpec(template.spec ?? { containers: [] }, at.key("spec")),
];
